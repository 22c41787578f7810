"""
The member of a project as whom a server is asked for: the administrator's user, whose only role in the
project is `member`. Nobody needs another password.
"""

from cloud.keystone import Keystone
from cloud.nova import Nova
from cloud.projects import ensure_project, remove_project
from errors import KitError
from hosts import proofservers

_DESCRIPTION = "Servers that glance-dcn boots as a tenant would"


def nova(lab, project):
    """
    A client of Nova with the rights of a member of a project, which is created if it is missing.

    Args:
        project: its name.

    Raises:
        KitError: the administrator's user is an administrator in the project, too.
    """
    with proofservers.alone(lab, "needs", "another server's project"):
        project_id = ensure_project(Keystone(lab), project, _DESCRIPTION)
    client = Nova(lab, project=project_id)
    if "admin" in client.identity().roles:
        raise KitError(
            f"project {project}: the user of the rc file has the role admin there, as it seems in every "
            "project: no member's rights can be shown; use --as-admin"
        )
    return client


def remove(lab, project):
    """Removes the project of a name, if there is one. Its servers must be gone."""
    remove_project(Keystone(lab), project)

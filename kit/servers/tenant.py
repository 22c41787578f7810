"""
The tenant as whom a server is asked for: the administrator's user, whose only role in a project is `member`.
Nobody needs another password.
"""

from cloud.nova import Nova
from cloud.projects import ensure_project, remove_project
from errors import KitError
from hosts import proofservers

_DESCRIPTION = "Servers that glance-dcn boots as a tenant would"


def nova(lab, keystone, project):
    """
    A client of Nova with the rights of a tenant.

    Args:
        keystone: a session of the administrator.
        project: name of the tenant's project, which is created if it is missing.

    Raises:
        KitError: the administrator's user is an administrator in the project, too.
    """
    with proofservers.alone(lab, "needs", "another server's project"):
        project_id, is_new = ensure_project(keystone, project, _DESCRIPTION)
        client = Nova(lab, project=project_id)
        if "admin" in client.keystone.identity().roles:
            if is_new:
                remove_project(keystone, project)
            raise KitError(
                f"project {project}: the user of {keystone.rc} has the role admin in every new project, so "
                "the kit cannot show what a tenant may do; use --as-admin"
            )
        return client

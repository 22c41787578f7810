"""Projects of the control plane's Keystone (Identity API v3)."""

import urllib.parse

from cloud.keystone import CloudError
from errors import KitError

_MEMBER = "member"
"""The role of whoever uses a project (nova policies/base.py; `keystone-manage bootstrap` creates it)."""


def find_projects(keystone, names, faults):
    """
    Ids of projects, by the names or ids that `names` has. Adds a line to `faults` for each that no project or
    several projects have.
    """
    found = {name: _ids(keystone, name) for name in sorted(set(names))}
    for name, ids in found.items():
        if not ids:
            faults.append(
                f"project {name}: the control plane's Keystone has none of this name or id; create it "
                f"(`openstack project create`), or correct the lab file"
            )
        if len(ids) > 1:
            faults.append(f"project {name}: several have this name; write the id of one: {', '.join(ids)}")
    return {name: ids[0] for name, ids in found.items() if len(ids) == 1}


def project_of(keystone, name):
    """The id of the project of this name in the administrator's domain; None if there is none."""
    asked = urllib.parse.urlencode({"name": name, "domain_id": keystone.identity().domain})
    found = keystone.call("identity", "GET", f"/v3/projects?{asked}")["projects"]
    return found[0]["id"] if found else None


def ensure_project(keystone, name, description):
    """
    Makes the administrator's user a member of a project, which it creates if it is missing: a token for the
    project has the role `member` alone.

    Returns:
        The project's id, and whether the project was missing.

    Raises:
        KitError: Keystone has no role `member`.
    """
    identity = keystone.identity()
    roles = keystone.call("identity", "GET", f"/v3/roles?name={_MEMBER}")["roles"]
    if not roles:
        raise KitError(
            f"control plane: its Keystone has no role {_MEMBER} (`keystone-manage bootstrap` creates it); "
            f"create it: `openstack role create {_MEMBER}`"
        )
    project = project_of(keystone, name)
    is_new = not project
    if is_new:
        fields = {"name": name, "description": description, "domain_id": identity.domain}
        project = keystone.call("identity", "POST", "/v3/projects", {"project": fields})["project"]["id"]
    place = f"/v3/projects/{project}/users/{identity.user}/roles/{roles[0]['id']}"
    keystone.call("identity", "PUT", place)
    return project, is_new


def remove_project(keystone, name):
    """
    Removes the project of a name, and what Neutron has for the project: its security groups, and policies
    that share networks with it. Does nothing without such a project.
    """
    project = project_of(keystone, name)
    if not project:
        return
    for kind, query in (("security-groups", "project_id"), ("rbac-policies", "target_tenant")):
        found = keystone.call("network", "GET", f"/v2.0/{kind}?{query}={project}&fields=id")
        for one in found[kind.replace("-", "_")]:
            keystone.delete("network", f"/v2.0/{kind}/{one['id']}")
    keystone.delete("identity", f"/v3/projects/{project}")


def _ids(keystone, name):
    asked = urllib.parse.urlencode({"name": name})
    named = keystone.call("identity", "GET", f"/v3/projects?{asked}")["projects"]
    if named:
        return [project["id"] for project in named]
    try:
        quoted = urllib.parse.quote(name, safe="")
        return [keystone.call("identity", "GET", f"/v3/projects/{quoted}")["project"]["id"]]
    except CloudError as error:
        if error.status != 404:
            raise
    return []

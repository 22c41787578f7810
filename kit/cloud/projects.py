"""Projects of the control plane's Keystone (Identity API v3)."""

import urllib.parse

from cloud.keystone import CloudError


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

"""The servers of a lab."""

from cloud.nova import Nova


def listing(lab):
    """
    The servers of all projects, by zone and name. An empty list where the control plane has no Nova.

    Returns:
        [{name, id, status, zone}]; zone: '' for a server that Nova has not placed.

    Raises:
        CloudError: the control plane does not answer.
    """
    nova = Nova(lab)
    if nova.missing(["compute"]):
        return []
    found = [
        {
            "name": server["name"],
            "id": server["id"],
            "status": server["status"],
            "zone": server.get("OS-EXT-AZ:availability_zone") or "",
        }
        for server in nova.all_servers()
    ]
    return sorted(found, key=lambda server: (server["zone"], server["name"], server["id"]))

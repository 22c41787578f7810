"""The flavor and the network of servers whose documents have none."""

import math

from hosts import proofservers

NAME = "glance-dcn"
"""Name of the network and of the project of servers that stay, and start of the flavors' names."""

_RAM_MIB = 512
_CIDR = "192.168.253.0/24"


def flavor_and_network(lab, nova, image, flavor, network):
    """
    Returns (flavor, network), and creates missing ones.

    Args:
        image: as in Glance's API; the flavor has room for it.
        flavor, network: those of a server's document; None for ours.
    """
    with proofservers.alone(lab, "needs", "another server's flavor and network"):
        return flavor or _flavor(nova, image), network or _network(nova)


def disk_gibibytes(image):
    """Size in GiB, the unit of flavors and volumes, of a disk for an image."""
    size = max(image.get("virtual_size") or 0, image["size"] or 0)
    return max(1, image.get("min_disk") or 0, math.ceil(size / 2**30))


def _flavor(nova, image):
    # A flavor without a disk, whose servers have the image's size, is for administrators alone (nova
    # policies/servers.py zero_disk_flavor).
    fields = {"vcpus": 1, "ram": max(_RAM_MIB, image.get("min_ram") or 0), "disk": disk_gibibytes(image)}
    name = f"{NAME}-{fields['ram']}-{fields['disk']}"
    found = [flavor for flavor in nova.flavors() if flavor["name"] == name]
    return found[0] if found else nova.make_flavor({"name": name, **fields})


def _network(nova):
    own = nova.keystone.identity().project
    found = [one for one in nova.networks() if one["name"] == NAME and one["project_id"] == own]
    if not found:
        return nova.make_network(NAME, _CIDR)
    if not found[0]["subnets"]:
        nova.make_subnet(found[0]["id"], NAME, _CIDR)
    return found[0]

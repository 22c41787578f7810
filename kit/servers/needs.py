"""The flavor and the network of servers whose documents have none."""

from hosts import proofservers

NAME = "glance-dcn"
"""Name of the flavor and of the network."""

# disk 0: the size of the image. Only an administrator may use this (nova policies/servers.py).
_FLAVOR = {"name": NAME, "vcpus": 1, "ram": 512, "disk": 0}
_CIDR = "192.168.253.0/24"


def flavor_and_network(lab, nova, flavor, network):
    """
    Returns (flavor, network), and creates missing ones.

    Args:
        flavor, network: those of a server's document; None for those called NAME.
    """
    with proofservers.alone(lab, "needs", "another server's flavor and network"):
        return flavor or _flavor(nova), network or _network(nova)


def _flavor(nova):
    found = [flavor for flavor in nova.flavors() if flavor["name"] == NAME]
    return found[0] if found else nova.make_flavor(_FLAVOR)


def _network(nova):
    found = [network for network in nova.networks() if network["name"] == NAME]
    if not found:
        return nova.make_network(NAME, _CIDR)
    if not found[0]["subnets"]:
        nova.make_subnet(found[0]["id"], NAME, _CIDR)
    return found[0]

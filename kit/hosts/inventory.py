"""
A site's inventory: the file hosts.json in the site's directory. It describes each host as the kit first found
it fit, before anything was installed. Later data on the host's disks belongs to the site. The inventory of a
site that was closed is hosts.left.json, until hosts become ready for a site of this name.
"""

import contextlib
import os

from files import read_json, remove


def path(lab, site):
    """Path of a site's inventory."""
    return os.path.join(lab.directory, site, "hosts.json")


def read(lab, site):
    """
    A site's inventory: {name: {instanceId, devices, address}}; {} before the site's nodes were found fit.
    devices: disks that were blank then, or ["all"]. address: missing in inventories of older kits.
    """
    return read_json(path(lab, site)) or {}


def hosts(lab, site):
    """The hosts of a site whose address is known, [{name, address}], sorted by name."""
    return [
        {"name": name, "address": host["address"]}
        for name, host in sorted(read(lab, site).items())
        if "address" in host
    ]


def set_aside(lab, site):
    """Ends a site's inventory: the next check takes its hosts for fresh ones."""
    with contextlib.suppress(FileNotFoundError):
        os.replace(path(lab, site), _left(lab, site))


def restore(lab, site):
    """Gives a site the inventory back that was set aside, unless the site has a new one."""
    if os.path.exists(path(lab, site)):
        remove(_left(lab, site))
    else:
        with contextlib.suppress(FileNotFoundError):
            os.replace(_left(lab, site), path(lab, site))


def _left(lab, site):
    return os.path.join(lab.directory, site, "hosts.left.json")


def is_on(names, host):
    """Whether the host of a service, such as node.domain@backend, is one of the nodes with these names."""
    return host.partition("@")[0].partition(".")[0] in names

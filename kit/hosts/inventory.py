"""
A site's inventory: the file hosts.json in the site's directory. It describes each host as the kit first found
it fit, before anything was installed. Later data on the host's disks belongs to the site.
"""

import os

from files import read_json


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


def is_on(names, host):
    """Whether the host of a service, such as node.domain@backend, is one of the nodes with these names."""
    return host.partition("@")[0].partition(".")[0] in names

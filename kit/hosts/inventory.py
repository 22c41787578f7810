"""
The hosts of a site, as the kit found them fit before anything was put on them: the file hosts.json in the
site's directory. What lies on their disks after that is the site's own.
"""

import os

from files import read_json


def path(lab, site):
    """The file."""
    return os.path.join(lab.directory, site, "hosts.json")


def read(lab, site):
    """
    The file's content, {name: {instanceId, devices, address}}: `devices` were blank; an older kit has not
    written `address`. {} before the nodes were found fit.
    """
    return read_json(path(lab, site)) or {}


def hosts(lab, site):
    """The hosts of a site whose address is known, [{name, address}], sorted by name."""
    return [
        {"name": name, "address": host["address"]}
        for name, host in sorted(read(lab, site).items())
        if "address" in host
    ]

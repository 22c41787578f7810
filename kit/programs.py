"""Programs that the kit runs elsewhere: on nodes, in containers, beside a Ceph cluster."""

import os

_KIT = os.path.dirname(os.path.abspath(__file__))


def read(package, name):
    """The text of a program in a package's folder `onnode`."""
    with open(os.path.join(_KIT, package, "onnode", name), encoding="utf-8") as file:
        return file.read()

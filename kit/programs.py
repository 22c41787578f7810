"""Programs that the kit runs elsewhere: on nodes, in containers, beside a Ceph cluster."""

import os

import folder


def read(package, name):
    """The text of a program in a package's folder `onnode`."""
    with open(os.path.join(folder.PATH, package, "onnode", name), encoding="utf-8") as file:
        return file.read()

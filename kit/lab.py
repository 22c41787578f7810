"""Directories of one lab on the undercloud."""

import os

import folder

CONTROL = "control-plane"
"""Name of the site at which all others register their stores."""


class Lab:
    """The directories of one lab; `directory` is absolute."""

    def __init__(self, directory):
        self.directory = directory
        self.name = os.path.basename(directory)
        self.kit = os.path.join(directory, "kit")
        self.jobs = os.path.join(directory, "jobs")
        self.stores = os.path.join(directory, "stores")
        self.images = os.path.join(directory, "images")
        self.caches = os.path.join(directory, "caches")

    def path(self, relative):
        """Absolute path of a file, from its path relative to the lab's directory."""
        return os.path.join(self.directory, relative)

    def prepare(self):
        """
        Makes the lab's directory private: TripleO's verbs write exports and keys into it with their own
        umask.
        """
        os.umask(0o077)
        os.makedirs(self.directory, exist_ok=True)
        if os.stat(self.directory).st_mode & 0o077:
            os.chmod(self.directory, 0o700)


def this_lab():
    """The lab to which this copy of the kit belongs: <lab>/kits/<digest> or <lab>/kit."""
    parent = os.path.dirname(folder.PATH)
    return Lab(os.path.dirname(parent) if os.path.basename(parent) == "kits" else parent)


def home(*names):
    """A path below the home directory of the undercloud's user."""
    return os.path.join(os.path.expanduser("~"), *names)

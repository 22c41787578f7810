"""
The folder from which this process imports its modules, until it exits:

    <lab>/kits/<digest>   a kit as it was uploaded
    <lab>/kit             symbolic link to the kit that new processes run; a directory if a person copied it

A process pins its folder: it imports nothing from a new kit to which the link is switched meanwhile. It holds
a shared flock(2) on the folder as long as it lives: `install` removes only folders without a process.
"""

import fcntl
import os
import sys


def _pin():
    named = os.path.dirname(os.path.abspath(__file__))
    while True:
        path = named
        if os.path.islink(named):
            path = os.path.join(os.path.dirname(named), os.readlink(named))
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            if os.path.samestat(os.stat(path), os.fstat(descriptor)):
                return path
            os.close(descriptor)
        except FileNotFoundError:
            if not os.path.exists(named):
                raise


PATH = _pin()
"""The folder, without a symbolic link in its last part."""

sys.path[0] = PATH

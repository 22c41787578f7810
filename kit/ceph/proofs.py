"""
The clone and the copy that a proof makes of an image for a moment. Their names have the lab's name: the next
proof, and whoever needs the image without clones, removes what a killed proof has left.
"""

import functools
import os
import re
import time
import uuid

from ceph import cluster
from jobs import locks
from jobs.locks import Lock
from output import say

_SECONDS = 300
_NUMBER = r"[0-9]{6}-[0-9a-f]{8}"


def new_name(lab):
    """The start of the names of a clone and a copy."""
    return f"{_prefix(lab)}{time.strftime('%H%M%S')}-{uuid.uuid4().hex[:8]}"


def is_of(lab, name):
    """Whether a block device is a clone or copy that a proof of this lab has made."""
    return re.fullmatch(rf"{re.escape(_prefix(lab))}{_NUMBER}-(clone|copy)", name) is not None


def alone(lab, store):
    """A context in which no proof makes a clone in a store's cluster; waits for another one first."""

    def waiting(_holder, since):
        return f"store {store['store']}: waits for a proof of clones that runs since {since}Z"

    lock = Lock(os.path.join(lab.stores, f"{store['store']}.proof"))
    return locks.entered(lock, "a proof of clones", waiting=waiting)


def sweep(lab, store, pool):
    """
    Removes clones and copies of this lab's proofs from a pool, as far as no program uses them. The caller is
    `alone`.
    """
    text = cluster.run(lab, store, "sweep.sh", [pool, _prefix(lab)], _SECONDS)
    for name in filter(functools.partial(is_of, lab), text.splitlines()):
        say(f"store {store['store']}: {pool}/{name} was left by a killed proof, and is removed")


def _prefix(lab):
    return f"glance-dcn-{lab.name}-"

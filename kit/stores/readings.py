"""
The latest reading of each copy: the sha512 that an image's data in a store had when the data was last read
back. stores/readings/<store>/<image id>.json has {at, atTick, sha512}; it goes with its copy.
at: of the latest attempt; sha512: None if none has succeeded.
"""

import os

from clock import stamp
from files import read_json, remove, write_json

_END = ".json"


def note(lab, store, sums):
    """Notes readings of now: image id -> sha512."""
    for image_id, digest in sums.items():
        write_json(_path(lab, store, image_id), {**stamp("at"), "sha512": digest})


def postpone(lab, store, image_id):
    """Notes that a copy could not be read now; what an earlier reading found stays."""
    path = _path(lab, store, image_id)
    write_json(path, {"sha512": None, **(read_json(path) or {}), **stamp("at")})


def read(lab, store):
    """The readings of a store: image id -> {at, atTick, sha512}."""
    found = {image_id: read_json(_path(lab, store, image_id)) for image_id in _ids(lab, store)}
    # Its copy may have been removed meanwhile.
    return {image_id: reading for image_id, reading in found.items() if reading}


def keep(lab, store, ids):
    """Forgets the readings of a store but those of some images."""
    for image_id in set(_ids(lab, store)) - set(ids):
        forget(lab, store, image_id)


def forget(lab, store, image_id):
    """Forgets the reading of a copy, if there is one."""
    remove(_path(lab, store, image_id))


def _ids(lab, store):
    directory = os.path.dirname(_path(lab, store, "x"))
    names = os.listdir(directory) if os.path.isdir(directory) else []
    return sorted(name[: -len(_END)] for name in names if name.endswith(_END))


def _path(lab, store, image_id):
    return os.path.join(lab.stores, "readings", store, f"{image_id}{_END}")

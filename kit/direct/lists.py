"""
The digests of the blocks of images that the kit has read, in ~/dcn/<lab>/images/blocks/<id>. An image never
changes, so a list stays true while the image exists. The next version of an image is compared with it.
"""

import os
import threading

from direct.onnode.wire import DIGEST
from files import part_of, remove, remove_parts

_MOST = 16
"""Lists to compare an image with, the newest ones: one of an image of 4 GiB takes 12 MiB of memory."""


def keep(lab, image_id, digests):
    """Keeps the list of an image."""
    path = _path(lab, image_id)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    part = part_of(path)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(digests)
    os.replace(part, path)


def read(lab, image_id):
    """The list of an image; None if it was not read yet."""
    try:
        with open(_path(lab, image_id), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def forget(lab, image_id):
    """Removes the list of an image."""
    remove(_path(lab, image_id))


def known(lab):
    """Ids of the images with a list."""
    directory = os.path.dirname(_path(lab, "x"))
    names = os.listdir(directory) if os.path.isdir(directory) else []
    return {name for name in names if not name.endswith(".part")}


def sweep(lab, ids):
    """Removes the lists of images that Glance does not have any more, and remains of lists."""
    directory = os.path.dirname(_path(lab, "x"))
    if os.path.isdir(directory):
        remove_parts(directory)
    for image_id in ids:
        forget(lab, image_id)


class Known:
    """
    The lists that are on record, for all images and stores of a verb. Can be used from several threads.

    Attributes:
        ids: the images that an image is compared with, the newest ones first.
    """

    def __init__(self, lab):
        self._lab = lab
        self._indexes = {}
        self._elsewhere = {}
        self._lock = threading.Lock()
        newest = sorted(known(lab), key=lambda name: _written(_path(lab, name)), reverse=True)
        self.ids = newest[:_MOST]

    def elsewhere(self, held):
        """
        Where images have which block: the same Elsewhere for all stores with the same of these images.

        Args:
            held: those of `ids` that the store has.
        """
        ids = tuple(image_id for image_id in self.ids if image_id in held)
        with self._lock:
            if ids not in self._elsewhere:
                indexes = [(image_id, self._index(image_id)) for image_id in ids]
                self._elsewhere[ids] = Elsewhere(indexes)
            return self._elsewhere[ids]

    def _index(self, image_id):
        if image_id not in self._indexes:
            digests = split(read(self._lab, image_id) or b"")
            # The last one stays: the first place of a block.
            places = ((digests[place], place) for place in range(len(digests) - 1, -1, -1))
            self._indexes[image_id] = dict(places)
        return self._indexes[image_id]


class Elsewhere:
    """
    Where images have which block.

    Args:
        indexes: [(image id, {digest: number of the block there})], in order of preference.
    """

    def __init__(self, indexes=()):
        self._indexes = indexes

    def find(self, digest):
        """(image id, number of the block there) of an image that has a block; None if none has it."""
        for image_id, places in self._indexes:
            place = places.get(digest)
            if place is not None:
                return image_id, place
        return None


def split(digests):
    """The single digests of a list."""
    return [digests[start : start + DIGEST] for start in range(0, len(digests), DIGEST)]


def _written(path):
    """When a list was written; 0 if another process has removed it meanwhile."""
    try:
        return os.stat(path).st_mtime
    except FileNotFoundError:
        return 0


def _path(lab, image_id):
    return os.path.join(lab.images, "blocks", image_id)

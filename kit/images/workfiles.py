"""
The files of work on an image, in a directory for each image that lasts as long as the work: sources, unpacked
and converted data.
"""

import contextlib
import glob
import os
import shutil

from errors import KitError
from files import remove
from jobs.locks import Lock, held

MIB = 1 << 20
_RESERVE = 512 * MIB
"""Free space that work on images leaves on the undercloud's disk."""
_SUFFIXES = (".work", ".source", ".raw")
"""Suffixes of what works on images left: a directory; files of the kit of version 0.1.0."""


def lock(lab, name):
    """The lock that one process at a time holds for an image of this name."""
    return Lock(os.path.join(lab.images, f"{name}.lock"))


def is_at_work(lab):
    """
    Whether a process uploads, copies, changes or deletes an image of the lab file, or copies one directly. A
    process that works on several images has the locks of some of them at a time.
    """
    return any(map(held, glob.glob(os.path.join(glob.escape(lab.images), "*.lock"))))


@contextlib.contextmanager
def directory(lab, name):
    """A context with an empty directory for work on an image; the caller holds the image's `lock`."""
    path = os.path.join(lab.images, f"{name}.work")
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path, mode=0o700)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def sweep(lab):
    """Removes what killed processes left of their work on images."""
    entries = os.listdir(lab.images) if os.path.isdir(lab.images) else []
    for entry in entries:
        name, suffix = os.path.splitext(entry)
        if suffix not in _SUFFIXES:
            continue
        held = lock(lab, name)
        if held.acquire("images ensure", wait=False):
            path = os.path.join(lab.images, entry)
            shutil.rmtree(path, ignore_errors=True)
            if os.path.lexists(path):
                remove(path)
            held.release()


def check_room(image, path, size, written=0):
    """
    Raises KitError if the disk has no room for a file.

    Args:
        path: directory of the file.
        size: bytes that the file will have at least.
        written: bytes of these that are on the disk already.
    """
    free = shutil.disk_usage(path).free
    if free + written < size + _RESERVE:
        raise KitError(
            f"image {image['name']}: needs at least {(size - written + _RESERVE) // MIB} MiB in {path}, of "
            f"which {free // MIB} MiB are free; make room there"
        )


@contextlib.contextmanager
def writing(image, path):
    """A context that raises KitError in place of an OSError, for instance of a full disk."""
    try:
        yield
    except OSError as error:
        raise KitError(
            f"image {image['name']}: {os.path.dirname(path)}: {error.strerror or error}; make room there, "
            "or correct that"
        ) from None

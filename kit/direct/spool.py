"""Frames of an image on their way: written once to the undercloud's disk, sent to each store at its pace."""

import os
import shutil
import tempfile
import threading

from direct.pace import CHUNK
from errors import KitError

_RESERVE = 512 << 20
"""Free space that a spool leaves on the undercloud's disk."""


def check_room(directory, size):
    """Raises KitError if the disk has no room for a spool of an image that uses `size` bytes."""
    free = shutil.disk_usage(directory).free
    if free < size + _RESERVE:
        raise KitError(
            f"it may need {(size + _RESERVE) >> 20} MiB in {directory} on the undercloud, of which "
            f"{free >> 20} are free; make room there"
        )


class Spool:
    """
    A file of frames, which is read while it grows. It has no name, so it ends with the process. A context.

    Args:
        directory: where its disk space is taken.
    """

    def __init__(self, directory):
        os.makedirs(directory, mode=0o700, exist_ok=True)
        self._data = tempfile.TemporaryFile(dir=directory, buffering=0)  # noqa: SIM115 -- a context, too
        self._file = self._data.fileno()
        self._frames = []
        self._sizes = {}
        self._size = 0
        self._share = 0.0
        self._ended = False
        self._fault = None
        self._changed = threading.Condition()

    def add(self, frame, stores, share):
        """Adds a frame for some stores. share: of the image up to the end of the frame's window, 0 to 1."""
        written = 0
        while written < len(frame):
            written += os.pwrite(self._file, frame[written:], self._size + written)
        with self._changed:
            self._frames.append((self._size, len(frame), stores))
            self._size += len(frame)
            self._share = share
            self._sizes[stores] = self._sizes.get(stores, 0) + len(frame)
            self._changed.notify_all()

    def end(self, fault=None):
        """Ends the spool: all frames were added, or no further ones will come because of a fault."""
        with self._changed:
            self._ended, self._fault = True, fault
            self._changed.notify_all()

    def total(self, store):
        """
        Bytes of all frames for a store, and whether that is sure: before the end it is an estimate by the
        share of the image that was read.
        """
        with self._changed:
            found = sum(size for stores, size in self._sizes.items() if store in stores)
            return (found, True) if self._ended else (int(found / max(self._share, 0.01)), False)

    def frames(self, store):
        """
        The frames for a store in order, as they come: pieces of CHUNK, since a slow store holds no more in
        memory, each with whether it is the last one of its frame. Raises KitError if the spool ended with a
        fault.
        """
        place = 0
        while True:
            with self._changed:
                while place == len(self._frames) and not self._ended:
                    self._changed.wait()
                if place == len(self._frames):
                    if self._fault:
                        raise KitError(self._fault)
                    return
                start, size, stores = self._frames[place]
            place += 1
            if store in stores:
                for piece in range(0, size, CHUNK):
                    content = os.pread(self._file, min(CHUNK, size - piece), start + piece)
                    yield content, piece + CHUNK >= size

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._data.close()

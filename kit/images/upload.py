"""Uploads new images to the control plane's own store."""

import hashlib
import os

from errors import KitError
from files import remove
from images import LAB_PROPERTY, SOURCE_PROPERTY, sources
from jobs import locks
from jobs.locks import Lock
from output import Beat, say


def alone(lab, name):
    """
    A context that one process at a time can enter for an image of this name: an upload whose caller is gone
    may still run. To enter it waits for the other process.
    """

    def waiting(_holder, since):
        return f"image {name}: another process works on it since {since}Z; waits for it"

    lock = Lock(os.path.join(lab.images, f"{name}.lock"))
    return locks.entered(lock, f"images ensure {name}", waiting=waiting, beat=Beat(60.0, at_once=True))


def images_named(everything, name):
    """Those of some images that have exactly this name."""
    return [found for found in everything if found["name"] == name]


class Upload:
    """Brings new images into the control plane's own store."""

    def __init__(self, lab, glance, store, progress):
        self._lab = lab
        self._glance = glance
        self._store = store
        self._progress = progress

    def once(self, image, digest):
        """Uploads an image, unless Glance has it already. Gives Glance's image, which is active."""
        for found in images_named(self._glance.images(), image["name"]):
            if found["status"] == "active":
                return found
            # Left by an upload that died: this process holds the lock, so no other process uploads the image.
            say(
                f"image {image['name']} ({found['id']}): was left {found['status']} by an upload that "
                "failed; is uploaded again"
            )
            self._glance.delete(found["id"])
        leftovers = []
        try:
            path, leftovers = sources.make_data(image, self._lab.images, self._progress)
            self._progress.set(image["name"], f"is being uploaded to {self._store}")
            return self._send(image, digest, path)
        finally:
            for leftover in leftovers:
                remove(leftover)
            self._progress.set(image["name"], "")

    def _send(self, image, digest, path):
        created = self._glance.create(
            {
                "name": image["name"],
                # Glance does not convert an upload.
                "disk_format": _stored_format(image),
                "container_format": "bare",
                # For the servers of all projects at the sites.
                "visibility": "public",
                LAB_PROPERTY: self._lab.name,
                SOURCE_PROPERTY: digest,
            }
        )
        with open(path, "rb") as file:
            reader = _Summed(file)
            self._glance.upload(created["id"], reader, os.stat(path).st_size, self._store)
        found = self._glance.image(created["id"])
        faults = []
        if found["status"] != "active":
            faults.append(f"is {found['status']}")
        if found["disk_format"] != _stored_format(image):
            faults.append(f"has disk format {found['disk_format']}")
        if found.get("os_hash_algo") == "sha512" and found["os_hash_value"] != reader.sum.hexdigest():
            faults.append(f"has sha512 {found['os_hash_value']}, sent was {reader.sum.hexdigest()}")
        if faults:
            self._glance.delete(created["id"])
            raise KitError(
                f"image {image['name']}: after its upload to {self._store} it {', '.join(faults)}; it was "
                "removed, run it again"
            )
        return found


def _stored_format(image):
    return image["diskFormat"] if image["keepFormat"] else "raw"


class _Summed:
    """A file whose data is summed (sha512) while it is read."""

    def __init__(self, file):
        self._file = file
        self.sum = hashlib.sha512()

    def read(self, size=-1):
        """The next bytes."""
        block = self._file.read(size)
        self.sum.update(block)
        return block

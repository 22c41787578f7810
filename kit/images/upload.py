"""Uploads new images to the control plane's own store."""

import hashlib
import os

from cloud.imageinfo import is_current, sha512
from errors import KitError
from files import file_digest
from images import LAB_PROPERTY, SOURCE_PROPERTY, formats, settings, sources, versions, workfiles
from jobs import locks
from output import Beat, say

REMAINS = ("queued", "saving")
"""Statuses of an image whose upload was interrupted."""


def alone(lab, name):
    """
    A context that one process at a time enters for an image of this name; others wait. An upload and a
    removal may outlive their caller.
    """

    def waiting(_holder, since):
        return f"image {name}: another process works on it since {since}Z; waits for it"

    return locks.entered(
        workfiles.lock(lab, name), f"image {name}", waiting=waiting, beat=Beat(60.0, at_once=True)
    )


def set_aside_fault(found):
    """
    Why not to replace an image of Glance that is not active; None for the remains of an upload. A person may
    have set the image aside, or an import or a deletion may have left it.
    """
    marks = [found["status"]] if found["status"] not in REMAINS else []
    # The kit itself hides versions that are not the current one.
    keys = {"protected": "protected", **({"os_hidden": "hidden"} if is_current(found) else {})}
    marks += [word for key, word in keys.items() if found.get(key)]
    if not marks:
        return None
    return (
        f"image {found['name']} ({found['id']}): is {', '.join(marks)} and not active; it stays as it is. If "
        "it is deactivated, reactivate it (`openstack image set --activate ID`), otherwise delete it, then "
        "run this again"
    )


class Upload:
    """
    Uploads new images to the control plane's own store.

    Args:
        progress, deadline: as in `sources.make_data`.
    """

    def __init__(self, lab, glance, store, progress, deadline):
        self._deadline = deadline
        self._lab = lab
        self._glance = glance
        self._store = store
        self._progress = progress

    def once(self, image, digest):
        """
        Uploads an image, unless Glance has it already. Returns Glance's image, which is active. Beside other
        versions of its name, a new image is the next version.
        """
        others = self._remaining(image["name"])
        found = versions.wanted(image, digest, others)
        if found and found["status"] != "active":
            raise KitError(set_aside_fault(found))
        if found and (found[SOURCE_PROPERTY] == digest or self._is_proven(image, digest, found)):
            return found
        try:
            with workfiles.directory(self._lab, image["name"]) as directory:
                path = sources.make_data(image, directory, self._progress, self._deadline)
                faults = settings.min_disk_faults(image, _disk_size(image, path))
                if faults:
                    raise KitError("\n".join(faults))
                self._progress.set(image["name"], f"is being uploaded to {self._store}")
                return self._send(image, digest, path, versions.new_fields(others))
        finally:
            self._progress.set(image["name"], "")

    def _remaining(self, name):
        """The lab's images of a name that Glance has, without remains of an upload, which are deleted."""
        remaining = []
        for found in versions.of_lab(self._lab, self._glance, name):
            if found["status"] not in REMAINS:
                remaining.append(found)
                continue
            fault = set_aside_fault(found)
            if fault:
                raise KitError(fault)
            # Left by an interrupted upload: no other process uploads the image while this one holds the lock.
            say(
                f"image {name} ({found['id']}): an earlier upload failed and left it "
                f"{found['status']}; uploads it again"
            )
            self._delete(found["id"])
        return remaining

    def _is_proven(self, image, digest, found):
        """
        Fetches the source of an image that was uploaded when the lab file had no sha256 of it, and records
        its sha256. False: the source has other data than the image.
        """
        say(f"image {image['name']} ({found['id']}): has a sha256 now; fetches its source and compares it")
        with workfiles.directory(self._lab, image["name"]) as directory:
            data = sources.make_data(image, directory, self._progress, self._deadline)
            same = sha512(found) == file_digest(data, "sha512")
        self._progress.set(image["name"], "")
        if same:
            self._glance.set_property(found["id"], SOURCE_PROPERTY, digest)
        return same

    def _send(self, image, digest, path, version):
        created = self._glance.create(
            {
                "name": image["name"],
                # Glance does not convert an upload.
                "disk_format": _stored_format(image),
                "container_format": "bare",
                **settings.at_creation(image["settings"]),
                **version,
                LAB_PROPERTY: self._lab.name,
                SOURCE_PROPERTY: digest,
            }
        )
        settings.note_created(self._lab, created["id"], image["settings"])
        with open(path, "rb") as file:
            reader = _HashedFile(file)
            size = os.stat(path).st_size
            self._glance.upload(created["id"], reader, size, self._store)
        found = self._glance.image(created["id"])
        faults = []
        if found["status"] != "active":
            faults.append(f"is {found['status']}")
        if found["disk_format"] != _stored_format(image):
            faults.append(f"has disk format {found['disk_format']}")
        if found["size"] != size:
            faults.append(f"has {found['size']} bytes instead of {size}")
        if found.get("os_hash_algo") == "sha512" and found["os_hash_value"] != reader.sum.hexdigest():
            faults.append(f"has sha512 {found['os_hash_value']} instead of {reader.sum.hexdigest()}")
        if faults:
            self._delete(created["id"])
            raise KitError(
                f"image {image['name']}: after its upload to {self._store} it {', '.join(faults)}; it was "
                "removed, run it again"
            )
        return found

    def _delete(self, image_id):
        self._glance.delete(image_id)
        settings.forget(self._lab, image_id)


def _stored_format(image):
    return image["diskFormat"] if image["keepFormat"] else "raw"


def _disk_size(image, path):
    """Bytes of a disk with the data in a file that is to be uploaded."""
    return os.stat(path).st_size if _stored_format(image) == "raw" else formats.qcow2_header(path)[0]


class _HashedFile:
    """A file whose sha512 is computed while it is read."""

    def __init__(self, file):
        self._file = file
        self.sum = hashlib.sha512()

    def read(self, size=-1):
        """The next bytes."""
        block = self._file.read(size)
        self.sum.update(block)
        return block

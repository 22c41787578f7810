"""
Makes a file with an image's data on the undercloud: from a file, from a URL, or generated.
"""

import hashlib
import json
import os
import random
import shutil

from errors import KitError
from files import file_digest
from images import formats
from images.fetch import fetch, is_open, shown
from images.foreign import convert, unpack
from images.workfiles import MIB, check_room, writing


def digest(image, faults):
    """
    Digest (hex) of an image's source: of a file's content; of a URL's sha256 in the document, or else of the
    URL; of a generated image's size and seed. Adds a line to `faults` if a file has another sha256 than the
    document says.
    """
    kind, value = next(iter(image["source"].items()))
    wanted = image["source"].get("sha256")
    if kind == "file":
        path, value = value, file_digest(value)
        if wanted and value != wanted:
            faults.append(
                f"image {image['name']}: {path} has sha256 {value}, wanted is {wanted}; copy it there again"
            )
    elif kind == "url":
        value = wanted or value
    return _digest(image, kind, value)


def digest_without_sha256(image):
    """The digest of a URL's source that had no sha256 in the document before; None of other sources."""
    source = image["source"]
    return _digest(image, "url", source["url"]) if "url" in source and "sha256" in source else None


def _digest(image, kind, value):
    return hashlib.sha256(json.dumps([kind, value, image["diskFormat"]], sort_keys=True).encode()).hexdigest()


def faults(images):
    """A line for each fault of a source that can be found without a download."""
    found = []
    for image in images:
        path = image["source"].get("file")
        if path and not os.path.isfile(path):
            found.append(
                f"image {image['name']}: source {path} is no file on the undercloud; put it there, or give "
                "another path"
            )
        if "url" in image["source"] and is_open(image["source"]):
            found.append(
                f"image {image['name']}: {shown(image['source']['url'])} is http without sha256, and hosts "
                "between could change its data; write its sha256, or an https:// URL"
            )
        if image["diskFormat"] != "raw" and not shutil.which("qemu-img"):
            found.append(
                f"image {image['name']}: is {image['diskFormat']} and qemu-img is missing; install qemu-img "
                "on the undercloud"
            )
    return found


def make_data(image, directory, progress, deadline):
    """
    Makes a file with an image's data, raw unless the image keeps its format. If the source is such a file, it
    is used in place.

    Args:
        directory: an empty directory for this work.
        progress: stores.progress.Progress, which reports the work.
        deadline: time limit of a download, as of time.monotonic().

    Returns:
        Path of the file.

    Raises:
        KitError: the source cannot be fetched, is not what the document says, or the disk is full.
    """
    raw = os.path.join(directory, "raw")
    kind = next(iter(image["source"]))
    if kind == "made":
        progress.set(image["name"], "is being generated")
        size = image["source"]["made"]["sizeMiB"] * MIB
        _generate(image, raw)
        if image["diskFormat"] == "raw":
            return raw
        path = os.path.join(directory, "source")
        convert(image, "raw", image["diskFormat"], raw, path, size)
    elif kind == "url":
        progress.set(image["name"], "is being fetched")
        path = os.path.join(directory, "source")
        fetch(image, path, progress, deadline)
    else:
        path = image["source"]["file"]
    path = _unpacked(image, path, os.path.join(directory, "unpacked"), progress)
    _check_content(image, path)
    if image["diskFormat"] == "raw":
        return path
    size, fault = formats.qcow2_header(path)
    if fault:
        raise KitError(f"image {image['name']}: {fault}")
    if image["keepFormat"]:
        return path
    progress.set(image["name"], f"is being converted from {image['diskFormat']}")
    convert(image, image["diskFormat"], "raw", path, raw, size)
    return raw


def _generate(image, path):
    """
    Writes `sizeMiB` of pseudo-random bytes (Mersenne Twister), which depend on `seed` alone. Every fourth MiB
    is zero, because images of operating systems are sparse too.
    """
    generated = image["source"]["made"]
    check_room(image, os.path.dirname(path), generated["sizeMiB"] * MIB)
    generator = random.Random(generated["seed"])
    with writing(image, path), open(path, "wb") as file:
        for index in range(generated["sizeMiB"]):
            if index % 4 == 3:
                file.seek(MIB, os.SEEK_CUR)
            else:
                file.write(generator.randbytes(MIB))
        file.truncate(generated["sizeMiB"] * MIB)


def _unpacked(image, path, target, progress):
    """Unpacks a file once, if its content is packed. Returns the path of the data."""
    packing = formats.content(path)
    if packing not in formats.PACKED:
        return path
    progress.set(image["name"], f"is being unpacked from {packing}")
    unpack(image, packing, path, target)
    return target


def _check_content(image, path):
    found, wanted = formats.content(path), image["diskFormat"]
    if found == wanted:
        return
    if found in ("raw", "qcow2"):
        raise KitError(
            f"image {image['name']}: its source is {found}, not {wanted}; write `format: {found}` for it in "
            "the lab file"
        )
    raise KitError(
        f"image {image['name']}: its source is {found}, neither a raw disk nor qcow2; give another source, "
        "or convert a disk (qemu-img convert -O qcow2) and write `format: qcow2` for it in the lab file"
    )

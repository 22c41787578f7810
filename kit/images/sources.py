"""
Puts the data of an image on the undercloud into a file: from a file, from a URL, or generated.
"""

import hashlib
import json
import os
import random
import shutil
import subprocess
import urllib.request

from errors import KitError
from files import file_digest, remove

_MIB = 1 << 20
_QCOW2_MAGIC = b"QFI\xfb"


def digest(image, faults):
    """
    Digest (hex) of an image's source: of a file its content, of a URL the content's sha256 if the document
    has it, else the URL, of a generated one its size and seed. Adds a line to `faults` for a file of another
    sha256 than the document's.
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
    return hashlib.sha256(json.dumps([kind, value, image["diskFormat"]], sort_keys=True).encode()).hexdigest()


def faults(images):
    """A line for each source whose fault shows without a download."""
    found = []
    for image in images:
        path = image["source"].get("file")
        if path and not os.path.isfile(path):
            found.append(
                f"image {image['name']}: source {path} is no file on the undercloud; put it there, or name "
                "another"
            )
        if image["diskFormat"] != "raw" and not shutil.which("qemu-img"):
            found.append(
                f"image {image['name']}: is {image['diskFormat']} and qemu-img is missing; install qemu-img "
                "on the undercloud"
            )
    return found


def make_data(image, directory, progress):
    """
    Puts an image's data into a file, raw unless the image keeps its format. A source that is such a file
    already is used in place.

    Args:
        directory: where to put the file.
        progress: a copies.Progress, to report to.

    Returns:
        (path of the file, paths to remove after use).

    Raises:
        KitError: the source cannot be fetched or is not what the document says, or the disk is full.
    """
    base = os.path.join(directory, image["name"])
    source, raw = f"{base}.source", f"{base}.raw"
    os.makedirs(directory, mode=0o700, exist_ok=True)
    kind = next(iter(image["source"]))
    if kind == "made":
        progress.set(image["name"], "is being generated")
        _need(
            directory,
            image["source"]["made"]["sizeMiB"] * _MIB * (1 if image["diskFormat"] == "raw" else 2),
            image,
        )
        _make(image["source"]["made"], raw)
        if image["diskFormat"] == "raw":
            return raw, [raw]
        _convert(image, "raw", image["diskFormat"], raw, source)
        path, leftovers = source, [source, raw]
    elif kind == "url":
        progress.set(image["name"], "is being fetched")
        _fetch(image, source, directory)
        path, leftovers = source, [source, raw]
    else:
        path, leftovers = image["source"]["file"], [raw]
    if image["diskFormat"] == "raw":
        _check_raw(image, path)
        return path, leftovers
    _check_alone(image, path, directory)
    if image["keepFormat"]:
        return path, leftovers
    progress.set(image["name"], f"is being converted from {image['diskFormat']}")
    _convert(image, image["diskFormat"], "raw", path, raw)
    return raw, leftovers


def _make(made, path):
    """
    Writes `sizeMiB` of pseudo-random bytes that depend on `seed` alone (Mersenne Twister); every fourth MiB
    is zero, as images of operating systems are sparse too.
    """
    generator = random.Random(made["seed"])
    with open(path, "wb") as file:
        for index in range(made["sizeMiB"]):
            if index % 4 == 3:
                file.seek(_MIB, os.SEEK_CUR)
            else:
                file.write(generator.randbytes(_MIB))
        file.truncate(made["sizeMiB"] * _MIB)


def _fetch(image, path, directory):
    url, wanted = image["source"]["url"], image["source"].get("sha256")
    total = hashlib.sha256()
    try:
        with urllib.request.urlopen(url, timeout=120) as response, open(path, "wb") as file:
            _need(directory, int(response.headers.get("Content-Length") or 0), image)
            for block in iter(lambda: response.read(_MIB), b""):
                total.update(block)
                file.write(block)
    except (OSError, ValueError) as error:
        remove(path)
        reason = getattr(error, "reason", None) or error
        raise KitError(f"image {image['name']}: {url}: {reason}; can the undercloud reach it?") from None
    if wanted and total.hexdigest() != wanted:
        remove(path)
        raise KitError(
            f"image {image['name']}: {url} has sha256 {total.hexdigest()}, the lab file says {wanted}; "
            "correct that, or the URL"
        )


def _check_raw(image, path):
    with open(path, "rb") as file:
        if file.read(4) == _QCOW2_MAGIC:
            raise KitError(
                f"image {image['name']}: its source is qcow2, not raw; write `format: qcow2` for it in the "
                "lab file"
            )


def _check_alone(image, path, directory):
    """Refuses an image that refers to other files: it would bring files of the undercloud into Glance."""
    info = json.loads(_qemu_img(image, "info", "--output=json", "-f", image["diskFormat"], path))
    data = ((info.get("format-specific") or {}).get("data") or {}).get("data-file")
    other = info.get("backing-filename") or data
    if other:
        raise KitError(
            f"image {image['name']}: its source refers to another file, {other}; flatten it first (qemu-img "
            "convert)"
        )
    _need(directory, info.get("virtual-size", 0), image)


def _convert(image, before, after, source, target):
    _qemu_img(image, "convert", "-f", before, "-O", after, source, target)


def _qemu_img(image, *words):
    done = subprocess.run(["qemu-img", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise KitError(
            f"image {image['name']}: qemu-img {words[0]}: {done.stderr.strip()[-300:]}; is its source "
            f"really {image['diskFormat']}?"
        )
    return done.stdout


def _need(directory, size, image):
    free = shutil.disk_usage(directory).free
    if free < size + 512 * _MIB:
        raise KitError(
            f"image {image['name']}: needs {size // _MIB} MiB in {directory}, of which {free // _MIB} MiB "
            "are free; make room there"
        )

"""
Makes a file with an image's data on the undercloud: from a file, from a URL, or generated.
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
from redact import ending

_MIB = 1 << 20
_QCOW2_MAGIC = b"QFI\xfb"


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
        if image["diskFormat"] != "raw" and not shutil.which("qemu-img"):
            found.append(
                f"image {image['name']}: is {image['diskFormat']} and qemu-img is missing; install qemu-img "
                "on the undercloud"
            )
    return found


def make_data(image, directory, progress):
    """
    Makes a file with an image's data, raw unless the image keeps its format. If the source is such a file, it
    is used in place.

    Args:
        directory: directory of the file.
        progress: copies.Progress, which reports the work.

    Returns:
        (path of the file, paths to remove after use).

    Raises:
        KitError: the source cannot be fetched or differs from the document, or the disk is full.
    """
    base = os.path.join(directory, image["name"])
    source, raw = f"{base}.source", f"{base}.raw"
    os.makedirs(directory, mode=0o700, exist_ok=True)
    kind = next(iter(image["source"]))
    if kind == "made":
        progress.set(image["name"], "is being generated")
        generated = image["source"]["made"]
        files = 1 if image["diskFormat"] == "raw" else 2
        _check_space(directory, generated["sizeMiB"] * _MIB * files, image)
        _generate(generated, raw)
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
    _check_self_contained(image, path, directory)
    if image["keepFormat"]:
        return path, leftovers
    progress.set(image["name"], f"is being converted from {image['diskFormat']}")
    _convert(image, image["diskFormat"], "raw", path, raw)
    return raw, leftovers


def _generate(generated, path):
    """
    Writes `sizeMiB` of pseudo-random bytes (Mersenne Twister), which depend on `seed` alone. Every fourth MiB
    is zero, because images of operating systems are sparse too.
    """
    generator = random.Random(generated["seed"])
    with open(path, "wb") as file:
        for index in range(generated["sizeMiB"]):
            if index % 4 == 3:
                file.seek(_MIB, os.SEEK_CUR)
            else:
                file.write(generator.randbytes(_MIB))
        file.truncate(generated["sizeMiB"] * _MIB)


def _fetch(image, path, directory):
    url, wanted = image["source"]["url"], image["source"].get("sha256")
    total = hashlib.sha256()
    try:
        with urllib.request.urlopen(url, timeout=120) as response, open(path, "wb") as file:
            _check_space(directory, int(response.headers.get("Content-Length") or 0), image)
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


def _check_self_contained(image, path, directory):
    """Refuses an image that refers to other files: qemu-img would read them on the undercloud."""
    info = json.loads(_qemu_img(image, "info", "--output=json", "-f", image["diskFormat"], path))
    data = ((info.get("format-specific") or {}).get("data") or {}).get("data-file")
    referred = info.get("backing-filename") or data
    if referred:
        raise KitError(
            f"image {image['name']}: its source refers to another file, {referred}; flatten it first "
            "(qemu-img convert)"
        )
    _check_space(directory, info.get("virtual-size", 0), image)


def _convert(image, before, after, source, target):
    _qemu_img(image, "convert", "-f", before, "-O", after, source, target)


def _qemu_img(image, *words):
    done = subprocess.run(["qemu-img", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise KitError(
            f"image {image['name']}: qemu-img {words[0]}: {ending(done.stderr, 300)}; is its source "
            f"really {image['diskFormat']}?"
        )
    return done.stdout


def _check_space(directory, size, image):
    free = shutil.disk_usage(directory).free
    if free < size + 512 * _MIB:
        raise KitError(
            f"image {image['name']}: needs {size // _MIB} MiB in {directory}, of which {free // _MIB} MiB "
            "are free; make room there"
        )

"""
Unpacks and converts foreign data, by programs with limits of memory and processor time that end with the kit.
"""

import os
import shutil
import subprocess
import sys

from errors import KitError
from images.workfiles import MIB, check_room, writing
from redact import ending, final_line

_ADDRESS_SPACE = 2 << 30
_SECONDS = 60
_SECONDS_PER_GIB = 600
"""Limit of processor time, by the size of the data."""

_PYTHON = (
    "import {0}, shutil, sys; shutil.copyfileobj({0}.open(sys.stdin.buffer), sys.stdout.buffer, 1 << 20)"
)
_UNPACKERS = {
    "gzip": [sys.executable, "-I", "-c", _PYTHON.format("gzip")],
    "xz": [sys.executable, "-I", "-c", _PYTHON.format("lzma")],
    "zstd": ["zstd", "-dcq"],
}


def unpack(image, packing, source, target):
    """
    Unpacks a file; runs of zeros take no room on the disk.

    Args:
        packing: one of formats.PACKED.

    Raises:
        KitError: the source is damaged or cut off, the disk is full, or a program is missing.
    """
    words = _UNPACKERS[packing]
    if not shutil.which(words[0]):
        raise KitError(
            f"image {image['name']}: its source is packed by {packing}, and {words[0]} is missing; install "
            f"the package {words[0]} on the undercloud"
        )
    limited = _limited(words, os.stat(source).st_size)
    with (
        open(source, "rb") as packed,
        subprocess.Popen(limited, stdin=packed, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process,
    ):
        try:
            _write(image, target, process.stdout)
            errors = process.stderr.read().decode("utf-8", "replace")
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise KitError(
            f"image {image['name']}: its source is packed by {packing} and cannot be unpacked: "
            f"{_reason(process.returncode, errors)}; is it whole?"
        )


def convert(image, before, after, source, target, size):
    """
    Converts a disk of a virtual size in bytes by qemu-img. The caller has read the header of a qcow2 source.

    Raises:
        KitError: qemu-img failed, or the disk is full.
    """
    check_room(image, os.path.dirname(target), size)
    done = subprocess.run(
        _limited(["qemu-img", "convert", "-f", before, "-O", after, source, target], size),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise KitError(
            f"image {image['name']}: qemu-img convert: {_reason(done.returncode, done.stderr)}; is its "
            f"source whole, and is there room in {os.path.dirname(target)}?"
        )


def _limited(words, size):
    seconds = _SECONDS + _SECONDS_PER_GIB * size // 2**30
    limits = [f"--as={_ADDRESS_SPACE}", f"--cpu={seconds}", "--core=0"]
    return ["setpriv", "--pdeathsig", "KILL", "prlimit", *limits, *words]


def _reason(code, errors):
    if code < 0:
        return f"a signal ended it ({-code}), for instance at its limit of processor time or memory"
    return ending(final_line(errors) or f"exit {code}", 300)


def _write(image, path, stream):
    written = 0
    with writing(image, path), open(path, "wb") as file:
        for block in iter(lambda: stream.read(MIB), b""):
            check_room(image, os.path.dirname(path), written + len(block), written)
            if block.count(0) == len(block):
                file.seek(len(block), os.SEEK_CUR)
            else:
                file.write(block)
            written += len(block)
        file.truncate(written)

"""
Recognizes the content of an image's source by its first and last bytes, and reads the header of a qcow2 image
(QEMU docs/interop/qcow2.txt) before any program opens the image.
"""

import os
import struct

SECTOR = 512

PACKED = ("gzip", "xz", "zstd")
"""Kinds of packed data that the kit unpacks."""

_HEAD = 128 << 10

_SIGNATURES = [
    (0, b"QFI\xfb", "qcow2"),
    (0, b"\x1f\x8b\x08", "gzip"),
    (0, b"\xfd7zXZ\0", "xz"),
    (0, b"\x28\xb5\x2f\xfd", "zstd"),
    (0, b"KDMV", "a VMDK disk"),
    (0, b"COWD", "a VMDK disk"),
    (0, b"# Disk DescriptorFile", "the descriptor of a VMDK disk"),
    (0, b"vhdxfile", "a VHDX disk"),
    (0, b"conectix", "a VHD disk"),
    (64, b"\x7f\x10\xda\xbe", "a VDI disk"),
    (0, b"QED\0", "a QED disk"),
    (0, b"WithoutFreeSpace", "a Parallels disk"),
    (0, b"WithouFreSpacExt", "a Parallels disk"),
    (0, b"BZh", "a bzip2 file"),
    (0, b"\x04\x22\x4d\x18", "an lz4 file"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"PK\x03\x04", "a zip archive"),
    (257, b"ustar", "a tar archive"),
]
_PAGES = (b"<!doctype html", b"<html", b"<head", b"<?xml")

_BACKING_NAME_LIMIT = 1023
_CORRUPT = 1 << 1
_EXTERNAL_DATA = 1 << 2
_DATA_FILE_NAME = 0x44415441


def content(path):
    """
    The kind of a file's content: `qcow2`; one of PACKED; `raw` for disks, filesystems, ISO 9660 and data
    without a signature; or a phrase for data that the kit cannot use, such as `a VMDK disk`.
    """
    size = os.stat(path).st_size
    if size == 0:
        return "an empty file"
    with open(path, "rb") as file:
        head = file.read(_HEAD)
        file.seek(max(0, size - SECTOR))
        tail = file.read(SECTOR)
    for offset, signature, kind in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return kind
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:16].lower().startswith(_PAGES):
        return "a web page"
    # A VHD disk of fixed size is raw data with this footer.
    if tail.startswith(b"conectix"):
        return "a VHD disk"
    return "raw" if size >= SECTOR else f"a file of {size} bytes, less than a sector"


def qcow2_header(path):
    """
    Reads the header of a qcow2 image: (virtual size in bytes, fault). fault: why qemu-img must not open the
    image, with the remedy; '' if it may.
    """
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    if len(head) < 72:
        return 0, "its qcow2 header is cut off; copy it again"
    version, backing_offset, backing_size = struct.unpack_from(">IQI", head, 4)
    size, encryption = struct.unpack_from(">QI", head, 24)
    if version not in (2, 3) or (version == 3 and len(head) < 104):
        return 0, f"its qcow2 header has version {version} or is cut off; convert it (qemu-img convert)"
    features = struct.unpack_from(">Q", head, 72)[0] if version == 3 else 0
    if backing_offset:
        return size, _refers(head[backing_offset : backing_offset + min(backing_size, _BACKING_NAME_LIMIT)])
    if features & _EXTERNAL_DATA:
        return size, _refers(_extension(head, _DATA_FILE_NAME))
    if encryption:
        return size, "its source is encrypted; decrypt it first (qemu-img convert)"
    if features & _CORRUPT:
        return size, "its source is marked corrupt; repair it first (qemu-img check -r all)"
    return size, ""


def _refers(name):
    shown = ascii(name.decode("utf-8", "replace"))[1:-1][:200] or "(a name further back)"
    return f"its source refers to another file, {shown}; flatten it first (qemu-img convert)"


def _extension(head, wanted):
    """The data of a header extension of a qcow2 image of version 3; empty if it has none."""
    (position,) = struct.unpack_from(">I", head, 100)
    while position + 8 <= len(head):
        kind, length = struct.unpack_from(">II", head, position)
        if kind in (0, wanted):
            return head[position + 8 : position + 8 + length] if kind else b""
        position += 8 + (length + 7) // 8 * 8
    return b""

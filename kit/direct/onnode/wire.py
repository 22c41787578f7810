"""
What the kit and its programs beside Ceph clusters say to one another: messages, blocks, frames. The kit
imports this file, and sends it along with its programs (session.py). It needs Python 3.6, which containers of
Ceph 5 have, and its standard library.

A message is a byte for its kind, four bytes for the length of its content, and the content. Numbers are
unsigned and big-endian. A block is a piece of an image of BLOCK bytes, the last one may be shorter; its
digest has DIGEST bytes, and is ZERO for a block of zeros. A frame is some blocks, compressed together.
"""

import hashlib
import shutil
import struct
import subprocess
import zlib

BLOCK = 64 << 10
CODECS = ["zlib", "zstd"]
"""The best one last."""
DIGEST = 16
ZERO = bytes(DIGEST)
WINDOW = 64
"""Blocks that the reader offers at a time."""
FRAME_BLOCKS = 16
"""Most blocks of a frame. A frame that was cut off is sent again."""

MAGIC = b"glance-dcn\n"
"""What a program prints first: the shell of a login may print text before it."""

SEEN, DIGESTS, WANTED, FRAME, LOCAL, MISSING, FINISH, RESULT = (bytes([kind]) for kind in b"SDWFLMER")
"""
Kinds of messages.

    SEEN      JSON: what a program found when it started
    DIGESTS   a program: the digests of the next blocks of its image
    WANTED    to the reader, for each DIGESTS: frames to send, each a count and the numbers of its blocks
    FRAME     a frame
    LOCAL     to the writer: the id of another image, and blocks to take from it: LOCAL_ENTRY
    MISSING   the writer, after each LOCAL: numbers of the blocks that were not there
    FINISH    to the writer, JSON: all was sent, make it the image
    RESULT    JSON: what came of it
"""

LOCAL_ENTRY = struct.Struct(">II16s")
"""Number of the block in the other image, number in this image, digest."""

_HEAD = struct.Struct(">cI")
_ZEROS = bytes(BLOCK)
_FRAME_HEAD = struct.Struct(">BI")


def head(kind, size):
    """The start of a message with a content of `size` bytes."""
    return _HEAD.pack(kind, size)


def send(stream, kind, content):
    """Writes a message."""
    stream.write(head(kind, len(content)))
    stream.write(content)
    stream.flush()


def receive(stream):
    """The next message, (kind, content); None if the stream has ended."""
    start = stream.read(_HEAD.size)
    if len(start) < _HEAD.size:
        return None
    kind, size = _HEAD.unpack(start)
    content = stream.read(size)
    return (kind, content) if len(content) == size else None


def digest(block):
    """The digest of a block."""
    if block == _ZEROS or not block.strip(b"\0"):
        return ZERO
    return hashlib.blake2b(block, digest_size=DIGEST).digest()


def blocks(stream):
    """The blocks of an image that is read from a stream."""
    while True:
        block = stream.read(BLOCK)
        if not block:
            return
        yield block


def numbers(values):
    """Numbers as content of a message."""
    return struct.pack(f">{len(values)}I", *values)


def numbers_of(content):
    """The numbers in the content of a message."""
    return struct.unpack(f">{len(content) // 4}I", content)


def codecs():
    """Those of CODECS that this host has."""
    return [name for name in CODECS if name != "zstd" or shutil.which("zstd")]


def pack(codec, indexes, data):
    """A frame of blocks: their numbers in the image, and their data one after the other."""
    start = _FRAME_HEAD.pack(CODECS.index(codec), len(indexes)) + numbers(indexes)
    return start + (_zstd(data, "-3") if codec == "zstd" else zlib.compress(data, 1))


def unpack(frame):
    """The blocks of a frame: [(number in the image, data)]."""
    codec, count = _FRAME_HEAD.unpack_from(frame)
    start = _FRAME_HEAD.size + 4 * count
    data = frame[start:]
    data = _zstd(data, "-d") if CODECS[codec] == "zstd" else zlib.decompress(data)
    indexes = numbers_of(frame[_FRAME_HEAD.size : start])
    return [(index, data[place * BLOCK : (place + 1) * BLOCK]) for place, index in enumerate(indexes)]


def _zstd(data, option):
    command = ["zstd", "--quiet", "--stdout", option]
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout

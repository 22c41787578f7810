"""
What the kit and its programs beside Ceph clusters say to one another: messages, blocks, frames. The kit
imports this file, and sends it along with its programs (session.py). It needs Python 3.6, which containers of
Ceph 5 have, and its standard library.

A message is a byte for its kind, four bytes for the length of its content, and the content. Numbers are
unsigned and big-endian. A block is a piece of an image of BLOCK bytes, the last one may be shorter; its
digest has DIGEST bytes, and is ZERO for a block of zeros. A frame is some blocks, compressed together.
"""

import hashlib
import json
import os
import select
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
"""Blocks whose digests a program sends at a time."""
FRAME_BLOCKS = 16
"""Most blocks of a frame. A frame that was cut off is sent again."""

MAGIC = b"glance-dcn\n"
"""What a program prints first: the shell of a login may print text before it."""

ALIVE, SEEN, DIGESTS, WANTED, PIECE, FRAME, LOCAL, MISSING, FINISH, RESULT, NAME = (
    bytes([kind]) for kind in b"ASDWPFLMERN"
)
"""
Kinds of messages.

    ALIVE     from the kit, which has nothing else to say: it is still there
    SEEN      JSON: what a program found when it started
    DIGESTS   a program: the digests of the next blocks of its image; of the writer: none at its end
    WANTED    to the reader, for each DIGESTS: frames to send, each a count and the numbers of its blocks
    PIECE     to the writer: a piece of a frame, not the last one
    FRAME     a frame; to the writer, its last piece
    LOCAL     to the writer: the id of another image, and blocks to take from it: LOCAL_ENTRY
    MISSING   the writer, after each LOCAL: numbers of the blocks that were not there
    FINISH    to the writer, JSON: all was sent, read it back
    NAME      to the writer, whose data is right: give it the name of the image
    RESULT    JSON: what came of it
"""

LOCAL_ENTRY = struct.Struct(">II16s")
"""Number of the block in the other image, number in this image, digest."""

_HEAD = struct.Struct(">cI")
_ZEROS = bytes(BLOCK)
_FRAME_HEAD = struct.Struct(">BI")


def message(kind, content):
    """A message."""
    return _HEAD.pack(kind, len(content)) + content


def send(stream, kind, content):
    """Writes a message."""
    stream.write(message(kind, content))
    stream.flush()


def receive(stream):
    """The next message but ALIVE, (kind, content); None if the stream has ended."""
    while True:
        start = stream.read(_HEAD.size)
        if len(start) < _HEAD.size:
            return None
        kind, size = _HEAD.unpack(start)
        content = stream.read(size)
        if len(content) < size:
            return None
        if kind != ALIVE:
            return kind, content


class Input:
    """
    Standard input of a program, as a stream that also ends when the kit is silent for too long. A connection
    that broke without a word stays open at this end for hours, and the program would keep its image open,
    which Glance then cannot delete.
    """

    def __init__(self):
        self._silence = None

    def request(self):
        """The first line, JSON. Its `silenceSeconds` is the longest silence from now on."""
        line = b""
        while not line.endswith(b"\n"):
            data = os.read(0, 1)
            if not data:
                break
            line += data
        request = json.loads(line.decode())
        self._silence = request["silenceSeconds"]
        return request

    def read(self, size):
        """The next `size` bytes; fewer if the stream has ended."""
        pieces = []
        while size and select.select([0], [], [], self._silence)[0]:
            data = os.read(0, min(size, 1 << 20))
            if not data:
                break
            pieces.append(data)
            size -= len(data)
        return b"".join(pieces)


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

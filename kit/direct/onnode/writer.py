"""
Writes an image, beside the cluster that gets it. The kit sends this program there for each call; it needs
what wire.py needs.

The blocks go into an unfinished image of a name of its own, with which a later call goes on. When its data is
right it becomes what Glance itself would have written (glance_store rbd.py add): format 2, objects of 8 MiB,
the protected snapshot `snap`, its id as its name.

Standard input: a line of JSON, {pool, id, part, size, silenceSeconds}, then messages PIECE, FRAME and LOCAL,
then FINISH {sha512}, then NAME. Standard output: SEEN {state, codecs}; DIGESTS of window after window of the
unfinished image, if it is there, and an empty one after the last; MISSING after each LOCAL; RESULT {sha512}
after FINISH; RESULT {fsid} after NAME. state: `new`, `part`, or `whole` if the image itself is there.

A kit whose connection broke starts a second writer, while the first one may still read its copy back. So a
writer gives the copy its last name only when the kit, which hears the second one alone, asks for it.
"""

import hashlib
import itertools
import json
import struct
import subprocess
import sys

from wire import (
    BLOCK,
    DIGESTS,
    FRAME,
    LOCAL,
    LOCAL_ENTRY,
    MAGIC,
    MISSING,
    NAME,
    PIECE,
    RESULT,
    SEEN,
    WINDOW,
    Input,
    blocks,
    codecs,
    digest,
    numbers,
    receive,
    send,
    unpack,
)

_SNAPSHOT = "snap"
_OBJECT_SIZE = "8M"


def rbd(*words):
    """Runs a command of rbd and gives its standard output; its errors go to standard error."""
    return subprocess.run(["rbd", *words], stdout=subprocess.PIPE, check=True).stdout


def exists(image):
    """Whether a pool has an image."""
    words = ["info", "--format", "json", image]
    done = subprocess.run(["rbd", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # ENOENT: the pool has no such image, or there is no such pool, of which `rbd create` then says so.
    if done.returncode not in (0, 2):
        rbd(*words)
    return done.returncode == 0


def exported(image):
    """A process that writes an image's data to its standard output."""
    return subprocess.Popen(["rbd", "export", "--no-progress", image, "-"], stdout=subprocess.PIPE)


def sha512(image):
    """The sha512 of an image's data."""
    total = hashlib.sha512()
    export = exported(image)
    for block in blocks(export.stdout):
        total.update(block)
    if export.wait():
        raise subprocess.CalledProcessError(export.returncode, export.args)
    return total.hexdigest()


class Part:
    """The unfinished image, written by `rbd import-diff` (Ceph doc/dev/rbd-diff.rst)."""

    def __init__(self, name, size, is_there):
        self._name = name
        self._snapshot = f"{name}@{_SNAPSHOT}"
        self._size = size
        self._is_there = is_there
        self._diff = None

    def digests(self):
        """The digests of its blocks, WINDOW of them at a time."""
        export = exported(self._name)
        found = map(digest, blocks(export.stdout))
        yield from iter(lambda: b"".join(itertools.islice(found, WINDOW)), b"")
        if export.wait():
            raise subprocess.CalledProcessError(export.returncode, export.args)

    def write(self, index, block):
        """Writes a block."""
        stream = self._open().stdin
        stream.write(struct.pack("<cQQ", b"w", index * BLOCK, len(block)))
        stream.write(block)

    def close(self):
        """Waits until all blocks are in the cluster."""
        process = self._open()
        process.stdin.write(b"e")
        process.stdin.close()
        if process.wait():
            raise subprocess.CalledProcessError(process.returncode, process.args)

    def leave(self):
        """Waits until the blocks so far are in the cluster: import-diff then misses the end of its input."""
        if self._diff is not None:
            self._diff.stdin.close()
            self._diff.wait()

    def read_back(self, expected):
        """Gives it its snapshot if its data has the expected sha512, else removes it. Returns the sha512."""
        rbd("snap", "create", "--no-progress", self._snapshot)
        rbd("snap", "protect", self._snapshot)
        found = sha512(self._snapshot)
        if found != expected:
            self._drop_snapshot()
            rbd("rm", "--no-progress", self._name)
        return found

    def become(self, image):
        """Gives it the name of the image."""
        rbd("rename", self._name, image)

    def _open(self):
        if self._diff is None:
            if self._is_there:
                # An earlier call ended between its snapshot and its new name.
                self._drop_snapshot()
            else:
                mebibytes = f"{-(-self._size // (1 << 20))}M"
                form = ["--object-size", _OBJECT_SIZE, "--image-format", "2"]
                rbd("create", "--size", mebibytes, *form, self._name)
            words = ["rbd", "import-diff", "--no-progress", "-", self._name]
            self._diff = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            self._diff.stdin.write(b"rbd diff v1\n" + struct.pack("<cQ", b"s", self._size))
        return self._diff

    def _drop_snapshot(self):
        for found in json.loads(rbd("snap", "ls", "--format", "json", self._name).decode()):
            if found["protected"] in (True, "true"):
                rbd("snap", "unprotect", f"{self._name}@{found['name']}")
            rbd("snap", "rm", "--no-progress", f"{self._name}@{found['name']}")


def take_local(pool, part, content):
    """Takes blocks from another image of the pool. Returns the numbers of those that it does not have."""
    wanted = {}
    for place, index, expected in LOCAL_ENTRY.iter_unpack(content[36:]):
        wanted.setdefault(place, []).append((index, expected))
    export = exported(f"{pool}/{content[:36].decode()}@{_SNAPSHOT}")
    missing = []
    for place, block in enumerate(blocks(export.stdout)):
        for index, expected in wanted.pop(place, []):
            if digest(block) == expected:
                part.write(index, block)
            else:
                missing.append(index)
        if not wanted:
            break
    export.kill()
    export.wait()
    return missing + [index for entries in wanted.values() for index, _ in entries]


def main():
    """Writes what comes."""
    stream = Input()
    request = stream.request()
    pool = request["pool"]
    image, name = f"{pool}/{request['id']}", f"{pool}/{request['part']}"
    state = "whole" if exists(image) else "part" if exists(name) else "new"
    part = Part(name, request["size"], state == "part")
    output = sys.stdout.buffer
    output.write(MAGIC)
    send(output, SEEN, json.dumps({"state": state, "codecs": codecs()}).encode())
    if state == "part":
        for digests in part.digests():
            send(output, DIGESTS, digests)
        send(output, DIGESTS, b"")
    pieces = []
    while True:
        message = receive(stream)
        if message is None:
            # The kit is gone, or only asked. What came so far stays for the next call.
            part.leave()
            return
        kind, content = message
        if kind == PIECE:
            pieces.append(content)
        elif kind == FRAME:
            for index, block in unpack(b"".join([*pieces, content])):
                part.write(index, block)
            pieces = []
        elif kind == LOCAL:
            send(output, MISSING, numbers(take_local(pool, part, content)))
        else:
            break
    expected = json.loads(content.decode())["sha512"]
    if state == "whole":
        found = sha512(f"{image}@{_SNAPSHOT}")
    else:
        part.close()
        found = part.read_back(expected)
    send(output, RESULT, json.dumps({"sha512": found}).encode())
    message = receive(stream)
    if message is None or message[0] != NAME:
        return
    if state != "whole":
        part.become(image)
    fsid = subprocess.check_output(["ceph", "fsid"]).decode().strip()
    send(output, RESULT, json.dumps({"fsid": fsid}).encode())


try:
    main()
except (OSError, subprocess.CalledProcessError) as error:
    sys.exit(f"writer: {error}")

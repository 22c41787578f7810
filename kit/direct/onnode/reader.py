"""
Reads an image once, beside the cluster that has it. The kit sends this program there for each call; it needs
what wire.py needs.

Standard input: a line of JSON, {image: pool/name@snapshot, codec, silenceSeconds}, then a message WANTED for
each message DIGESTS. Standard output: SEEN {usedBytes}; DIGESTS of window after window, while frames of
earlier windows are sent; RESULT {sha512} when all frames were sent.
"""

import hashlib
import json
import os
import queue
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from wire import (
    DIGESTS,
    FRAME,
    MAGIC,
    RESULT,
    SEEN,
    WINDOW,
    Input,
    blocks,
    codecs,
    digest,
    numbers_of,
    pack,
    receive,
    send,
)

_WINDOWS = 16
"""Windows in memory: 64 MiB."""
_PACKERS = 2


class Reader:
    """The windows on their way: read, offered, packed, sent."""

    def __init__(self, stream, codec):
        self._stream = stream
        self._codec = codec if codec in codecs() else "zlib"
        self._room = threading.Semaphore(_WINDOWS)
        self._offered = queue.Queue()
        self._frames = queue.Queue()
        self._packers = ThreadPoolExecutor(_PACKERS)
        self._output = threading.Lock()
        self._over = False
        for work in (self._answer, self._deliver):
            threading.Thread(target=guarded, args=(work,), daemon=True).start()

    def offer(self, start, window):
        """Offers blocks of the image, the first of which has the number `start`."""
        self._room.acquire()
        self._offered.put((start, window))
        self.say(DIGESTS, b"".join(map(digest, window)))

    def finish(self):
        """Waits until all frames were sent."""
        for _ in range(_WINDOWS):
            self._room.acquire()
        self._over = True

    def say(self, kind, content):
        """Sends a message."""
        with self._output:
            send(sys.stdout.buffer, kind, content)

    def _answer(self):
        """Packs what is wanted of each window."""
        while True:
            message = receive(self._stream)
            if message is None:
                if self._over:
                    return
                os._exit(1)
            start, window = self._offered.get()
            wanted = list(numbers_of(message[1]))
            while wanted:
                count = wanted.pop(0)
                indexes, wanted = wanted[:count], wanted[count:]
                data = b"".join(window[index - start] for index in indexes)
                self._frames.put(self._packers.submit(pack, self._codec, indexes, data))
            self._frames.put(None)

    def _deliver(self):
        while True:
            frame = self._frames.get()
            if frame is None:
                self._room.release()
            else:
                self.say(FRAME, frame.result())


def guarded(work):
    """Ends the process with a thread that fails: the others would wait for it."""
    try:
        work()
    except (Exception, SystemExit) as error:
        print(f"reader: {error}", file=sys.stderr, flush=True)
        os._exit(1)


def main():
    """Reads, offers and sends."""
    stream = Input()
    request = stream.request()
    image = request["image"]
    sys.stdout.buffer.write(MAGIC)
    reader = Reader(stream, request["codec"])
    words = ["rbd", "du", "--format", "json", image]
    usage = json.loads(subprocess.check_output(words).decode())
    used = max(entry["used_size"] for entry in usage["images"])
    reader.say(SEEN, json.dumps({"usedBytes": used}).encode())
    total = hashlib.sha512()
    export = subprocess.Popen(["rbd", "export", "--no-progress", image, "-"], stdout=subprocess.PIPE)
    start, window = 0, []
    for block in blocks(export.stdout):
        total.update(block)
        window.append(block)
        if len(window) == WINDOW:
            reader.offer(start, window)
            start, window = start + WINDOW, []
    if export.wait():
        sys.exit(f"rbd export {image} ended with {export.returncode}")
    if window:
        reader.offer(start, window)
    reader.finish()
    reader.say(RESULT, json.dumps({"sha512": total.hexdigest()}).encode())
    # Its threads still wait, for input that does not come any more.
    os._exit(0)


guarded(main)

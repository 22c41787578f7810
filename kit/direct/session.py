"""Calls of the direct way's programs beside Ceph clusters."""

import contextlib
import json
import resource
import select
import tempfile
import threading
import time

import programs
from ceph import cluster
from clock import duration
from direct.onnode import wire
from errors import KitError
from redact import ending

_SILENCE_SECONDS = 60
"""After how long without a message a program ends: the connection broke without a word."""
_STALL_SECONDS = 300
"""For how long a program may neither take nor send anything."""
_SECONDS_PER_GIB = 600
"""Time limit for reading an image at a small cluster, beyond _STALL_SECONDS."""


def raise_file_limit():
    """
    Raises this process's limit of open files to the most that the system allows: a session needs several, and
    a shell often allows 1,024.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Session:
    """
    A program of `onnode` that runs with access to a store's cluster.

    Args:
        entry: the store's entry.
        program: name of the program's file.
        request: its first line.

    Its methods raise KitError, with the program's stderr, if the program or the connection has ended.
    """

    def __init__(self, lab, entry, program, request):
        self._label = cluster.label(entry)
        text = programs.with_module("direct", program, "wire")
        try:
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115 -- `close` closes it
            self._process = cluster.start(lab, entry, ["python3", "-c", text], self._errors)
        except OSError as error:
            raise KitError(f"{self._label}: {error}") from None
        self._until = None
        self._excess = None
        self._writing = threading.Lock()
        self._write(json.dumps({**request, "silenceSeconds": _SILENCE_SECONDS}).encode() + b"\n")
        self._began = False

    def send(self, kind, content):
        """Sends a message."""
        self._write(wire.message(kind, content))

    def stay_alive(self):
        """
        Tells the program that the kit is there, if it was told nothing for a while. Called again and again,
        by another thread; does not wait for a connection that takes nothing now.
        """
        is_due = time.monotonic() - self._written > _SILENCE_SECONDS / 4
        if is_due and self._writing.acquire(blocking=False):
            try:
                # ValueError: the stream is closed. OSError: the program has ended, which others will see.
                with contextlib.suppress(OSError, ValueError):
                    stream, poll = self._process.stdin, select.poll()
                    poll.register(stream, select.POLLOUT)
                    if poll.poll(0):
                        stream.write(wire.message(wire.ALIVE, b""))
                        stream.flush()
                        self._written = time.monotonic()
            finally:
                self._writing.release()

    def receive(self):
        """The next message: (kind, content)."""
        while not self._began:
            line = self._process.stdout.readline()
            if not line:
                raise self._fault()
            self._began = line.endswith(wire.MAGIC)
        message = wire.receive(self._process.stdout)
        if message is None:
            raise self._fault()
        return message

    def answer(self, kind):
        """The content of the next message, which is of this kind."""
        found, content = self.receive()
        if found != kind:
            raise KitError(f"{self._label}: sent {found!r} in place of {kind!r}")
        return content

    def json(self, kind):
        """The JSON in the next message, which is of this kind."""
        return json.loads(self.answer(kind))

    def end(self):
        """Closes the program's input, and waits for its end."""
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        if self._process.wait():
            raise self._fault()

    @contextlib.contextmanager
    def within(self, seconds, what):
        """
        A context for work of the program that ends within `seconds`, or `check` breaks the connection.

        Args:
            what: the work, for people: `say what it has`.
        """
        self._until = time.monotonic() + seconds, what, seconds
        try:
            yield
        finally:
            self._until = None

    def going_on(self, what):
        """As `within`, for work that goes on all the time: a part of it."""
        return self.within(_STALL_SECONDS, what)

    def reading(self, size, what):
        """As `within`, for work that reads an image of `size` bytes in its cluster and sends nothing yet."""
        return self.within(_STALL_SECONDS + _SECONDS_PER_GIB * size / 2**30, what)

    def check(self):
        """Breaks the connection if the program has had its time. Another thread calls it again and again."""
        # The work may end meanwhile.
        limit = self._until
        if limit and time.monotonic() > limit[0]:
            self._excess = (
                f"did not {limit[1]} within {duration(limit[2])}; look at that Ceph cluster (`ceph -s`) and "
                "the WAN to it"
            )
            self.kill()

    def kill(self):
        """Breaks the connection, also while another thread sends or receives."""
        self._process.kill()

    def close(self):
        """Breaks the connection unless it has ended, and frees what it holds."""
        self.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            with contextlib.suppress(OSError):
                stream.close()

    def _write(self, data):
        try:
            with self._writing:
                self._process.stdin.write(data)
                self._process.stdin.flush()
                self._written = time.monotonic()
        except (OSError, ValueError):
            raise self._fault() from None

    def _fault(self):
        code = self._process.wait()
        if self._excess:
            return KitError(f"{self._label}: {self._excess}")
        self._errors.seek(0)
        text = ending(self._errors.read().decode("utf-8", "replace").strip(), 600)
        return KitError(f"{self._label}: {text or f'the connection ended (exit {code})'}")


class Watch:
    """
    A context in which sessions stay alive, and are killed when the caller is interrupted, at the time limit,
    and each of them when its program has had its time.
    """

    def __init__(self, cancelled, deadline, sessions):
        self._cancelled = cancelled
        self._deadline = deadline
        self._sessions = sessions
        self._over = threading.Event()

    def __enter__(self):
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        for session in self._sessions:
            session.close()

    def _watch(self):
        while not self._over.wait(0.2):
            is_over = self._cancelled.is_set() or time.monotonic() > self._deadline
            for session in list(self._sessions):
                session.check()
                if is_over:
                    session.kill()
                else:
                    session.stay_alive()

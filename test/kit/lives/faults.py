"""
Faults at a numbered write of one process: kill -9 before the write, a full disk from the write on, an
input/output error in the write. A write is a call that changes a disk or a service.
"""

import errno
import os
import signal
import sys

FAULT = None
"""{role, at, kind} or None. kind: `kill`, `full` or `io`. Forks inherit it."""

_state = {"role": None, "count": 0}


def play(role):
    """Gives this process a role, and counts its writes from now on."""
    _state.update(role=role, count=0)


def watch():
    """Counts the writes of all forks of this process."""
    # Calls with True need space on the disk; `write_reserved` has the space already.
    for name, grows in (
        *(("replace", False), ("remove", False), ("ftruncate", False), ("symlink", True), ("mkdir", True)),
        *(("posix_fallocate", True), ("pwrite", True), ("fsync", True)),
    ):
        setattr(os, name, _watched(getattr(os, name), grows))
    _watch_open()
    _watch_requests()


def _watched(function, grows):
    def call(first, *others, **options):
        _write(grows and not _is_reserved(first))
        return function(first, *others, **options)

    return call


def _watch_open():
    real = os.open

    def call(path, flags, mode=0o777, **options):
        if flags & os.O_CREAT:
            _write(not os.path.exists(path))
        return real(path, flags, mode, **options)

    os.open = call


def _watch_requests():
    keystone = sys.modules["cloud.keystone"].Keystone
    request = keystone._request

    def call(self, method, *arguments):
        if method == "GET":
            return request(self, method, *arguments)
        _count("kill")
        answer = request(self, method, *arguments)
        _count("kill")
        return answer

    keystone._request = call


def _is_reserved(file):
    return isinstance(file, int) and os.readlink(f"/proc/self/fd/{file}").endswith(".reserved")


def _write(grows):
    if _count("kill", "io") == "io":
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    if grows and FAULT and FAULT["kind"] == "full" and _is_mine() and _state["count"] > FAULT["at"]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _is_mine():
    """Whether the fault is for this process. ~/healed: all faults have ended, in older processes, too."""
    return FAULT["role"] == _state["role"] and not os.path.exists(os.path.expanduser("~/healed"))


def _count(*kinds):
    """Counts a write. Gives the kind of the fault that is due, None unless `kinds` has this kind."""
    _state["count"] += 1
    if not FAULT or not _is_mine() or _state["count"] != FAULT["at"] or FAULT["kind"] not in kinds:
        return None
    if FAULT["kind"] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    return FAULT["kind"]

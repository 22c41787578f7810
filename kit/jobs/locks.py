"""
Locks by flock(2): the kernel releases a lock when the last process that holds it exits.

A lock belongs to an open file, and to every process that inherited that file. A job passes the locks that
guard TripleO on to the command that it runs: if the kit's own process is killed, they stay held until that
command has ended too.
"""

import contextlib
import fcntl
import json
import os
import time

from clock import now
from errors import KitError
from files import remove
from output import Beat

_POLL_SECONDS = 0.1


def held(path):
    """
    Whether a process holds the lock now. This check takes a shared lock for a moment; `take` waits for it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def take(path, patience=2.0):
    """
    Takes the lock without waiting for another holder.

    Args:
        patience: seconds to wait for checks by `held`.

    Returns:
        Descriptor of the open file, which holds the lock until it is closed; None if another holds the lock.
    """
    until = time.monotonic() + patience
    while True:
        try:
            return _open_locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return None
            time.sleep(0.01)


class Lock:
    """
    A lock that processes wait for. Its file names the holder, and since when it has the lock, for processes
    that wait and for `status`.
    """

    def __init__(self, path):
        self.path = path
        self.descriptor = None

    def acquire(self, holder, shared=False, wait=True):
        """
        Takes the lock.

        Args:
            holder: name of the holder, which is written into the file.
            shared: whether to share the lock with other such holders; then no name is written.
            wait: whether to wait while another holds the lock.

        Returns:
            Whether the lock was taken.
        """
        how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            descriptor = _open_locked(self.path, how if wait else how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self.descriptor = descriptor
        os.ftruncate(descriptor, 0)
        if not shared:
            # A lock without a name is a lock as well: a full disk does not stop a job that has succeeded.
            with contextlib.suppress(OSError):
                os.pwrite(descriptor, json.dumps({"holder": holder, "since": now()}).encode(), 0)
        return True

    def release(self):
        """
        Releases the lock, also for processes that inherited it: LOCK_UN releases it for every holder of the
        descriptor; close() does not.
        """
        if self.descriptor is not None:
            os.ftruncate(self.descriptor, 0)
            fcntl.flock(self.descriptor, fcntl.LOCK_UN)
            os.close(self.descriptor)
            self.descriptor = None

    def remove(self):
        """Releases the lock, and removes its file."""
        remove(self.path)
        self.release()

    def holder(self):
        """The holder, {holder, since}; {} if the lock is held without a name; None if it is free."""
        if not held(self.path):
            return None
        try:
            with open(self.path, encoding="utf-8") as file:
                return json.loads(file.read() or "{}")
        except (FileNotFoundError, ValueError):
            return {}


@contextlib.contextmanager
def entered(lock, holder, *, shared=False, waiting=None, beat=None):
    """
    A context that waits for a lock, and holds the lock until it is left.

    Args:
        holder, shared: as in `Lock.acquire`.
        waiting: function of the lock's holder and the time since when it has the lock; gives the line to
            report during the wait. None: nothing is reported.
        beat: how often to report; every 5 s by default.
    """
    if waiting is None:
        lock.acquire(holder, shared)
    else:
        _wait(lock, lambda: lock.acquire(holder, shared, wait=False), waiting, beat)
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def alone(lock, holder, busy):
    """
    A context that holds a lock, whose file goes when the context is left, and that does not wait for it.

    Args:
        holder: as in `Lock.acquire`.
        busy: function of the time since when another has the lock; gives the error's message.

    Raises:
        KitError: another holds the lock.
    """
    if not lock.acquire(holder, wait=False):
        raise KitError(busy((lock.holder() or {}).get("since", "just now")))
    try:
        yield
    finally:
        lock.remove()


def wait_until_free(lock, waiting, beat=None):
    """
    Waits while another process holds a lock. Neither takes the lock nor makes its file.

    Args:
        waiting, beat: as in `entered`.
    """
    _wait(lock, lambda: not held(lock.path), waiting, beat)


def _wait(lock, is_over, waiting, beat):
    beat = beat or Beat()
    while not is_over():
        other = lock.holder() or {}
        beat.say(waiting(other.get("holder", "another process"), other.get("since", "?")[:19]))
        time.sleep(_POLL_SECONDS)


def image_imports(lab):
    """
    The lock that guards image imports against a restart of glance-api, which would end them: held shared by
    the kit's image work, exclusively by a job that restarts glance-api.
    """
    return Lock(os.path.join(lab.stores, "imports"))


def _open_locked(path, how):
    """
    Opens and locks the file. If its last holder has removed the file meanwhile, a lock on the removed file
    keeps nobody out: then the new file is opened.
    """
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, how)
            if _is_at(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_at(descriptor, path):
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False

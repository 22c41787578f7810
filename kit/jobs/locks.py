"""Locks that end with the processes that hold them: flock(2), never a guess at process ids.

A lock belongs to an open file, and to every process that inherited it. A job hands the locks that guard
TripleO itself on to the command it runs: should the kit's own process be killed, they stay held until that
command has ended too.
"""

import fcntl
import json
import os
import time

from common import now


def held(path):
    """
    Whether anybody holds the lock now. Asking takes no more than a moment's shared lock, which `take` sits
    out.
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
    Takes the lock and gives the open file, which holds it until it is closed; None if another holds it.

    `patience`: seconds to sit out those who only ask whether it is held.
    """
    descriptor = _open(path)
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() > until:
                os.close(descriptor)
                return None
            time.sleep(0.01)


class Lock:
    """
    A lock that one waits for. The file says who holds it and since when, for those who wait and for `status`.
    """

    def __init__(self, path):
        self.path = path
        self.descriptor = None

    def acquire(self, holder, shared=False, wait=True):
        """
        Takes the lock, waiting for it if `wait`; gives whether it was taken.

        `holder`: what the file tells others. Shared holders (`shared`) are several and leave no name.
        """
        descriptor = _open(self.path)
        how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(descriptor, how if wait else how | fcntl.LOCK_NB)
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                return False
            raise
        self.descriptor = descriptor
        os.ftruncate(descriptor, 0)
        if not shared:
            os.pwrite(descriptor, json.dumps({"holder": holder, "since": now()}).encode(), 0)
        return True

    def release(self):
        """
        Gives it back, also for processes that inherited it: unlocking counts for all of them, closing does
        not.
        """
        if self.descriptor is not None:
            os.ftruncate(self.descriptor, 0)
            fcntl.flock(self.descriptor, fcntl.LOCK_UN)
            os.close(self.descriptor)
            self.descriptor = None

    def holder(self):
        """Who holds it: {holder, since}; {} if it is held but nobody says by whom; None if it is free."""
        if not held(self.path):
            return None
        try:
            with open(self.path, encoding="utf-8") as file:
                return json.loads(file.read() or "{}")
        except (FileNotFoundError, ValueError):
            return {}


def _open(path):
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

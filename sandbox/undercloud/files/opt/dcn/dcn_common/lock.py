"""The lock of the undercloud's one ephemeral Heat."""

import fcntl
import json
import os
import time

from dcn_common.errors import SandboxError

LOCK_FILE = "~/overcloud-deploy/.ephemeral-heat"


class HeatLock:
    """Held while a deploy uses the ephemeral Heat.

    TripleO's Heat is one container with one port. A second deploy finds it "already running, skipping launch"
    and uses the first deploy's database; the deploy that ends first removes the container under the other one
    (tripleoclient's heat_launcher.py). Here the second deploy is refused before it changes anything.

    Args:
        stack: the stack to deploy.
    """

    def __init__(self, stack):
        self._path = os.path.expanduser(LOCK_FILE)
        self._file = None
        self._stack = stack

    def acquire(self):
        """Takes the lock.

        Raises:
            SandboxError: another deploy holds it; the message names its stack, process and start.
        """
        os.makedirs(os.path.dirname(self._path), exist_ok=True)
        file = open(self._path, "a+")  # noqa: SIM115  the file stays open while the lock is held
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = json.loads(file.read() or "{}")
            file.close()
            raise SandboxError(
                "Ephemeral Heat (pod ephemeral-heat, port 8006) is already running for stack {}, process {}, "
                "since {}: an undercloud has only one. Stack {} was not touched; deploy it once that one has "
                "ended.".format(*(holder.get(key, "?") for key in ("stack", "pid", "since")), self._stack)
            ) from None
        file.truncate(0)
        since = time.strftime("%Y-%m-%d %H:%M:%S %Z")
        file.write(json.dumps({"stack": self._stack, "pid": os.getpid(), "since": since}))
        file.flush()
        self._file = file

    def release(self):
        """Releases the lock, if it is held."""
        if self._file:
            self._file.close()
            self._file = None

"""
Runs commands in a fresh login shell after `source ~/stackrc`, with nothing of the caller's session, and ends
the processes of a run.
"""

import os
import pwd
import signal
import subprocess
import time

from errors import KitError
from files import last_lines
from jobs.redact import Redactor
from lab import home

# A login shell for PATH and the like. umask 022 because TripleO mounts files into containers of other users:
# the ephemeral Heat could not read a heat.conf of mode 0600 (tripleoclient heat_launcher.py). The lab's
# directory is 0700.
_LOGIN = 'umask 022; if [ -r ~/stackrc ]; then . ~/stackrc; fi; exec "$@"'

MARK = "GLANCE_DCN_RUN"
"""Environment variable of all processes of one run of a job; its value is the run's id, random."""

PATIENCE = 10.0
"""Seconds between TERM and KILL."""


def environment(**more):
    """The environment of a login, with `more` variables."""
    user = pwd.getpwuid(os.getuid()).pw_name
    return {
        "HOME": home(),
        "USER": user,
        "LOGNAME": user,
        "SHELL": "/bin/bash",
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
        **more,
    }


def login(argv):
    """The argument list that runs `argv` in a login shell."""
    return ["/bin/bash", "--login", "-c", _LOGIN, "kit", *argv]


def run(argv, directory, log, limit_seconds):
    """
    Runs a short command in a login shell, and writes its output to the file `log` (mode 0600).

    Raises:
        KitError: it failed, or did not end in time; with the log's last lines.
    """
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        done = subprocess.run(
            login(argv),
            cwd=directory,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            timeout=limit_seconds,
        )
        problem = f"exit {done.returncode}" if done.returncode else None
    except subprocess.TimeoutExpired:
        problem = f"not done after {limit_seconds} s"
    finally:
        os.close(descriptor)
    if problem:
        tail = Redactor().clean("\n".join(last_lines(log, 10)))
        raise KitError(f"{' '.join(argv)}: {problem}. Its last lines ({log}):\n{tail}")


def members(mark):
    """Ids of this user's processes that have the mark of a run in their environment, in whatever session."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                with open(f"/proc/{name}/environ", "rb") as file:
                    if wanted in file.read().split(b"\0") and not _zombie(name):
                        found.append(int(name))
            except OSError:
                continue
    return found


def end(mark):
    """Ends all processes of a run by TERM, and by KILL those that stay. Gives how many there were."""
    count = len(members(mark))
    for number, patience in ((signal.SIGTERM, PATIENCE), (signal.SIGKILL, PATIENCE)):
        until = time.monotonic() + patience
        _signal(members(mark), number)
        while members(mark) and time.monotonic() < until:
            time.sleep(0.1)
    return count


def _signal(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def _zombie(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return file.read().rpartition(")")[2].split()[0] == "Z"

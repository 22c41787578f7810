"""
Runs commands in a login shell without the caller's environment, TripleO's after `source ~/stackrc`, and ends
the processes of a run.
"""

import os
import pwd
import signal
import subprocess
import time

from errors import KitError
from files import last_lines
from lab import home
from redact import final_line

# A login shell, for its PATH. umask 022 because TripleO mounts files into containers of other users:
# the ephemeral Heat could not read a heat.conf of mode 0600 (tripleoclient heat_launcher.py). The lab's
# directory is 0700.
_LOGIN = 'umask 022; exec "$@"'
# The file has the password of the undercloud's administrator: only `openstack` and the plan's scripts, which
# call `openstack` (the teardown of a site's subnets), get the password in their environment.
_LOGIN_WITH_STACKRC = f"if [ -r ~/stackrc ]; then . ~/stackrc; fi; {_LOGIN}"

RUN_ID = "GLANCE_DCN_RUN"
"""Environment variable of all processes of a run; its value is the run's id, a random text."""

ENDING = ((signal.SIGINT, 30.0), (signal.SIGTERM, 10.0), (signal.SIGKILL, 10.0))
"""
Signals that end a command, and for how many seconds each is given a chance. At INT, tripleoclient removes its
ephemeral Heat; at TERM it leaves Heat behind.
"""


def environment(**more):
    """The environment variables of a login, and `more`."""
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
    """
    The argument list that runs `argv` in a login shell, `openstack` and the plan's scripts with the
    credentials of ~/stackrc.
    """
    shell = _LOGIN_WITH_STACKRC if argv[0] in ("openstack", "bash") else _LOGIN
    return ["/bin/bash", "--login", "-c", shell, "kit", *argv]


def run(argv, directory, log, limit_seconds):
    """
    Runs a short command in a login shell, and writes its output to the file `log` (mode 0600).

    Raises:
        KitError: the command failed, or did not end within its limit; the message has the log's last lines.
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
        tail = "\n".join(last_lines(log, 10))
        raise KitError(f"{' '.join(argv)}: {problem}. The last lines of {log}:\n{tail}")


def output(argv, limit_seconds):
    """
    Runs a short command in a login shell and gives what it prints on standard output.

    Raises:
        KitError: the command failed, or did not end within its limit; the message is the last line of its
            standard error, if it has one.
    """
    try:
        done = subprocess.run(
            login(argv),
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=limit_seconds,
        )
    except subprocess.TimeoutExpired:
        raise KitError(f"no answer after {limit_seconds} s") from None
    if done.returncode:
        raise KitError(final_line(done.stderr) or f"exit {done.returncode}")
    return done.stdout


def members(run_id):
    """Ids of this user's processes, in any session, that have the id of a run in their environment."""
    wanted = f"{RUN_ID}={run_id}".encode()
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


def end(run_id, signals=ENDING):
    """Ends all processes of a run by signals, each with its patience. Gives the number of processes."""
    count = len(members(run_id))
    for number, patience in signals:
        until = time.monotonic() + patience
        _signal(members(run_id), number)
        while members(run_id) and time.monotonic() < until:
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

"""Files, units and commands on this host. A file or unit that is as wanted stays untouched."""

import grp
import hashlib
import importlib.util
import json
import os
import pwd
import socket
import subprocess
import time
import urllib.request


class Failure(Exception):
    """An action on this host failed; the message names the action and the reason, and contains no secret."""


def log(text):
    """Writes a line to the log of the deploy; the agent replaces this function."""


def run(command, text="", *, user=None, environment=None, check=True, seconds=300):
    """Runs a command with `text` as its standard input; returns its standard output.

    Args:
        user: run it as this user, with the user's groups; default: root.
        environment: variables to set beside this process's own.
        check: whether an exit code other than 0 is a failure.
        seconds: time limit.

    Raises:
        Failure: the exit code is not 0 and `check` is set; the message has the last lines of the output.
    """
    done = subprocess.run(
        command
        if user is None
        else ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *command],
        input=text,
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})},
        timeout=seconds,
    )
    if check and done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-5:]
        raise Failure(
            "`{}` ended with {}: {}".format(" ".join(command[:4]), done.returncode, " | ".join(last))
        )
    return done.stdout


def succeeds(command, text=""):
    """Whether a command exits with 0."""
    return subprocess.run(command, input=text, text=True, capture_output=True).returncode == 0


def directory(path, mode=0o755, owner="root", group=None):
    """Creates a directory with its parents if it is missing; sets its owner, group and mode."""
    os.makedirs(path, exist_ok=True)
    _own(path, mode, owner, group)


def put(path, text, mode=0o644, owner="root", group=None, *, quiet=False):
    """Replaces a file if its text differs; sets owner, group and mode.

    Args:
        group: default: the owner's.
        quiet: do not log the change.

    Returns:
        Whether the text changed.
    """
    try:
        with open(path) as file:
            changed = file.read() != text
    except FileNotFoundError:
        changed = True
    if changed:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        draft = f"{path}.dcn-new"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        _own(draft, mode, owner, group)
        os.replace(draft, path)
        if not quiet:
            log(f"wrote {path}")
    else:
        _own(path, mode, owner, group)
    return changed


def _own(path, mode, owner, group):
    os.chown(path, pwd.getpwnam(owner).pw_uid, grp.getgrnam(group or owner).gr_gid)
    os.chmod(path, mode)


def source(module):
    """Returns the source of a module of this folder, for a program that is installed on the node."""
    return importlib.util.find_spec(module).loader.get_source(module)


def unit(name, changed=False, defined=False, wait=True):
    """Starts and enables a systemd unit.

    Args:
        changed: restart the unit, because files that it reads have changed.
        defined: reload and restart the unit, because its own definition has changed.
        wait: return only when the unit has started.

    Returns:
        Whether the unit was started or restarted.
    """
    state = run(["systemctl", "is-active", name], check=False).strip()
    if state == "active" and not changed and not defined:
        return False
    if defined:
        run(["systemctl", "daemon-reload"])
    if state == "failed":
        run(["systemctl", "reset-failed", name])
    at_once = [] if wait else ["--no-block"]
    if state == "active":
        run(["systemctl", *at_once, "restart", name])
    else:
        run(["systemctl", "--quiet", *at_once, "enable", "--now", name])
    log(f"{'restarted' if state == 'active' else 'started'} {name}")
    return True


def once(name, inputs, action):
    """Runs `action` unless it already ran with the same inputs; returns whether it ran now.

    Args:
        name: of the action, in the log and in the stamp file /var/lib/dcn/NAME.
        inputs: JSON value that decides whether the action has to run again.
    """
    stamp = f"/var/lib/dcn/{name}"
    digest = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
    try:
        with open(stamp) as file:
            done = file.read() == digest
    except FileNotFoundError:
        done = False
    if not done:
        action()
        put(stamp, digest, 0o600, quiet=True)
        log(name)
    return not done


def wait_for(fault, check, seconds, unit_name=None):
    """Waits until `check()` is true; returns its value.

    Args:
        fault: begins the message of the failure.
        seconds: time limit.
        unit_name: the unit whose start is awaited.

    Raises:
        Failure: not true after `seconds`, or the unit `unit_name` has failed; with the unit's last lines.
    """
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if unit_name and run(["systemctl", "is-active", unit_name], check=False).strip() == "failed":
            raise Failure(f"{unit_name} has failed: {journal(unit_name)}")
        if time.monotonic() > end:
            reason = f": {journal(unit_name)}" if unit_name else ""
            raise Failure(f"{fault} after {seconds} s{reason}")
        time.sleep(0.2)


def journal(unit_name):
    """Returns the last lines of a unit's journal, joined."""
    lines = run(["journalctl", "--no-pager", "--output=cat", "-n", "6", "-u", unit_name], check=False)
    return " | ".join(lines.strip().splitlines())


def listens(address, port):
    """Whether a server accepts connections at this address."""
    try:
        socket.create_connection((address, port), timeout=5).close()
    except OSError:
        return False
    return True


def answers(url):
    """Whether an HTTP server answers without an error."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False

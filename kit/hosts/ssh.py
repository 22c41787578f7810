"""Commands on the nodes of sites, over SSH as TripleO's user."""

import json
import os
import shlex
import subprocess

from errors import KitError
from redact import clean, ending

USER = "tripleo-admin"
"""User on the nodes (tripleoclient v2/overcloud_node.py --overcloud-ssh-user)."""

CHANGED = "Host key verification failed"
"""What ssh prints if a host has another key than the known one."""


class Unreachable(KitError):
    """A node does not let ssh in."""


class Failed(KitError):
    """A command on a node failed; `code` is its exit code."""

    def __init__(self, text, code):
        super().__init__(text)
        self.code = code


def known_hosts(lab, site):
    """File with the host keys of a site's nodes, which `nodes wait` writes."""
    return os.path.join(lab.directory, site, "known_hosts")


def stored_keys(lab, site):
    """The host keys in that file: {address: `type key`}; {} before the first `nodes wait`."""
    try:
        with open(known_hosts(lab, site), encoding="utf-8") as file:
            return dict(line.strip().split(" ", 1) for line in file if " " in line)
    except FileNotFoundError:
        return {}


def command(address, keys, *options, user=USER):
    """
    The start of an ssh command line to a node.

    Args:
        keys: file with the node's host key.
        options: further options of ssh; they override the defaults.
    """
    return [
        "ssh",
        *options,
        "-oBatchMode=yes",
        "-oConnectTimeout=10",
        "-oServerAliveInterval=15",
        "-oServerAliveCountMax=4",
        "-oStrictHostKeyChecking=yes",
        f"-oUserKnownHostsFile={keys}",
        "-oGlobalKnownHostsFile=/dev/null",
        "-oLogLevel=ERROR",
        f"{user}@{address}",
    ]


def run(lab, site, node, words, *, what, limit_seconds, stdin=b""):
    """
    Runs a command on a node of a site.

    Args:
        node: {name, address}.
        words: the command; never with secrets in it.
        what: purpose of the command; error messages start with it.
        stdin: bytes, for instance secrets.

    Returns:
        The command's stdout, as text.

    Raises:
        Failed: the command failed; the message has its stderr.
        Unreachable: the node does not let ssh in, or the connection was lost.
        KitError: the command did not end in time.
    """
    label = f"{what}: {node['name']} ({node['address']})"
    keys = known_hosts(lab, site)
    try:
        done = subprocess.run(
            [*command(node["address"], keys), "--", " ".join(map(shlex.quote, words))],
            input=stdin,
            capture_output=True,
            timeout=limit_seconds,
        )
    except subprocess.TimeoutExpired:
        raise KitError(
            f"{label}: did not end within {limit_seconds:g} s; check the node and the network to it"
        ) from None
    stderr = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode == 255:
        raise Unreachable(
            f"{label}: ssh {ending(stderr, 300)}; is the node up, and its key in {keys} (`kit nodes wait`)?"
        )
    if done.returncode:
        raise Failed(f"{label}: {ending(stderr, 600) or f'exit {done.returncode}'}", done.returncode)
    return done.stdout.decode("utf-8", "replace")


def answer(lab, site, node, words, *, what, limit_seconds, stdin=b""):
    """
    The JSON value that a program on a node of a site prints in one line, its last. Arguments and errors as of
    `run`; KitError also if the line is no JSON.
    """
    text = run(lab, site, node, words, what=what, limit_seconds=limit_seconds, stdin=stdin)
    # The shell of a login may print text before it.
    line = text.rstrip().rpartition("\n")[2]
    try:
        return json.loads(line)
    except ValueError:
        raise KitError(
            f"{what}: {node['name']} answered {clean(line)[:80]!r} in place of JSON; does a login there "
            "print text on its standard output?"
        ) from None


def script(address, keys, text, words, limit_seconds, *options, user=USER):
    """
    Runs a bash script on a node.

    Args:
        keys, options, user: as in `command`.
        text: the script.
        words: its arguments.

    Returns:
        subprocess.CompletedProcess with text.

    Raises:
        subprocess.TimeoutExpired: the script did not end in time.
    """
    inner = ["bash", "-c", text, "kit", *words]
    return subprocess.run(
        [*command(address, keys, *options, user=user), "--", " ".join(map(shlex.quote, inner))],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=limit_seconds,
    )

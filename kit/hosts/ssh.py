"""Commands on the nodes of sites, over SSH as TripleO's user."""

import os
import shlex
import subprocess

from common import KitError

USER = "tripleo-admin"
"""User on the nodes (tripleoclient v2/overcloud_node.py --overcloud-ssh-user)."""


class Failed(KitError):
    """A command on a node exited other than 0; `code` is its exit code."""

    def __init__(self, text, code):
        super().__init__(text)
        self.code = code


def known_hosts(lab, site):
    """Host keys of a site's nodes, learned when `nodes wait` first reached them."""
    return os.path.join(lab.directory, site, "known_hosts")


def command(address, keys, *options, user=USER):
    """
    The beginning of an ssh command line to a node; its host key must be in the file `keys`, unless `options`
    differ.
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
        "-oLogLevel=ERROR",
        f"{user}@{address}",
    ]


def run(lab, site, node, words, *, what, limit_seconds, stdin=b""):
    """
    Runs a command on a node of a site and gives its stdout, as text.

    node: {name, address}. what: what the command is for; errors begin with it. stdin: bytes; secrets go this
    way, never among `words`. Throws KitError if the node cannot be reached, Failed with what the command said
    on stderr.
    """
    place = f"{what}: {node['name']} ({node['address']})"
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
            f"{place}: no end after {limit_seconds:g} s; look at the node and the way to it"
        ) from None
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode == 255:
        raise KitError(
            f"{place}: ssh {said[-300:]}; is the node up, and its key in {keys} (`kit nodes wait`)?"
        )
    if done.returncode:
        raise Failed(f"{place}: {said[-600:] or f'exit {done.returncode}'}", done.returncode)
    return done.stdout.decode("utf-8", "replace")

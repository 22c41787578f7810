"""Creates TripleO's user on hosts."""

import subprocess

import programs
from errors import KitError
from hosts import ssh
from hosts.document import user_of
from lab import home
from output import say
from parallel import each
from redact import ending

_AT_ONCE = 16
_SECONDS = 60


def admit_all(lab, document):
    """
    Creates TripleO's user on all hosts of a document that SSH reaches as another user.

    Raises:
        KitError: one line for each host on which that failed.
    """
    others = [node for node in document["nodes"] if user_of(document, node) != ssh.USER]
    each(others, lambda node: _admit(lab, document, node), _AT_ONCE)


def _admit(lab, document, node):
    user = user_of(document, node)
    with open(home(".ssh", "id_rsa.pub"), encoding="utf-8") as file:
        key = file.read().strip()
    keys = ssh.known_hosts(lab, document["site"])
    script = programs.read("hosts", "admit.sh")
    say(f"node {node['name']}: {user} creates the user {ssh.USER}")
    try:
        done = ssh.script(node["address"], keys, script, [ssh.USER, key], _SECONDS, user=user)
    except subprocess.TimeoutExpired:
        raise KitError(
            f"node {node['name']}: user {ssh.USER} was not created within {_SECONDS} s; check the node "
            "and the network to it"
        ) from None
    if done.returncode:
        raise KitError(
            f"node {node['name']}: user {ssh.USER} could not be created: {ending(done.stderr, 300)}"
        )

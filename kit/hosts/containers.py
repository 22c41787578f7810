"""Runs commands in the containers of the control plane's services, by TripleO's names of the containers."""

from errors import KitError
from hosts import inventory, ssh
from lab import CONTROL

_SECONDS = 300


def run(lab, names, words, *, what):
    """
    Runs a command in a container on the first node of the control plane that answers and has it running.

    Args:
        names: of the container, in order of preference: releases of TripleO differ.
        words: the command.
        what: purpose of the command; error messages start with it.

    Returns:
        The command's stdout, as text.

    Raises:
        ssh.Failed: the command failed; the message has its stderr.
        KitError: no node that answers has such a container running.
    """
    controllers = inventory.hosts(lab, CONTROL)
    unreachable = []
    for node in controllers:
        for name in names:
            try:
                # Unlike `podman container exists`, fails for a container that has stopped.
                _run_on(lab, node, ["podman", "exec", name, "true"], what)
            except ssh.Failed:
                continue
            except KitError as error:
                unreachable.append(str(error))
                break
            return _run_on(lab, node, ["podman", "exec", name, *words], what)
    nodes = (
        ", ".join(node["name"] for node in controllers) or "the control plane's nodes, which are not known,"
    )
    found = " or ".join(names)
    raise KitError("\n".join([f"{what}: none of {nodes} has a container {found} that runs", *unreachable]))


def _run_on(lab, node, words, what):
    return ssh.run(lab, CONTROL, node, ["sudo", *words], what=what, limit_seconds=_SECONDS)

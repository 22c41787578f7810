"""Runs commands in the containers of the control plane's services, by TripleO's names of the containers."""

from errors import KitError
from hosts import inventory, ssh
from lab import CONTROL

_SECONDS = 300


def run(lab, container, words, *, what):
    """
    Runs a command in a container on the first node of the control plane that has it.

    Args:
        words: the command.
        what: purpose of the command; error messages start with it.

    Returns:
        The command's stdout, as text.

    Raises:
        ssh.Failed: the command failed; the message has its stderr.
        KitError: no node has the container, or the node cannot be reached.
    """
    controllers = inventory.hosts(lab, CONTROL)
    for node in controllers:
        try:
            _run_on(lab, node, ["podman", "container", "exists", container], what)
        except ssh.Failed:
            continue
        return _run_on(lab, node, ["podman", "exec", container, *words], what)
    names = (
        ", ".join(node["name"] for node in controllers) or "the control plane's nodes, which are not known,"
    )
    raise KitError(f"{what}: none of {names} has a container {container} that runs")


def _run_on(lab, node, words, what):
    return ssh.run(lab, CONTROL, node, ["sudo", *words], what=what, limit_seconds=_SECONDS)

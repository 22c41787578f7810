"""Commands in the containers of the control plane's services, as TripleO names them on its controllers."""

from common import KitError
from hosts import nodes, ssh
from jobs import fragments

_SECONDS = 300


def run(lab, container, words, *, what):
    """
    Runs a command in a container on the first node of the control plane where it runs, and gives its stdout.

    what: what the command is for; errors begin with it. Throws KitError if no node has such a container that
    runs, or it cannot be reached, ssh.Failed with what the command said.
    """
    controllers = nodes.hosts(lab, fragments.CONTROL)
    for node in controllers:
        try:
            _on(lab, node, ["podman", "container", "exists", container], what)
        except ssh.Failed:
            continue
        return _on(lab, node, ["podman", "exec", container, *words], what)
    names = (
        ", ".join(node["name"] for node in controllers) or "the control plane's nodes, which are not known,"
    )
    raise KitError(f"{what}: none of {names} has a container {container} that runs")


def _on(lab, node, words, what):
    return ssh.run(lab, fragments.CONTROL, node, ["sudo", *words], what=what, limit_seconds=_SECONDS)

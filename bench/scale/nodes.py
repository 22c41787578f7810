"""`nodes check` and `nodes wait` of the kit in the folder of the argument, with hosts that are always fit."""

import os
import sys

kit = os.path.realpath(sys.argv[1])
sys.path.insert(0, kit)

from hosts import nodes  # noqa: E402
from lab import Lab  # noqa: E402
from output import answer  # noqa: E402


def fit(_lab, document, *_):
    """As probe.check: every host shows the key of the document."""
    hosts = document["hosts"]
    names = [node["name"] for node in document["nodes"]]
    return {}, {
        name: (f"id-of-{name}", hosts.get(name, {}).get("hostKey", "ssh-ed25519 AAAA")) for name in names
    }


nodes.probe.check = fit
nodes.admit_all = lambda *_: None
answer(nodes.check(Lab(os.path.dirname(os.path.dirname(kit))), sys.stdin.read()))

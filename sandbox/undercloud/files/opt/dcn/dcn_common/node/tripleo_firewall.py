"""The firewall of this node."""

from host import put, run, unit


def load(ruleset):
    """Loads rules, a text for nft, now and at each start.

    A change only reloads the unit: its stop would remove Neutron's rules too.
    """
    changed = put("/etc/nftables.conf", ruleset)
    if not unit("nftables") and changed:
        run(["systemctl", "reload", "nftables"])

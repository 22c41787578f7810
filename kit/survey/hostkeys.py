"""Public host keys of hosts: those that the undercloud knows, else those that the hosts show now."""

import re
import subprocess

from lab import home
from parallel import each

_FILES = ("/etc/ssh/ssh_known_hosts", home(".ssh", "known_hosts"))
"""TripleO's role tripleo_ssh_known_hosts writes the first one."""
_TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
"""The types in the order in which one is taken."""
_LINE = re.compile(rf"^\S+ ({'|'.join(_TYPES)}) ([A-Za-z0-9+/]+={{0,2}})", re.M)
_AT_ONCE = 16
_ANSWER_SECONDS = 5
_LIMIT_SECONDS = 60


def of_addresses(addresses):
    """
    The host keys of hosts.

    Returns:
        {address: {key, isKnown}} of those that have one. isKnown: the undercloud had the key already; else
        the host has shown it just now, and nothing proves that it is the right one.
    """
    known = dict(zip(addresses, each(addresses, _known, _AT_ONCE)))
    others = [address for address in addresses if not known[address]]
    shown = _shown(others) if others else {}
    found = {address: {"key": key, "isKnown": True} for address, key in known.items() if key}
    return {**found, **{address: {"key": key, "isKnown": False} for address, key in shown.items()}}


def _known(address):
    for file in _FILES:
        key = _first(_output(["ssh-keygen", "-F", address, "-f", file]))
        if key:
            return key
    return None


def _shown(addresses):
    """Asks all hosts at once: a dead one costs its own time-out."""
    text = _output(["ssh-keyscan", "-T", str(_ANSWER_SECONDS), "-t", "ed25519,ecdsa,rsa", *addresses])
    lines = {address: [] for address in addresses}
    for line in text.splitlines():
        lines.get(line.partition(" ")[0], []).append(line)
    found = {address: _first("\n".join(own)) for address, own in lines.items()}
    return {address: key for address, key in found.items() if key}


def _first(text):
    keys = {kind: f"{kind} {key}" for kind, key in _LINE.findall(text)}
    return next((keys[kind] for kind in _TYPES if kind in keys), None)


def _output(argv):
    try:
        return subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_LIMIT_SECONDS,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""

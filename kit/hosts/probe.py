"""Looks at nodes by a program that runs on them, until they are fit for TripleO."""

import contextlib
import os
import re
import socket
import subprocess
import threading
import time
import uuid

import programs
import registry
from clock import duration
from files import remove, write_private
from hosts import inventory, ssh
from hosts.document import host_of, user_of
from lab import home
from output import Beat
from parallel import each

_AT_ONCE = 16
_SECONDS = 60


def look(lab, document, limit_seconds, prepare=False):
    """
    Looks at all nodes of a document until they are fit, at least once.

    Args:
        limit_seconds: when to give up.
        prepare: whether to make hosts of a cloud's servers first.

    Returns:
        ({name: [fault…]}, {name: (instance id, host key)}): the nodes that are not fit, and those that are.
    """
    site, nodes = document["site"], document["nodes"]
    script = (programs.read("hosts", "prepare.sh") if prepare else "") + programs.read("hosts", "probe.sh")
    known = inventory.read(lab, site)
    names = [f"{node['name']}={','.join(node['addresses'])}" for node in nodes if node["addresses"]]
    began = time.monotonic()
    lacks = {node["name"]: ["was not looked at"] for node in nodes}
    found = {}
    cancelled = threading.Event()
    beat = Beat()

    def look_at(node):
        name = node["name"]
        # A file of this process: a wait that was interrupted may still be looking at the same node.
        keys = os.path.join(lab.directory, site, f"known_hosts.{name}.{os.getpid()}")
        try:
            while not cancelled.is_set():
                faults, identity = _probe(document, node, script, names, known.get(name), keys)
                if not faults:
                    with open(keys, encoding="utf-8") as file:
                        found[name] = (identity, file.read().split(" ", 1)[1].strip())
                    lacks.pop(name)
                    return
                lacks[name] = faults
                if time.monotonic() >= began + limit_seconds:
                    return
                cancelled.wait(1)
        finally:
            remove(keys)

    def report():
        registry.touch_announcement(lab, site)
        faults = "; ".join(f"{name} {'; '.join(why)}" for name, why in sorted(dict(lacks).items()))
        spent = duration(time.monotonic() - began)
        beat.say(f"nodes of {site}: {len(lacks)} of {len(nodes)} not ready, {spent}: {faults}")

    os.makedirs(os.path.join(lab.directory, site), mode=0o700, exist_ok=True)
    each(nodes, look_at, _AT_ONCE, meanwhile=report, cancelled=cancelled)
    _find_copies(found, lacks)
    return lacks, found


def _find_copies(found, lacks):
    """Adds a fault for hosts with the same machine-id: TripleO and Ceph would take them for one host."""
    owners = {}
    for name, (identity, _) in sorted(found.items()):
        owner = owners.setdefault(identity, name)
        if owner != name:
            lacks[name] = [
                f"has the machine-id of {owner}: is it the same host? On the copy of a disk, remove "
                "/etc/machine-id, run systemd-machine-id-setup and restart it"
            ]


def _probe(document, node, script, names, known, keys):
    """
    Looks at a node once. Gives (its faults, its instance id: the machine-id as a UUID).

    Args:
        script: probe.sh, or prepare.sh and probe.sh.
        names: `name=address,address` of each node.
        known: the node's host in the inventory; None if it is not there.
        keys: file for the node's host key.
    """
    address = node["address"]
    try:
        socket.create_connection((address, 22), timeout=3).close()
    except OSError as error:
        return [f"does not answer at {address} port 22: {error}"], None
    known = known or {"instanceId": "", "devices": []}
    words = [
        node["name"],
        " ".join(node["addresses"]),
        " ".join(node["osdDevices"]),
        " ".join(names),
        known["instanceId"].replace("-", ""),
        " ".join(known["devices"]),
        " ".join(
            f"{device}={volume}" for device, volume in host_of(document, node).get("volumes", {}).items()
        ),
    ]
    host_key = host_of(document, node).get("hostKey")
    options = []
    if host_key:
        write_private(keys, f"{address} {host_key}\n")
    else:
        # Trust on first use: another host may have had this address before.
        remove(keys)
        options = ["-oStrictHostKeyChecking=accept-new", "-oHashKnownHosts=no"]
    user = user_of(document, node)
    # A resolver that does not answer costs five seconds for each name.
    limit = _SECONDS + 5 * len(names)
    try:
        done = ssh.script(address, keys, script, words, limit, *options, user=user)
    except subprocess.TimeoutExpired:
        return [f"accepted SSH and then did not answer for {limit} s"], None
    lines = done.stdout.splitlines()
    last, _, identity = lines[-1].partition(" ") if lines else ("", "", "")
    if last != "looked":
        return [_refusal(done, user, host_key)], None
    with contextlib.suppress(ValueError):
        identity = str(uuid.UUID(identity))
    return lines[:-1], identity


def _refusal(done, user, host_key):
    """Why a probe over SSH failed, in one line."""
    said = done.stderr.strip()
    if host_key and "Host key verification failed" in said:
        found = re.search(r"SHA256:\S+?(?=\.?\s)", said + "\n")
        shown = found.group() if found else "of another type"
        return (
            f"shows another SSH host key ({shown}) than the one it is known by, {host_key[:60]}…: if it was "
            "installed anew, compare the key on its console and write that one into the lab file; if not, "
            "another host has its address"
        )
    if "Permission denied" in said:
        key = home(".ssh", "id_rsa.pub")
        return f"does not let {user} log in: put {key} into that user's authorized_keys on the node"
    return f"ssh {user}: {said[-200:] or f'exit {done.returncode}'}"

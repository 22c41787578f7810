"""Checks nodes, by a program that runs on them, until they are fit for TripleO."""

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
from redact import ending

_AT_ONCE = 16
_SECONDS = 60


def check(lab, document, limit_seconds, prepare=False):
    """
    Checks all nodes of a document until they are fit or the time limit is over, at least once.

    Args:
        prepare: whether to prepare servers of a cloud first (prepare.sh).

    Returns:
        ({name: [fault…]}, {name: (instance id, host key)}): the nodes that are not fit, and the fit ones.
    """
    site, nodes = document["site"], document["nodes"]
    script = (programs.read("hosts", "prepare.sh") if prepare else "") + programs.read("hosts", "probe.sh")
    known = inventory.read(lab, site)
    names = [f"{node['name']}={','.join(node['addresses'])}" for node in nodes if node["addresses"]]
    began = time.monotonic()
    unfit = {node["name"]: ["was not checked"] for node in nodes}
    fit = {}
    cancelled = threading.Event()
    beat = Beat()

    def check_node(node):
        name = node["name"]
        # A file of this process alone: an interrupted wait may still be checking the same node.
        keys = os.path.join(lab.directory, site, f"known_hosts.{name}.{os.getpid()}")
        try:
            while not cancelled.is_set():
                faults, identity = _probe(document, node, script, names, known.get(name), keys)
                if not faults:
                    with open(keys, encoding="utf-8") as file:
                        fit[name] = (identity, file.read().split(" ", 1)[1].strip())
                    unfit.pop(name)
                    return
                unfit[name] = faults
                if time.monotonic() >= began + limit_seconds:
                    return
                cancelled.wait(1)
        finally:
            remove(keys)

    def report():
        registry.touch_announcement(lab, site)
        faults = "; ".join(f"{name} {'; '.join(why)}" for name, why in sorted(dict(unfit).items()))
        spent = duration(time.monotonic() - began)
        beat.say(f"nodes of {site}: {len(unfit)} of {len(nodes)} not ready, {spent}: {faults}")

    os.makedirs(os.path.join(lab.directory, site), mode=0o700, exist_ok=True)
    each(nodes, check_node, _AT_ONCE, meanwhile=report, cancelled=cancelled)
    _find_copies(fit, unfit)
    return unfit, fit


def _find_copies(fit, unfit):
    """Adds a fault for each host with the machine-id of another: TripleO and Ceph would take both for one."""
    owners = {}
    for name, (identity, _) in sorted(fit.items()):
        owner = owners.setdefault(identity, name)
        if owner != name:
            unfit[name] = [
                f"has the machine-id of {owner}: is it the same host? On the copy of a disk, remove "
                "/etc/machine-id, run systemd-machine-id-setup and restart it"
            ]


def _probe(document, node, script, names, known, keys):
    """
    Checks a node once.

    Args:
        script: probe.sh, or prepare.sh and probe.sh.
        names: `name=address,address` of each node.
        known: the node's host in the inventory; None if the inventory has none.
        keys: file for the node's host key.

    Returns:
        ([fault…], instance id): the machine-id as a UUID, or None if the check did not finish.
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
    # The program waits five seconds for each name that no resolver answers.
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
    stderr = done.stderr.strip()
    if host_key and "Host key verification failed" in stderr:
        match = re.search(r"SHA256:\S+?(?=\.?\s)", stderr + "\n")
        key = match.group() if match else "of another type"
        return (
            f"has another SSH host key ({key}) than the known one, {host_key[:60]}…: if it was reinstalled, "
            "compare the key on its console and write it into the lab file; if not, another host has its "
            "address"
        )
    if "Permission denied" in stderr:
        key = home(".ssh", "id_rsa.pub")
        return f"does not let {user} log in: put {key} into that user's authorized_keys on the node"
    return f"ssh {user}: {ending(stderr, 200) or f'exit {done.returncode}'}"

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
from jobs import adoption
from lab import home
from output import Beat
from parallel import each
from redact import ending

_AT_ONCE = 16
_SECONDS = 60

_ANY = "any"
"""In place of an instance id: probe.sh takes the host for the known one, whatever its machine-id is."""

_BEGIN = "looks"
"""The line after which the output is the program's: the shell of a login may print text before it."""


def check(lab, document, limit_seconds, prepare=False):
    """
    Checks all nodes of a document until they are fit or the time limit is over, at least once.

    Args:
        prepare: whether to prepare servers of a cloud first (prepare.sh).

    Returns:
        ({name: [fault…]}, {name: (instance id, host key)}): the nodes that are not fit, and the fit ones.
    """
    site, nodes = document["site"], document["nodes"]
    parts = [programs.read("hosts", name) for name in (["prepare.sh"] if prepare else []) + ["probe.sh"]]
    script = "".join([f"echo {_BEGIN}\n", *parts])
    known = _known_hosts(lab, site, nodes, adoption.covers(lab, site))
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
                faults, identity = _probe(lab, document, node, script, names, known[name], keys)
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


def _probe(lab, document, node, script, names, known, keys):
    """
    Checks a node once.

    Args:
        script: prints _BEGIN, then is probe.sh, or prepare.sh and probe.sh.
        names: `name=address,address` of each node.
        known: the node's host, as `_known_hosts` gives it.
        keys: file for the node's host key.

    Returns:
        ([fault…], instance id): the machine-id as a UUID, or None if the check did not finish.
    """
    address = node["address"]
    try:
        socket.create_connection((address, 22), timeout=3).close()
    except OSError as error:
        return [
            f"does not answer at {address} port 22: {error}: is the host up, with sshd, and does no firewall "
            "keep the undercloud out?"
        ], None
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
        " ".join(document["ntpServers"]),
        "ceph" if node["ceph"] else "",
        node["fqdn"],
        "\n".join("|".join(selection.values()) for selection in node["osdSelections"]),
    ]
    user = user_of(document, node)
    # The program waits five seconds for each name that no resolver answers.
    limit = _SECONDS + 5 * len(names)

    def run(host_key):
        if host_key:
            write_private(keys, f"{address} {host_key}\n")
            options = []
        else:
            # Trust on first use.
            remove(keys)
            options = ["-oStrictHostKeyChecking=accept-new", "-oHashKnownHosts=no"]
        return ssh.script(address, keys, script, words, limit, *options, user=user)

    given = host_of(document, node).get("hostKey")
    pinned = None if given else known["hostKey"]
    try:
        done = run(given or pinned)
        changed = pinned is not None and ssh.CHANGED in done.stderr
        if changed:
            # Another key is right for another host alone: a reinstalled one has another machine-id.
            done = run(None)
    except subprocess.TimeoutExpired:
        return [
            f"accepted SSH and then did not answer for {limit} s: look at its load and its disks on its "
            "console"
        ], None
    lines = done.stdout.splitlines()
    lines = lines[lines.index(_BEGIN) + 1 :] if _BEGIN in lines else []
    last, _, identity = lines[-1].partition(" ") if lines else ("", "", "")
    if last != "looked":
        return [_refusal(done, user, given)], None
    with contextlib.suppress(ValueError):
        identity = str(uuid.UUID(identity))
    if changed and identity == known["instanceId"]:
        stored = ssh.known_hosts(lab, document["site"])
        return [
            f"has another SSH host key than at its first connection, {pinned[:40]}…, but the same "
            f"machine-id: if its key was replaced, compare it on its console, then ssh-keygen -R {address} "
            f"-f {stored}; if not, another host has its address"
        ], None
    return lines[:-1], identity


def _known_hosts(lab, site, nodes, is_adopted):
    """
    The nodes' hosts in the inventory, {name: {instanceId, devices, hostKey}}: hostKey is the stored key, or
    None. Of a node without an entry in the inventory all are empty; in an adoption it may be any host, and
    its disks may have OSDs.
    """
    hosts, keys = inventory.read(lab, site), ssh.stored_keys(lab, site)
    fresh = {
        "instanceId": _ANY if is_adopted else "",
        "devices": ["all"] if is_adopted else [],
        "hostKey": None,
    }
    return {
        node["name"]: {
            **fresh,
            **hosts[node["name"]],
            "hostKey": keys.get(hosts[node["name"]].get("address", node["address"])),
        }
        if node["name"] in hosts
        else fresh
        for node in nodes
    }


def _refusal(done, user, host_key):
    """Why a probe over SSH failed, in one line."""
    stderr = done.stderr.strip()
    if host_key and ssh.CHANGED in stderr:
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

"""Waits until the nodes of a site are what TripleO takes for granted of pre-provisioned ones."""

import os
import shlex
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import documents
import ssh
import update
from common import KitError, duration, remove, say, write_private

_LIMIT_MINUTES = 30
_HOST_KEY = r"[a-z0-9@.-]+ [A-Za-z0-9+/=]+( .*)?"
_AT_ONCE = 16

# One line for each fault, then `looked`: no line is no answer. cephadm compares the node's `hostname` with
# its name.
_PROBE = """
name=$1 addresses=$2 devices=$3
[ "$(hostname)" = "$name" ] || echo "calls itself $(hostname): hostnamectl set-hostname $name"
sudo -n true 2>/dev/null || echo "user $(id -un) has no sudo without a password"
command -v python3 >/dev/null || echo "has no python3, which Ansible needs"
for address in $addresses; do
  ip -o address show | grep -qF " $address/" || echo "does not have address $address"
done
for device in $devices; do
  [ -b "$device" ] || echo "has no block device $device for an OSD"
done
echo looked
"""


def read_document(text):
    """Reads and checks the document of `nodes wait`. Throws Refused with all its faults."""
    reader = documents.Reader("nodes document", documents.parse("nodes document", text))
    reader.text_map("after", {})
    document = {
        "site": reader.text("site", documents.NAME),
        "limitMinutes": reader.number("limitMinutes", str(_LIMIT_MINUTES)),
        "nodes": [],
    }
    for item in reader.get("nodes", list):
        node = documents.Reader("nodes document: node", item, reader.faults)
        found = {
            "name": node.text("name", documents.NAME),
            "address": node.text("address", documents.ADDRESS),
        }
        node.what = f"nodes document: node {found['name'] or '?'}"
        addresses = node.get("addresses", (dict, list), [])
        found["addresses"] = list(addresses.values()) if isinstance(addresses, dict) else addresses
        for address in found["addresses"]:
            node.matches("addresses", address, documents.ADDRESS)
        found["osdDevices"] = node.texts("osdDevices", documents.DEVICE, [])
        for key in node.mapping:
            if key not in found:
                node.fault(key, "is not a key of a node")
        document["nodes"].append(found)
    document["keys"] = {}
    for name, host in reader.get("hosts", dict, {}).items():
        one = documents.Reader(f"nodes document: hosts: {name}", host, reader.faults)
        one.text("instanceId")
        document["keys"][name] = one.text("hostKey", _HOST_KEY)
    reader.finish()
    return document


def wait(lab, text):
    """
    Waits until every node of a site answers SSH under its name, with sudo, its addresses and its OSDs'
    devices. Their host keys, those of the document or else those that they show, are kept: later verbs insist
    on them. Throws KitError that says what each lacks in the end.
    """
    document = read_document(text)
    site, nodes = document["site"], document["nodes"]
    began = time.monotonic()
    deadline = began + document["limitMinutes"] * 60
    lacks = {node["name"]: "was not looked at" for node in nodes}
    keys = {}
    told = began

    def look(node):
        path = os.path.join(lab.directory, site, f"known_hosts.{node['name']}")
        try:
            while True:
                fault = _probe(node, path, document["keys"].get(node["name"]))
                if fault is None:
                    lacks.pop(node["name"])
                    with open(path, encoding="utf-8") as file:
                        keys[node["name"]] = file.read()
                    return
                lacks[node["name"]] = fault
                if time.monotonic() > deadline:
                    return
                time.sleep(1)
        finally:
            remove(path)

    os.makedirs(os.path.join(lab.directory, site), mode=0o700, exist_ok=True)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        running = [pool.submit(look, node) for node in nodes]
        while not all(future.done() for future in running):
            time.sleep(0.1)
            update.touch(lab, site)
            if time.monotonic() - told > 5:
                told = time.monotonic()
                waiting = "; ".join(f"{name} {why}" for name, why in sorted(dict(lacks).items()))
                say(
                    f"nodes of {site}: {len(lacks)} of {len(nodes)} not ready, {duration(told - began)}: "
                    f"{waiting}"
                )
        for future in running:
            future.result()
    if lacks:
        lines = [f"node {name} ({_address(nodes, name)}): {why}" for name, why in sorted(lacks.items())]
        limit = f"{document['limitMinutes']:g} minutes"
        raise KitError(
            "\n".join([f"nodes of {site}: {len(lacks)} of {len(nodes)} not ready after {limit}:", *lines])
        )
    write_private(ssh.known_hosts(lab, site), "".join(keys[name] for name in sorted(keys)))
    return {"site": site, "nodes": sorted(keys)}


def _address(nodes, name):
    return next(node["address"] for node in nodes if node["name"] == name)


def _probe(node, keys, host_key):
    """What a node lacks at the moment, in one line; None if nothing. `keys`: file for its host key."""
    try:
        socket.create_connection((node["address"], 22), timeout=3).close()
    except OSError as error:
        return f"does not answer at {node['address']} port 22: {error}"
    inner = [
        "bash",
        "-c",
        _PROBE,
        "kit",
        node["name"],
        " ".join(node["addresses"]),
        " ".join(node["osdDevices"]),
    ]
    options = []
    if host_key:
        write_private(keys, f"{node['address']} {host_key}\n")
    else:
        # Whatever key it shows at this first contact is taken: it may be another host than the last of its
        # name.
        remove(keys)
        options = ["-oStrictHostKeyChecking=accept-new", "-oHashKnownHosts=no"]
    command = ssh.command(node["address"], keys, *options)
    try:
        done = subprocess.run(
            [*command, "--", " ".join(map(shlex.quote, inner))],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
    except subprocess.TimeoutExpired:
        return "took SSH and then did not answer for a minute"
    lines = done.stdout.splitlines()
    if not lines or lines[-1] != "looked":
        return f"ssh {ssh.USER}: {done.stderr.strip()[-200:] or f'exit {done.returncode}'}"
    return "; ".join(lines[:-1]) or None

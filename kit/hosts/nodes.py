"""Whether the nodes of a site are what TripleO takes for granted of pre-provisioned ones."""

import contextlib
import glob
import os
import re
import shlex
import socket
import subprocess
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import documents
from common import KitError, Refused, duration, home, read_json, remove, say, write_json, write_private
from hosts import ssh
from stores import update

_LIMIT_MINUTES = 30
_HOST_KEY = r"[a-z0-9@.-]+ [A-Za-z0-9+/=]+( .*)?"
_USER = r"[a-z_][a-z0-9_-]*"
_VOLUME = r"[0-9a-f-]{36}"
_AT_ONCE = 16
_SECONDS = 60

# One line for each fault, then `looked` and the machine-id: no such line is no answer.
# - cephadm compares the node's `hostname` with its name.
# - A host that is on record (`known`) was fresh when the site was begun; now it holds what TripleO has put
#   there. Of a fresh one the disks must be blank: cephadm makes no OSD of others, and data without a
#   signature may be somebody's. `ceph deploy` takes a host that has a cluster for bootstrapped
#   (tripleo-docs features/deployed_server.rst: never reuse without imaging anew).
_PROBE = r"""
name=$1 addresses=$2 devices=$3 names=$4 known=$5 accepted=$6
PATH=$PATH:/usr/sbin:/sbin
content() {
  local found
  found=$(lsblk --noheadings --raw --output TYPE "$1" | tail -n +2 | sort -u | paste -sd,)
  [ -n "$found" ] || found=$(sudo -n wipefs --noheadings --output TYPE "$1" | sort -u | paste -sd,)
  if [ -n "$found" ]; then
    echo "$found"
  elif [ "$(sudo -n head --bytes=65536 "$1" | wc -c)" != 65536 ]; then
    echo 'cannot be read'
  elif [ "$(sudo -n head --bytes=65536 "$1" | tr -d '\0' | wc -c)" != 0 ]; then
    echo 'data without a signature'
  fi
} 2>/dev/null
identity=$(cat /etc/machine-id 2>/dev/null)
[ -n "$identity" ] || echo "has no /etc/machine-id: systemd-machine-id-setup makes one"
[ "$(hostname)" = "$name" ] || echo "calls itself $(hostname): hostnamectl set-hostname $name"
sudo=1
if ! sudo -n true 2>/dev/null; then
  sudo=
  echo "user $(id -un) has no sudo without a password: give it '$(id -un) ALL=(ALL) NOPASSWD: ALL' in" \
    "/etc/sudoers.d"
fi
command -v python3 >/dev/null || echo "has no python3, which Ansible needs: install it"
for address in $addresses; do
  ip -o address show | grep -qF " $address/" ||
    echo "does not have address $address: give it to an interface, so that it stays over a restart"
done
if [ "$identity" != "$known" ]; then
  for entry in $names; do
    other=${entry%%=*} planned=${entry#*=}
    found=$(timeout 5 getent ahostsv4 "$other" | cut -d ' ' -f 1 | sort -u)
    if [ -z "$found" ]; then
      echo "does not resolve the name $other: put '${planned%%,*} $other' into its /etc/hosts or the DNS"
    elif ! grep -qxF "${planned//,/$'\n'}" <<<"$found"; then
      echo "resolves the name $other to ${found//$'\n'/, }, which is not ${planned%%,*}: mend its" \
        "/etc/hosts or the DNS"
    fi
  done
  for file in /etc/ceph/*.conf; do
    [ ! -e "$file" ] || echo "has $file of an earlier Ceph cluster: install the host anew"
  done
fi
for device in $devices; do
  if [ ! -b "$device" ]; then
    echo "has no block device $device for an OSD"
  elif [ -n "$sudo" ] && ! { [ "$identity" = "$known" ] && [[ " $accepted " == *" $device "* ]]; }; then
    found=$(content "$device")
    [ -z "$found" ] ||
      echo "has $device that is not blank ($found): if nothing on it is needed, sudo wipefs --all" \
        "$device and sudo dd if=/dev/zero of=$device bs=1M count=10"
  fi
done
echo "looked $identity"
"""

# Goes before _PROBE on servers that a cloud has made. Volumes get their letters in the order in which they
# come, so links lead to them by their ids, which udev shows of virtio and of SCSI disks.
_PREPARE = r"""
names=$4 volumes=$7
PATH=$PATH:/usr/sbin:/sbin
for entry in $names; do
  line="${entry#*=}"
  line="${line%%,*} ${entry%%=*}"
  grep -qxF "$line" /etc/hosts || {
    sudo -n sed -i -E "/[[:blank:]]${entry%%=*}([[:blank:]]|$)/d" /etc/hosts
    echo "$line" | sudo -n tee -a /etc/hosts >/dev/null
  }
done 2>/dev/null
links=
for entry in $volumes; do
  id=${entry#*=}
  for disk in /dev/disk/by-id/virtio-"${id:0:20}" /dev/disk/by-id/scsi-*_"$id"; do
    [ ! -b "$disk" ] || links+="L+ ${entry%%=*} - - - - $disk"$'\n'
  done
done
file=/etc/tmpfiles.d/glance-dcn.conf
if [ -n "$links" ] && [ "$links" != "$(cat $file 2>/dev/null)"$'\n' ]; then
  printf %s "$links" | sudo -n tee $file >/dev/null
fi 2>/dev/null
[ ! -e $file ] || sudo -n systemd-tmpfiles --create $file 2>/dev/null
"""

# What TripleO's own role tripleo_create_admin makes.
_ADMIT = r"""
set -e
account=$1 key=$2
id "$account" >/dev/null 2>&1 || sudo -n useradd --create-home --shell /bin/bash --password '*' "$account"
directory=$(getent passwd "$account" | cut -d : -f 6)/.ssh
group=$(id -gn "$account")
echo "$account ALL=(ALL) NOPASSWD: ALL" | sudo -n tee "/etc/sudoers.d/$account" >/dev/null
sudo -n chmod 440 "/etc/sudoers.d/$account"
sudo -n install --directory --mode 700 --owner "$account" --group "$group" "$directory"
sudo -n grep -qsxF "$key" "$directory/authorized_keys" ||
  echo "$key" | sudo -n tee -a "$directory/authorized_keys" >/dev/null
sudo -n chown "$account:$group" "$directory/authorized_keys"
sudo -n chmod 600 "$directory/authorized_keys"
! command -v restorecon >/dev/null || sudo -n restorecon -R "$directory"
"""


def read_document(text):
    """Reads and checks the document of the verbs of `nodes`. Throws Refused with all its faults."""
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
    document["hosts"] = {}
    for name, host in reader.get("hosts", dict, {}).items():
        one = documents.Reader(f"nodes document: hosts: {name}", host, reader.faults)
        one.text("instanceId", default="")
        document["hosts"][name] = {
            "hostKey": one.text("hostKey", _HOST_KEY),
            "user": one.text("user", _USER, ssh.USER),
            "volumes": one.text_map("volumes", {}),
        }
        for device, volume in document["hosts"][name]["volumes"].items():
            one.matches("volumes", device, documents.DEVICE)
            one.matches("volumes", volume, _VOLUME)
    reader.finish()
    return document


def wait(lab, text):
    """
    Waits until every node of a site answers SSH under its name and is fit: sudo, Python, its addresses, names
    that lead to the others, blank disks for its OSDs. Gives the hosts' identities, {site, hosts: {name:
    {instanceId, hostKey}}}. Their host keys, those of the document or else those that they show, are kept:
    later verbs insist on them. Throws KitError with a line for all that each lacks in the end.
    """
    return _wait(lab, read_document(text), _PROBE)


def prepare(lab, text):
    """
    Waits for servers that a cloud has made, as `wait` does, and makes hosts of them: names of the site's
    nodes in their /etc/hosts, links to their volumes, TripleO's user by way of the image's.
    """
    document = read_document(text)
    answer = _wait(lab, document, _PREPARE + _PROBE)
    _admit_all(lab, document)
    return answer


def _wait(lab, document, script):
    _refuse_others(lab, document)
    limit = document["limitMinutes"]
    lacks, found = _look(lab, document, limit * 60, script)
    if lacks:
        raise KitError(_told(document, lacks, f"not ready after {limit:g} minutes"))
    return _keep(lab, document, found)


def check(lab, text):
    """
    Looks once at hosts that exist already, as `wait` does. Where all are fit and some are entered as another
    user than TripleO's, it gives them that one. Throws Refused with a line for all that each lacks.
    """
    document = read_document(text)
    _refuse_others(lab, document)
    lacks, found = _look(lab, document, 0, _PROBE)
    if lacks:
        raise Refused(_told(document, lacks, "not ready for TripleO"))
    answer = _keep(lab, document, found)
    _admit_all(lab, document)
    return answer


def _admit_all(lab, document):
    """Gives TripleO's user to all hosts that are entered as another. Throws KitError."""
    others = [node for node in document["nodes"] if _user(document, node) != ssh.USER]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        faults = [fault for fault in pool.map(lambda node: _admit(lab, document, node), others) if fault]
    if faults:
        raise KitError("\n".join(faults))


def record(lab, site):
    """
    File with the hosts of a site as they were found fit before anything was put on them, {name: {instanceId,
    devices, address}}: what then lies on these disks is the site's own.
    """
    return os.path.join(lab.directory, site, "hosts.json")


def hosts(lab, site):
    """
    The hosts of a site that are on record, [{name, address}]; none before its nodes were found fit, and of
    those whose address an older kit has not put there.
    """
    known = read_json(record(lab, site)) or {}
    return [
        {"name": name, "address": host["address"]}
        for name, host in sorted(known.items())
        if "address" in host
    ]


def _refuse_others(lab, document):
    """Throws Refused if a node is one of another site that still stands."""
    faults = []
    for path in sorted(glob.glob(record(lab, "*"))):
        site = os.path.basename(os.path.dirname(path))
        if site != document["site"]:
            known = read_json(path) or {}
            faults += [
                f"node {node['name']}: is a host of site {site}, which still stands"
                for node in document["nodes"]
                if node["name"] in known
            ]
    if faults:
        raise Refused(
            [
                f"nodes of {document['site']}: are in use, nothing was changed:",
                *faults,
                "A site's name is that of its TripleO stack, Ceph cluster and store, and does not change in "
                "place: destroy the site that its nodes belong to first, then bring this one up",
            ]
        )


def _look(lab, document, limit_seconds, script):
    """
    Looks at all nodes by a script until they are fit, at most for that long and at least once. Gives
    ({name: [fault…]}, {name: (instance id, host key)}).
    """
    site, nodes = document["site"], document["nodes"]
    known = read_json(record(lab, site)) or {}
    names = [f"{node['name']}={','.join(node['addresses'])}" for node in nodes if node["addresses"]]
    began = told = time.monotonic()
    lacks = {node["name"]: ["was not looked at"] for node in nodes}
    found = {}
    given_up = threading.Event()

    def look(node):
        name = node["name"]
        # Its own: a wait that was interrupted may still be looking at the same node.
        keys = os.path.join(lab.directory, site, f"known_hosts.{name}.{os.getpid()}")
        try:
            while not given_up.is_set():
                faults, identity = _probe(document, node, script, names, known.get(name), keys)
                if not faults:
                    with open(keys, encoding="utf-8") as file:
                        found[name] = (identity, file.read().split(" ", 1)[1].strip())
                    lacks.pop(name)
                    return
                lacks[name] = faults
                if time.monotonic() >= began + limit_seconds:
                    return
                given_up.wait(1)
        finally:
            remove(keys)

    os.makedirs(os.path.join(lab.directory, site), mode=0o700, exist_ok=True)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        running = [pool.submit(look, node) for node in nodes]
        try:
            while not all(future.done() for future in running):
                time.sleep(0.1)
                update.touch(lab, site)
                if time.monotonic() - told > 5:
                    told = time.monotonic()
                    waiting = "; ".join(
                        f"{name} {'; '.join(why)}" for name, why in sorted(dict(lacks).items())
                    )
                    say(
                        f"nodes of {site}: {len(lacks)} of {len(nodes)} not ready, {duration(told - began)}: "
                        f"{waiting}"
                    )
        finally:
            # Nobody listens any more, for instance.
            given_up.set()
        for future in running:
            future.result()
    _find_copies(found, lacks)
    return lacks, found


def _find_copies(found, lacks):
    """Makes it a fault if two hosts are one, or the copy of one: TripleO and Ceph would take them for one."""
    owners = {}
    for name, (identity, _) in sorted(found.items()):
        owner = owners.setdefault(identity, name)
        if owner != name:
            lacks[name] = [
                f"has the machine-id of {owner}: is it the same host? On the copy of a disk, remove "
                "/etc/machine-id, run systemd-machine-id-setup and restart it"
            ]


def _told(document, lacks, what):
    nodes = {node["name"]: node for node in document["nodes"]}
    lines = [
        f"node {name} ({nodes[name]['address']}): {fault}"
        for name, faults in sorted(lacks.items())
        for fault in faults
    ]
    return "\n".join([f"nodes of {document['site']}: {len(lacks)} of {len(nodes)} {what}:", *lines])


def _keep(lab, document, found):
    """Keeps host keys and what was found blank, and gives the hosts' identities."""
    site, nodes = document["site"], document["nodes"]
    known = read_json(record(lab, site)) or {}
    hosts = {}
    for node in nodes:
        name = node["name"]
        identity = found[name][0]
        before = known.get(name, {})
        devices = set(node["osdDevices"])
        if before.get("instanceId") == identity:
            devices.update(before["devices"])
        hosts[name] = {"instanceId": identity, "devices": sorted(devices), "address": node["address"]}
    write_json(record(lab, site), hosts)
    lines = [f"{node['address']} {found[node['name']][1]}\n" for node in nodes]
    write_private(ssh.known_hosts(lab, site), "".join(lines))
    return {
        "site": site,
        "hosts": {name: {"instanceId": identity, "hostKey": key} for name, (identity, key) in found.items()},
    }


def _user(document, node):
    return _host(document, node).get("user", ssh.USER)


def _host(document, node):
    return document["hosts"].get(node["name"], {})


def _probe(document, node, script, names, known, keys):
    """
    Looks at a node once by _PROBE, with whatever goes before it. Gives what it lacks, one line each, and its
    instance id (machine-id as a UUID).

    names: `name=address,address` of each node; known: what is on record of it; keys: file for its host key.
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
        " ".join(f"{device}={volume}" for device, volume in _host(document, node).get("volumes", {}).items()),
    ]
    host_key = _host(document, node).get("hostKey")
    options = []
    if host_key:
        write_private(keys, f"{address} {host_key}\n")
    else:
        # Whatever key it shows at this first contact is taken: it may be another host than the last of its
        # name.
        remove(keys)
        options = ["-oStrictHostKeyChecking=accept-new", "-oHashKnownHosts=no"]
    user = _user(document, node)
    # A resolver that does not answer costs five of them for each name.
    limit = _SECONDS + 5 * len(names)
    try:
        done = _bash(ssh.command(address, keys, *options, user=user), script, words, limit)
    except subprocess.TimeoutExpired:
        return [f"took SSH and then did not answer for {limit} s"], None
    lines = done.stdout.splitlines()
    last, _, identity = lines[-1].partition(" ") if lines else ("", "", "")
    if last != "looked":
        return [_refusal(done, user, host_key)], None
    with contextlib.suppress(ValueError):
        identity = str(uuid.UUID(identity))
    return lines[:-1], identity


def _refusal(done, user, host_key):
    """Why ssh came to nothing, in one line."""
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
        return f"does not let {user} in: put {key} into that user's authorized_keys there"
    return f"ssh {user}: {said[-200:] or f'exit {done.returncode}'}"


def _admit(lab, document, node):
    """Gives a host TripleO's user by way of the one that it has. Gives the fault, if there is one."""
    user = _user(document, node)
    with open(home(".ssh", "id_rsa.pub"), encoding="utf-8") as file:
        key = file.read().strip()
    command = ssh.command(node["address"], ssh.known_hosts(lab, document["site"]), user=user)
    say(f"node {node['name']}: {user} makes the user {ssh.USER}")
    try:
        done = _bash(command, _ADMIT, [ssh.USER, key], _SECONDS)
    except subprocess.TimeoutExpired:
        return f"node {node['name']}: no end after {_SECONDS} s of making the user {ssh.USER}"
    if done.returncode:
        return f"node {node['name']}: user {ssh.USER} could not be made: {done.stderr.strip()[-300:]}"
    return None


def _bash(command, script, words, limit_seconds):
    """Runs a script on a node. Throws subprocess.TimeoutExpired."""
    inner = ["bash", "-c", script, "kit", *words]
    return subprocess.run(
        [*command, "--", " ".join(map(shlex.quote, inner))],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=limit_seconds,
    )

"""Whether the nodes of a site are what TripleO assumes about pre-provisioned nodes."""

import glob
import os

from errors import KitError, Refused
from files import write_json, write_private
from hosts import inventory, probe, ssh
from hosts.admit import admit_all
from hosts.document import read_document


def wait(lab, text):
    """
    Waits until every node of a site answers SSH under its name and is fit for TripleO: sudo, Python, its
    addresses, names that resolve to the other nodes, blank disks for its OSDs. Keeps the hosts' keys, those
    of the document or else those that they show at first use; later verbs insist on them.

    Args:
        text: the nodes' document, as YAML.

    Returns:
        The hosts' identities, {site, hosts: {name: {instanceId, hostKey}}}.

    Raises:
        KitError: one line for each fault of a node that was left at the time limit.
        Refused: the document is wrong, or a node belongs to another site.
    """
    return _wait(lab, read_document(text))


def prepare(lab, text):
    """
    Like `wait`, for servers that a cloud has made: puts the names of the site's nodes into their /etc/hosts,
    links to their volumes into /dev, and makes TripleO's user by way of the image's.
    """
    document = read_document(text)
    identities = _wait(lab, document, prepare=True)
    admit_all(lab, document)
    return identities


def check(lab, text):
    """
    Like `wait`, for hosts that exist already: looks at them once. Where all are fit, makes TripleO's user on
    those that are entered as another.

    Raises:
        Refused: one line for each fault of a node.
    """
    document = read_document(text)
    _refuse_others(lab, document)
    lacks, found = probe.look(lab, document, 0)
    if lacks:
        raise Refused(_faults(document, lacks, "not ready for TripleO"))
    identities = _keep(lab, document, found)
    admit_all(lab, document)
    return identities


def _wait(lab, document, prepare=False):
    _refuse_others(lab, document)
    limit = document["limitMinutes"]
    lacks, found = probe.look(lab, document, limit * 60, prepare)
    if lacks:
        raise KitError(_faults(document, lacks, f"not ready after {limit:g} minutes"))
    return _keep(lab, document, found)


def _refuse_others(lab, document):
    """Raises Refused if a node is a host of another site that still stands."""
    faults = []
    for path in sorted(glob.glob(inventory.path(lab, "*"))):
        site = os.path.basename(os.path.dirname(path))
        if site != document["site"]:
            known = inventory.read(lab, site)
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


def _faults(document, lacks, what):
    nodes = {node["name"]: node for node in document["nodes"]}
    lines = [
        f"node {name} ({nodes[name]['address']}): {fault}"
        for name, faults in sorted(lacks.items())
        for fault in faults
    ]
    return "\n".join([f"nodes of {document['site']}: {len(lacks)} of {len(nodes)} {what}:", *lines])


def _keep(lab, document, found):
    """Writes the site's inventory and host keys, and gives the hosts' identities."""
    site, nodes = document["site"], document["nodes"]
    known = inventory.read(lab, site)
    hosts = {}
    for node in nodes:
        name = node["name"]
        identity = found[name][0]
        before = known.get(name, {})
        devices = set(node["osdDevices"])
        if before.get("instanceId") == identity:
            devices.update(before["devices"])
        hosts[name] = {"instanceId": identity, "devices": sorted(devices), "address": node["address"]}
    write_json(inventory.path(lab, site), hosts)
    lines = [f"{node['address']} {found[node['name']][1]}\n" for node in nodes]
    write_private(ssh.known_hosts(lab, site), "".join(lines))
    return {
        "site": site,
        "hosts": {name: {"instanceId": identity, "hostKey": key} for name, (identity, key) in found.items()},
    }

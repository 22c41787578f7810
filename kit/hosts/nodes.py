"""Checks whether the nodes of a site meet TripleO's assumptions about pre-provisioned nodes."""

import glob
import os

from errors import KitError, Refused
from files import write_json, write_private
from hosts import inventory, probe, ssh
from hosts.admit import admit_all
from hosts.document import read_document
from jobs import adoption


def wait(lab, text, again=False):
    """
    Waits until every node of a site answers SSH under its name and is fit for TripleO: sudo, Python, its
    addresses, names that resolve to the other nodes, blank disks for its OSDs. Stores the hosts' SSH keys:
    those of the document, or else those of the first connection. Later verbs accept no other keys.

    Args:
        text: the nodes' document, as YAML.
        again: whether the site stands for Pulumi: an inventory that an unfinished destruction has set aside
            counts. Without it, the disks of the hosts' OSDs would count as foreign ones.

    Returns:
        The hosts' identities, {site, hosts: {name: {instanceId, hostKey}}}.

    Raises:
        KitError: one line for each fault that a node still had at the time limit.
        Refused: the document is wrong, or a node belongs to another site.
    """
    return _wait(lab, _begun(lab, text, again))


def prepare(lab, text, again=False):
    """
    Like `wait`, for servers of a cloud. Also writes the names of the site's nodes into /etc/hosts, creates
    links to volumes in /dev, and creates TripleO's user as the user that the servers' image has.
    """
    document = _begun(lab, text, again)
    identities = _wait(lab, document, prepare=True)
    admit_all(lab, document)
    return identities


def check(lab, text, again=False):
    """
    Like `wait`, for hosts that exist already: checks them once. If all are fit, creates TripleO's user on
    hosts that SSH reaches as another user.

    Raises:
        Refused: one line for each fault of a node.
    """
    document = _begun(lab, text, again)
    unfit, fit = probe.check(lab, document, 0)
    if unfit:
        raise Refused(_faults(document, unfit, "not ready for TripleO"))
    identities = _keep(lab, document, fit)
    admit_all(lab, document)
    return identities


def _begun(lab, text, again):
    document = read_document(text)
    _refuse_others(lab, document)
    if again or adoption.covers(lab, document["site"]):
        inventory.restore(lab, document["site"])
    return document


def _wait(lab, document, prepare=False):
    limit = document["limitMinutes"]
    unfit, fit = probe.check(lab, document, limit * 60, prepare)
    if unfit:
        raise KitError(_faults(document, unfit, f"not ready after {limit:g} minutes"))
    return _keep(lab, document, fit)


def _refuse_others(lab, document):
    """Raises Refused if a node is a host of another site that still exists."""
    faults = []
    for path in sorted(glob.glob(inventory.path(lab, "*"))):
        site = os.path.basename(os.path.dirname(path))
        if site != document["site"]:
            known = inventory.read(lab, site)
            faults += [
                f"node {node['name']}: is a host of site {site}, which still exists"
                for node in document["nodes"]
                if node["name"] in known
            ]
    if faults:
        raise Refused(
            [
                f"nodes of {document['site']}: are in use, nothing was changed:",
                *faults,
                "A site's name is that of its records, Ceph cluster and store, and does not change in place: "
                "destroy the site that its nodes belong to first, then bring this one up",
            ]
        )


def _faults(document, unfit, what):
    nodes = {node["name"]: node for node in document["nodes"]}
    lines = [
        f"node {name} ({nodes[name]['address']}): {fault}"
        for name, faults in sorted(unfit.items())
        for fault in faults
    ]
    return "\n".join([f"nodes of {document['site']}: {len(unfit)} of {len(nodes)} {what}:", *lines])


def _keep(lab, document, fit):
    """Writes the site's inventory and host keys, and returns the hosts' identities."""
    site, nodes = document["site"], document["nodes"]
    known = inventory.read(lab, site)
    hosts = {}
    for node in nodes:
        name = node["name"]
        identity = fit[name][0]
        before = known.get(name, {})
        devices = set(node["osdDevices"])
        if before.get("instanceId") == identity:
            devices.update(before["devices"])
        hosts[name] = {"instanceId": identity, "devices": sorted(devices), "address": node["address"]}
    # The keys first: a host whose machine-id is on record must show the key on record.
    lines = [f"{node['address']} {fit[node['name']][1]}\n" for node in nodes]
    write_private(ssh.known_hosts(lab, site), "".join(lines))
    write_json(inventory.path(lab, site), hosts)
    return {
        "site": site,
        "hosts": {name: {"instanceId": identity, "hostKey": key} for name, (identity, key) in fit.items()},
    }

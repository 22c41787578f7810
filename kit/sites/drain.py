"""Empties nodes that leave a site which stays, and removes the control plane's records of them."""

import os

import yaml

from ceph import monitors
from ceph import nodes as ceph_nodes
from errors import KitError, refuse
from files import write_json
from hosts import etcd, inventory, leftovers, scheduling, ssh, volumes
from jobs import locks, runs
from output import say
from parallel import each
from stores import update

_AT_ONCE = 16
_LOOK_SECONDS = 60
_UNPROVISION_MINUTES = 30
_MONITORS_CHANGE = (
    "the monitors of its Ceph cluster change: the site's next overcloud-config writes their addresses into "
    "/etc/ceph of its hosts, and the update of the control plane that follows into those of its Glance; "
    "volumes keep the addresses with which they were attached"
)
"""
Where monitors' addresses are: /etc/ceph of a stack's hosts and the export of its cluster, both written by
overcloud-config (tripleo-ansible tripleo_cephadm export.yaml, tripleo_ceph_client); the export, by
CephExternalMultiConfig, at the stacks whose Glance has the store; connections of volumes in Nova's database.
"""


def drain(lab, site, cluster, names, dead=False, stack=None):
    """
    Empties nodes for their removal from a site: closes them for new servers, moves the data of their OSDs to
    other nodes, takes them out of the Ceph cluster, stops their services, and removes the records of Nova,
    Neutron and Cinder about them. After an interruption another call does the rest. Nodes that are not in
    the site's inventory count as drained.

    Args:
        cluster: name of the site's own Ceph cluster; None if it has none.
        names: of the nodes.
        dead: whether the nodes are off for good: the cluster forgets their OSDs, and no host is waited for.
        stack: TripleO's stack of the site if nothing comes in place of the nodes: their ports go, too. None:
            other hosts get their ports.

    Returns:
        {site, drained: [name]}.

    Raises:
        Refused: one line for each server on the nodes, and for each reason for which Ceph needs a node;
            nothing was touched.
        KitError: another process drains nodes of the site; servers came meanwhile; or a part failed.
    """

    def busy(since):
        return f"site {site}: another process drains nodes of it since {since}; wait for that to end"

    # Two processes that drain different nodes would each count on those of the other.
    with locks.alone(locks.Lock(os.path.join(lab.directory, site, "drain.lock")), "nodes drain", busy):
        identities = {name: inventory.read(lab, site).get(name, {}).get("instanceId", "") for name in names}
        leaving, before = _leaving(lab, site, names)
        for line in before:
            say(line)
        if leaving:
            access = _access(lab, site, cluster, leaving)
            refuse(_look(lab, site, access, leaving, dead, bool(stack))[1])
            _empty(lab, site, access, leaving, dead)
        if stack:
            _unprovision(lab, site, stack, identities)
        _forget(lab, site, leaving)
    return {"site": site, "drained": names}


def check(lab, site, cluster, names, dead=False, stack=None):
    """
    Looks at what `drain` would do, and changes nothing.

    Args:
        cluster, names, dead, stack: as in `drain`.

    Returns:
        {site, does: [what `drain` would do, each as a text], faults: [why it would refuse]}.

    Raises:
        Refused: all nodes of the site would leave.
        KitError: the control plane or the cluster does not answer.
    """
    leaving, does = _leaving(lab, site, names)
    faults = []
    if leaving:
        access = _access(lab, site, cluster, leaving)
        found, faults = _look(lab, site, access, leaving, dead, bool(stack))
        does += found
    if stack:
        does.append(f"site {site}: the ports of {', '.join(names)} in the undercloud's Neutron are removed")
    return {"site": site, "does": does, "faults": faults}


def _leaving(lab, site, names):
    """The hosts with these names, and a text for each name that the site's inventory does not have."""
    leaving = [host for host in inventory.hosts(lab, site) if host["name"] in names]
    there = {host["name"] for host in leaving}
    before = [name for name in names if name not in there]
    return leaving, [f"site {site}: {name} is not in its inventory; it was drained before" for name in before]


def _look(lab, site, access, leaving, dead, for_good):
    """What emptying the nodes does, and why it is refused: two lists of texts."""
    names = [host["name"] for host in leaving]
    does, faults = [], _alive(lab, site, leaving) if dead else []
    # The cluster outside of all overclouds may stand before the control plane does.
    if update.stands(lab):
        members = etcd.members(lab, site, _staying(lab, site, leaving))
        does.append(
            f"site {site}: {', '.join(names)}: no more servers; the records of Nova, Neutron and Cinder go"
        )
        does += etcd.work(site, members, names)
        faults += leftovers.server_faults(lab, site, leaving, _staying(lab, site, leaving), dead)
        faults += volumes.faults(lab, site, leaving)
        faults += etcd.faults(site, members, names)
    if access:
        facts = ceph_nodes.read(lab, access)
        does += monitors.work(access["cluster"], facts, names)
        does += ceph_nodes.work(access["cluster"], facts, names, dead)
        look = ceph_nodes.dead_faults if dead else ceph_nodes.faults
        faults += look(access["cluster"], facts, names)
        faults += monitors.faults(access["cluster"], facts, names, for_good)
    return does, faults


def _empty(lab, site, access, leaving, dead):
    stands = update.stands(lab)
    if stands:
        _close(lab, site, leaving, dead)
    if access:
        _leave_cluster(lab, site, access, leaving, dead)
    if stands:
        # cinder-volume, which leftovers.remove stops, works with the etcd of its own host.
        leftovers.remove(lab, site, leaving)
        names = [host["name"] for host in leaving]
        etcd.remove(lab, site, _staying(lab, site, leaving), names)


def _leave_cluster(lab, site, access, leaving, dead):
    names = [host["name"] for host in leaving]
    if monitors.move(lab, access, names, dead):
        say(f"site {site}: {_MONITORS_CHANGE}")
    remove = ceph_nodes.purge if dead else ceph_nodes.drain
    remove(lab, access, names)


def _close(lab, site, leaving, dead):
    scheduling.close_for_good(lab, site, leaving)
    volumes.close(lab, site, leaving)
    # A server may have started between the first look and the end of scheduling.
    late = leftovers.server_faults(lab, site, leaving, _staying(lab, site, leaving), dead)
    if late:
        raise KitError("\n".join(late))


def _alive(lab, site, hosts):
    """A fault for each host that is not off."""

    def look(host):
        try:
            ssh.run(lab, site, host, ["true"], what="whether it is off", limit_seconds=_LOOK_SECONDS)
        except ssh.Unreachable:
            return None
        except KitError as error:
            return f"site {site}: {error}; only a node that does not answer is dead"
        return f"site {site}: {host['name']} answers: drain it without --dead, or switch it off for good"

    return [fault for fault in each(hosts, look, _AT_ONCE) if fault]


def _access(lab, site, cluster, leaving):
    """
    The cluster by way of a node that stays; the one with the administrator's key is found among these. None
    without a cluster.
    """
    if not cluster:
        return None
    staying = _staying(lab, site, leaving)
    refuse([] if staying else [f"site {site}: all its nodes would leave: destroy the site instead"])
    return {"site": site, "cluster": cluster, "node": staying[0], "answering": staying}


def _staying(lab, site, leaving):
    return [host for host in inventory.hosts(lab, site) if host not in leaving]


def _unprovision(lab, site, stack, identities):
    """
    Runs `openstack overcloud node unprovision` of nodes, which removes their ports from the undercloud's
    Neutron: `node provision` without the nodes leaves these. tripleo-ansible finds the ports of a node by the
    stack and the host name (tripleo_overcloud_network_ports.py _unprovision_ports).
    """
    file = f"{site}/leaving_nodes.yaml"
    instances = [
        {"hostname": name, "name": name, "managed": False, "provisioned": False} for name in identities
    ]
    words = ["node", "unprovision", "-y", "--stack", stack, lab.path(file)]
    document = {
        "job": f"{site}/node-unprovision",
        "directory": lab.directory,
        "commands": [["openstack", "overcloud", *words]],
        # The role decides on nothing for nodes that are not provisioned.
        "files": {file: yaml.safe_dump([{"name": "Leaving", "count": 0, "instances": instances}])},
        "nodes": identities,
        "limitMinutes": _UNPROVISION_MINUTES,
        "teardown": [],
    }
    runs.run(lab, yaml.safe_dump(document))


def _forget(lab, site, leaving):
    """Takes nodes out of the inventory: a host that comes in place of one is checked as a fresh one."""
    if not leaving:
        return
    names = {host["name"] for host in leaving}
    kept = {name: host for name, host in inventory.read(lab, site).items() if name not in names}
    write_json(inventory.path(lab, site), kept)

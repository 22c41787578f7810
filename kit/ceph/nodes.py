"""Nodes that leave a Ceph cluster: whether it can do without them, and cephadm's work to empty them."""

import re
import time

from ceph import cluster as ceph_cluster
from errors import KitError
from hosts import ssh
from output import Beat, say

_LIMIT_SECONDS = 300
_POLL_SECONDS = 10.0
_SAY_SECONDS = 60.0
_PATIENCE_SECONDS = 300
_STALL_SECONDS = 3600
"""Something is in Ceph's way if it moves nothing for so long."""
_FULL = 0.85
"""Share of the OSDs' space that may be in use: at more, Ceph warns (mon_osd_nearfull_ratio)."""


def read(lab, access):
    """
    What a cluster has on its hosts.

    Args:
        access: as `store` of ceph.cluster.run.

    Returns:
        {buckets, use: {id of an OSD: its entry of `ceph osd df`}, pools, rules, monitors: [short name],
        quorum: [short name], groups: {state of placement groups: how many}, misplaced: how many objects are
        to move, daemons, hosts: [name], able: [name of a host with OSDs on which cephadm may place more],
        removing: {ids of OSDs that cephadm removes}, services: [specification]}. buckets: by id, those of
        `ceph osd tree`, each with `inside`, the ids of the buckets around it.
    """
    text = ceph_cluster.run(lab, access, "hosts.sh", limit_seconds=_LIMIT_SECONDS)
    values = ceph_cluster.values(access, text, 10)
    tree, use, pools, rules, monitors, status, daemons, hosts, removing, services = values
    buckets = {bucket["id"]: bucket for bucket in tree["nodes"]}
    parents = {child: one["id"] for one in tree["nodes"] for child in one.get("children", [])}
    for bucket in tree["nodes"]:
        bucket["inside"] = []
        outer = parents.get(bucket["id"])
        while outer is not None:
            bucket["inside"].append(outer)
            outer = parents.get(outer)
    return {
        "buckets": buckets,
        "use": {osd["id"]: osd for osd in use["nodes"]},
        "pools": pools,
        "rules": {rule["rule_id"]: rule for rule in rules},
        "monitors": [short(monitor["name"]) for monitor in monitors["mons"]],
        "quorum": [short(one["name"]) for one in monitors["mons"] if one["rank"] in monitors["quorum"]],
        "groups": {one["state_name"]: one["count"] for one in status["pgmap"].get("pgs_by_state", [])},
        "misplaced": status["pgmap"].get("misplaced_objects", 0),
        "daemons": daemons,
        "hosts": [host["hostname"] for host in hosts],
        "able": [host["hostname"] for host in hosts if _is_able(host, daemons)],
        "removing": {osd["osd_id"] for osd in removing},
        "services": services,
    }


def _is_able(host, daemons):
    """Whether cephadm may place more on a host. A monitor must be where OSDs are: on the public network."""
    has_osds = any(one["daemon_type"] == "osd" and one["hostname"] == host["hostname"] for one in daemons)
    return has_osds and not host.get("status") and "_no_schedule" not in host.get("labels", [])


def work(cluster, facts, names, dead):
    """
    What taking nodes out of a cluster does, each as a text.

    Args:
        cluster, facts, names: as in `faults`.
        dead: whether the nodes are off for good.
    """
    found = []
    for osd in _osds(facts, names):
        use = facts["use"].get(osd["id"], {"pgs": 0, "kb_used": 0})
        what = f"{_gib(use['kb_used'])} in {use['pgs']} placement groups"
        does = "is forgotten; the copies on it are lost" if dead else f"is emptied: {what} move to other OSDs"
        found.append(f"Ceph cluster {cluster}: {osd['name']} of {_host_of(facts, osd)} {does}")
    return [*found, *(f"Ceph cluster {cluster}: {name} is taken out of it" for name in names)]


def faults(cluster, facts, names):
    """
    Why nodes cannot leave a cluster, each as a text with the way out; [] if they can.

    Args:
        cluster: name of the cluster.
        facts: as from `read`.
        names: short names of the nodes.
    """
    label, found = f"Ceph cluster {cluster}", []
    leaving = _osds(facts, names)
    if not leaving:
        return found
    staying = [
        osd
        for osd in _osds(facts)
        if osd not in leaving
        and osd["status"] == "up"
        and osd["reweight"] > 0
        and osd["id"] not in facts["removing"]
    ]
    for pool in facts["pools"]:
        kind, device_class = _domain(facts["rules"][pool["crush_rule"]])
        places = {
            place
            for osd in staying
            if device_class in (None, osd.get("device_class"))
            for place in [osd["id"], *osd["inside"]]
            if facts["buckets"][place]["type"] == kind
        }
        if len(places) < pool["size"]:
            found.append(
                f"{label}: pool {pool['pool_name']} has {pool['size']} copies, each on another {kind}, and "
                f"{len(places)} with OSDs that are up and in would be left without {', '.join(names)}: add a "
                "node with OSDs first, or give the pool fewer copies (pools of the lab file: ceph.poolSize "
                "of the site; others: `ceph osd pool set`)"
            )
    used = sum(osd["kb_used"] for osd in facts["use"].values())
    room = sum(facts["use"][osd["id"]]["kb"] for osd in staying if osd["id"] in facts["use"])
    if used > room * _FULL:
        found.append(
            f"{label}: {_gib(used)} are in use, and the OSDs that stay without {', '.join(names)} have "
            f"{_gib(room)}, of which Ceph fills {_FULL:.0%}: add a node with OSDs first, or delete images or "
            "disks"
        )
    return found


def dead_faults(cluster, facts, names):
    """
    Why nodes that are off for good cannot be taken out of a cluster, each as a text with the way out; [] if
    they can. The copies on them are lost already: it counts whether the others have one of everything.

    Args:
        cluster, facts, names: as in `faults`.
    """
    label, nodes, found = f"Ceph cluster {cluster}", ", ".join(names), []
    up = [osd["name"] for osd in _osds(facts, names) if osd["status"] == "up"]
    if up:
        found.append(f"{label}: {', '.join(up)} of {nodes}: up; drain nodes that run without --dead")
    bad = {state: count for state, count in facts["groups"].items() if _lacks_data(state)}
    if bad:
        found.append(
            f"{label}: {sum(bad.values())} placement groups lack data that may be on {nodes} alone "
            f"({', '.join(sorted(bad))}): get the disks to run again, there or in another host; look at "
            "`ceph health detail`"
        )
    return found


def purge(lab, access, names):
    """
    Takes nodes that are off for good out of a cluster, with their OSDs. Can be repeated.

    Args:
        access: as `store` of ceph.cluster.run.
        names: short names of the nodes.

    Raises:
        KitError: Ceph refused.
    """
    facts = read(lab, access)
    _remove(
        lab,
        access,
        "purge_hosts.sh",
        [*(f"osd {osd['id']}" for osd in _osds(facts, names)), *_entries(facts, names)],
        names,
    )


def drain(lab, access, names):
    """
    Has cephadm move everything from nodes to the others, and waits until it has; then takes the nodes out of
    the cluster. cephadm goes on while nobody waits; a further call waits on, or does what is left to do.

    Args:
        access: as `store` of ceph.cluster.run.
        names: short names of the nodes.

    Raises:
        KitError: nothing was moved for an hour; or Ceph refused.
    """
    facts = read(lab, access)
    if _is_busy(facts, names):
        ceph_cluster.run(lab, access, "drain_hosts.sh", _hosts(facts, names), _LIMIT_SECONDS)
        facts = wait(lab, access, lambda now: _progress(now, names) if _is_busy(now, names) else None)
    _remove(lab, access, "remove_hosts.sh", _entries(facts, names), names)


def _entries(facts, names):
    """What a cluster keeps of hosts without OSDs, as lines for the programs that remove them."""
    return [
        *(f"host {host}" for host in _hosts(facts, names)),
        *(f"bucket {bucket['name']}" for bucket in _host_buckets(facts, names)),
    ]


def _remove(lab, access, program, entries, names):
    if entries:
        lines = "".join(f"{entry}\n" for entry in entries)
        ceph_cluster.run(lab, access, program, limit_seconds=_LIMIT_SECONDS, stdin=lines)
        say(f"Ceph cluster {access['cluster']}: has no more of {', '.join(names)}")


def wait(lab, access, look):
    """
    Waits until a cluster is as it should be, with progress; returns its facts then.

    Args:
        access: as `store` of ceph.cluster.run.
        look: function of facts as from `read`: what is left, as a text; or with further values that change
            with the work, as a tuple; None if nothing is left.

    Raises:
        KitError: nothing changed for an hour.
    """
    beat, before, since = Beat(_SAY_SECONDS, at_once=True), None, time.monotonic()
    while True:
        facts = _read_patiently(lab, access)
        left = look(facts)
        if left is None:
            return facts
        text = left if isinstance(left, str) else left[0]
        if left != before:
            before, since = left, time.monotonic()
        elif time.monotonic() - since > _STALL_SECONDS:
            raise KitError(
                f"Ceph cluster {access['cluster']}: {text}, and nothing was moved for "
                f"{_STALL_SECONDS / 60:g} minutes; look at `ceph health detail`, `ceph orch ps` and "
                "`ceph orch osd rm status` there, then run this again"
            )
        beat.say(f"Ceph cluster {access['cluster']}: {text}")
        time.sleep(_POLL_SECONDS)


def _read_patiently(lab, access):
    """As `read`; cephadm does not answer for a moment while another manager becomes the active one."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return read(lab, access)
        except ssh.Failed:
            if time.monotonic() > until:
                raise
        time.sleep(_POLL_SECONDS)


def _progress(facts, names):
    """What is left on nodes: as a text, with values that change with the work."""
    osds = [facts["use"].get(osd["id"], {"pgs": 0, "kb_used": 0}) for osd in _osds(facts, names)]
    groups, used = sum(osd["pgs"] for osd in osds), sum(osd["kb_used"] for osd in osds)
    daemons = _daemons(facts, names)
    text = (
        f"{', '.join(names)}: {len(osds)} OSDs with {groups} placement groups and {_gib(used)} are left"
        if osds
        else f"{', '.join(names)}: {len(daemons)} daemons are left"
    )
    # A large placement group moves for longer than the stall may last, and counts until it has moved.
    return text, len(osds), groups, used, len(daemons), facts["misplaced"]


def _lacks_data(state):
    """Whether OSDs that are up lack data of placement groups in a state, such as active+recovery_unfound."""
    return "active" not in state.split("+") or "unfound" in state


def _is_busy(facts, names):
    return bool(_osds(facts, names) or _daemons(facts, names))


def without(hosts, names):
    """The hosts of a list that are no nodes with these short names."""
    return [host for host in hosts if short(host) not in names]


def with_daemon(facts, kind):
    """The short names of the hosts with a daemon of a kind, such as `mgr`."""
    return [short(one["hostname"]) for one in facts["daemons"] if one["daemon_type"] == kind]


def running(facts, kind):
    """The same of daemons that run."""
    there = [one for one in facts["daemons"] if one.get("status_desc") == "running"]
    return with_daemon({"daemons": there}, kind)


def _hosts(facts, names):
    return [host for host in facts["hosts"] if short(host) in names]


def _daemons(facts, names):
    return [daemon for daemon in facts["daemons"] if short(daemon["hostname"]) in names]


def _host_buckets(facts, names):
    return [one for one in facts["buckets"].values() if one["type"] == "host" and one["name"] in names]


def _osds(facts, names=None):
    """The OSDs of the hosts with these short names, or of all."""
    on = {bucket["id"] for bucket in _host_buckets(facts, names)} if names is not None else None
    return [
        bucket
        for bucket in facts["buckets"].values()
        if bucket["type"] == "osd" and (on is None or on.intersection(bucket["inside"]))
    ]


def _host_of(facts, osd):
    """The short name of an OSD's host."""
    outer = (facts["buckets"][one] for one in osd["inside"])
    return next(bucket["name"] for bucket in outer if bucket["type"] == "host")


def _domain(rule):
    """The type of bucket of which each copy is on another one, and the class of the OSDs or None."""
    kinds = [step["type"] for step in rule["steps"] if "type" in step]
    roots = [step["item_name"] for step in rule["steps"] if "item_name" in step]
    classes = [root.partition("~")[2] for root in roots if "~" in root]
    return kinds[-1], classes[0] if classes else None


def short(host):
    """The name of a host without its domain, and without the address that a list of hosts may have for it."""
    return re.match(r"[^.:=]*", host).group()


def _gib(kib):
    return f"{kib / 2**20:.1f} GiB"

"""
Services of nodes that leave a Ceph cluster and that cephadm places by a list of hosts: the monitors and
managers, by TripleO's Ceph spec (tripleo-ansible ceph_spec_bootstrap.py get_specs). While a node of such a
list is being drained, cephadm changes nothing of the service, and so takes nothing from the node
(16.2.15 schedule.py HostAssignment.validate). So the lists change first.
"""

import json

import programs
from ceph import cluster as ceph_cluster
from ceph import nodes
from hosts import ssh

_LIMIT_SECONDS = 300
_ENOUGH = 3
"""Monitors: with three, one may fail."""
_KINDS = {"mon": "monitor", "mgr": "manager"}


def faults(cluster, facts, names, for_good):
    """
    Why monitors and other services cannot leave nodes, each as a text with the way out; [] if they can.

    Args:
        cluster, facts, names: as in `nodes.faults`.
        for_good: whether no other host gets the nodes' names. `ceph deploy` looks for the cluster on the
            first host with a monitor alone, and makes a new cluster where that host has no daemon
            (tripleo-ansible cli-deployed-ceph.yaml, tripleo_cephadm pre.yaml and bootstrap.yaml).
    """
    label, found = f"Ceph cluster {cluster}", []
    leaving = [name for name in facts["monitors"] if name in names]
    staying = [name for name in facts["monitors"] if name not in names]
    if leaving and not for_good:
        found.append(
            f"{label}: {', '.join(leaving)}: has a monitor, and no other host can get such a name: give the "
            "new host another name in the lab file, in place of this one"
        )
    if leaving and not staying:
        found.append(
            f"{label}: {', '.join(leaving)}: no other node has a monitor, and clients know only the monitors "
            "with which they were deployed: bring the site up with another node with a monitor first"
        )
    out = [name for name in staying if name not in facts["quorum"]]
    if leaving and out:
        found.append(
            f"{label}: the monitors of {', '.join(out)} are not in the quorum, so that of "
            f"{', '.join(leaving)} is needed: get them to run again first (`ceph quorum_status`)"
        )
    for service in facts["services"]:
        kind = service["service_type"]
        if service.get("unmanaged") and kind != "osd" and not _is_free(facts, kind, names):
            found.append(
                f"{label}: service {service['service_name']} is unmanaged, so cephadm takes it from no node: "
                "apply its specification without `unmanaged` first (`ceph orch ls --export`)"
            )
    for service in _placed(facts, names):
        if not _narrowed(facts, service, names):
            found.append(
                f"{label}: service {service['service_name']} may run on {', '.join(names)} alone: give it "
                "other hosts first (`ceph orch apply`)"
            )
    return found


def work(cluster, facts, names):
    """What `move` does, each as a text. Args: as in `faults`."""
    found = []
    for service in _placed(facts, names):
        kind, hosts = _KINDS.get(service["service_type"], service["service_name"]), _hosts(service)
        kept = _narrowed(facts, service, names)
        more = [host for host in kept if host not in hosts]
        goes = ", ".join(host for host in hosts if host not in kept)
        to = f"; {', '.join(more)} gets one first" if more else ""
        found.append(f"Ceph cluster {cluster}: the {kind} of {goes} is removed{to}; {len(kept)} are left")
    return found


def move(lab, access, names, dead):
    """
    Gives the services of nodes to other hosts: a new monitor joins the quorum before the old one goes. Can be
    repeated.

    Args:
        access: as `store` of ceph.cluster.run, with `answering`.
        names: short names of the nodes.
        dead: whether the nodes are off: their daemons go with them (`nodes.purge`).

    Returns:
        Whether the cluster's monitors change.

    Raises:
        KitError: a new daemon did not start, or an old one did not go; or Ceph refused.
    """
    facts = nodes.read(lab, access)
    services = _placed(facts, names)
    changes = any(name in facts["monitors"] for name in names)
    if changes:
        _spread_key(lab, access, facts["monitors"])
    if services:
        wide = {one["service_name"]: _widened(facts, one, names) for one in services}
        _apply(lab, access, services, wide)
        facts = nodes.wait(lab, access, lambda now: _to_come(now, wide, names))
        _apply(lab, access, services, {one: nodes.without(hosts, names) for one, hosts in wide.items()})
        if not dead:
            facts = nodes.wait(lab, access, lambda now: _to_go(now, wide, names))
    return changes


def _spread_key(lab, access, names):
    """
    Gives the nodes with a monitor that stay the cluster's configuration and its administrator's key under the
    names that `ceph deploy` uses on the first of them, if it was not the first; cephadm has written both as
    `ceph`.
    """
    words = ["sudo", "bash", "-c", programs.read("ceph", "spread_key.sh"), "kit", access["cluster"]]
    for host in access["answering"]:
        if host["name"] in names:
            what = f"cluster {access['cluster']}"
            ssh.run(lab, access["site"], host, words, what=what, limit_seconds=_LIMIT_SECONDS)


def _placed(facts, names):
    """The services but OSDs whose list of hosts has nodes with these names."""
    return [
        service
        for service in facts["services"]
        if service["service_type"] != "osd" and nodes.without(_hosts(service), names) != _hosts(service)
    ]


def _is_free(facts, kind, names):
    return not any(name in names for name in nodes.with_daemon(facts, kind))


def _hosts(service):
    return service.get("placement", {}).get("hosts", [])


def _widened(facts, service, names):
    """The hosts of a service, with others in place of nodes with these names, and the nodes themselves."""
    hosts = _hosts(service)
    staying = nodes.without(hosts, names)
    if service["service_type"] not in _KINDS:
        return hosts
    able = [host for host in nodes.without(facts["able"], names) if host not in hosts]
    return hosts + able[: max(0, min(_ENOUGH, len(hosts)) - len(staying))]


def _narrowed(facts, service, names):
    return nodes.without(_widened(facts, service, names), names)


def _apply(lab, access, services, hosts):
    """Has cephadm place services on hosts, by their names, as far as that is news."""
    specs = [
        {**service, "placement": {**service["placement"], "hosts": hosts[service["service_name"]]}}
        for service in services
        if _hosts(service) != hosts[service["service_name"]]
    ]
    if specs:
        lines = "".join(f"---\n{json.dumps(spec)}\n" for spec in specs)
        ceph_cluster.run(lab, access, "place.sh", limit_seconds=_LIMIT_SECONDS, stdin=lines)


def _to_come(facts, hosts, names):
    """The monitors and managers that do not work yet on hosts that stay; None if all do."""
    missing = []
    for kind, name in _KINDS.items():
        there = facts["quorum"] if kind == "mon" else nodes.running(facts, kind)
        short = [nodes.short(host) for host in nodes.without(hosts.get(kind, []), names)]
        missing += [f"{name} of {host}" for host in short if host not in there]
    return f"waits for the {', '.join(missing)}" if missing else None


def _to_go(facts, hosts, names):
    """The services of nodes that have not gone yet; None if all have."""
    kinds = [service["service_type"] for service in facts["services"] if service["service_name"] in hosts]
    left = {name for kind in kinds for name in nodes.with_daemon(facts, kind) if name in names}
    left.update(name for name in facts["monitors"] if name in names)
    return f"waits until {', '.join(sorted(left))} has no {', '.join(hosts)}" if left else None

"""
The control plane's records of removed hosts: host aggregates, compute services, network agents,
volume services. Neither `overcloud delete` nor `node unprovision` removes them.
"""

from cloud import services
from cloud.keystone import Keystone
from errors import KitError
from hosts import containers, inventory, scheduling, ssh
from output import say
from parallel import each

_AT_ONCE = 16
_STOP_SECONDS = 120
_NAMED = 5
"""Hosts that a message names."""

# Units that would register their host again, and etcd, which ends as soon as its member is removed.
# TripleO's units have the names of its containers; the network agent is OVN's controller by TripleO's
# default, otherwise an agent of Neutron's.
_UNITS = [*(f"tripleo_{name}_*" for name in ("nova", "ovn", "neutron", "cinder")), "tripleo_etcd*"]


def server_faults(lab, site, hosts, others, dead=False):
    """
    The servers on hosts that are to leave a site which stays, a text for each host, with what to do.

    Args:
        hosts: as from `inventory.hosts`.
        others: the hosts that stay.
        dead: whether the hosts are off for good, so that servers cannot move while they run.
    """
    keystone = Keystone(lab)
    with_servers = {host: servers for host, servers in _Compute(keystone, hosts).servers().items() if servers}
    if not with_servers:
        return []
    found = scheduling.computes(keystone, others)
    places = [one["host"] for one in found if one["state"] == "up" and one["status"] == "enabled"]
    return [
        f"site {site}: {host} still has servers: {', '.join(servers)}. {_move(places, dead)} delete it with "
        "`openstack server delete ID`"
        for host, servers in with_servers.items()
    ]


def _move(places, dead):
    """How servers get to other hosts of their site, as the begin of a sentence."""
    if not places:
        return "No other nova-compute of the site is up and enabled: get one to run first, or"
    hosts = ", ".join([*places[:_NAMED], *(["…"] if len(places) > _NAMED else [])])
    if dead:
        return (
            "Start each on another host with `openstack server evacuate ID` (before that, `openstack "
            "--os-compute-api-version 2.11 compute service set --down HOST nova-compute`; others: "
            f"{hosts}), or"
        )
    return (
        "Move each with `openstack --os-compute-api-version 2.30 server migrate --live-migration --host "
        f"OTHER ID` (OTHER: {hosts}), or"
    )


def remove(lab, site, hosts):
    """
    Removes hosts of a site from Nova, Neutron and Cinder, as far as the catalog has these. First stops the
    services on hosts that still answer. Can be repeated after a failure.

    Args:
        hosts: as from `inventory.hosts`.

    Returns:
        The removed records, each as a text.

    Raises:
        KitError: servers are still on those hosts, or a service refused.
    """
    if not hosts:
        return []
    keystone = Keystone(lab)
    names = {host["name"] for host in hosts}
    compute = _Compute(keystone, hosts)
    compute.refuse_servers(site)
    _stop(lab, site, hosts)
    removed = compute.remove()
    if keystone.offers("network"):
        removed += _remove_agents(keystone, names)
    if keystone.offers("volumev3"):
        removed += _remove_volume_services(lab, keystone, names)
    for record in removed:
        say(f"site {site}: {record} was removed from the control plane's records")
    return removed


def _stop(lab, site, hosts):
    def stop(host):
        words = ["sudo", "systemctl", "stop", *_UNITS]
        try:
            ssh.run(lab, site, host, words, what="stopping its services", limit_seconds=_STOP_SECONDS)
        except ssh.Failed:
            raise
        except KitError as error:
            say(f"site {site}: {host['name']} is left as it is: {error}")

    each(hosts, stop, _AT_ONCE)


class _Compute:
    """Nova's records of hosts; none where the catalog has no Nova."""

    def __init__(self, keystone, hosts):
        self._keystone = keystone
        self._names = {host["name"] for host in hosts}
        self._services = scheduling.computes(keystone, hosts)

    def servers(self):
        """The servers on these nodes: {host of a nova-compute: [name and id as a text]}."""
        return {
            service["host"]: [
                f"{server['name']} ({server['id']})"
                for server in self._call("GET", f"/servers?all_tenants=1&host={service['host']}")["servers"]
            ]
            for service in self._services
        }

    def refuse_servers(self, site):
        """Raises KitError if these nodes still have servers: Nova does not delete their services then."""
        servers = [server for own in self.servers().values() for server in own]
        if servers:
            hosts = " ".join(service["host"] for service in self._services)
            raise KitError(
                f"site {site}: its nodes still have servers, and Nova keeps their records as long: "
                f"{', '.join(servers)}. Delete the servers with `openstack server delete ID` (for a node "
                "that is gone, first `openstack --os-compute-api-version 2.11 compute service set --down "
                f"HOST nova-compute`; the hosts: {hosts}), then run this again"
            )

    def remove(self):
        """
        Removes the nodes; returns the removed records, each as a text. Aggregates first: Nova does not remove
        a host without a service from an aggregate. An aggregate that becomes empty is removed if TripleO
        created it for a zone, whose name it has (THT deployment/nova/nova-az-config.yaml).
        """
        removed = []
        offered = self._keystone.offers("compute")
        for aggregate in services.aggregates(self._keystone) if offered else []:
            path = f"/os-aggregates/{aggregate['id']}"
            own = [host for host in aggregate["hosts"] if inventory.is_on(self._names, host)]
            for host in own:
                self._call("POST", f"{path}/action", {"remove_host": {"host": host}})
                removed.append(f"{host} of aggregate {aggregate['name']}")
            zone = aggregate["metadata"].get("availability_zone")
            if own == aggregate["hosts"] and own and zone == aggregate["name"]:
                self._call("DELETE", path)
                removed.append(f"aggregate {aggregate['name']}")
        for service in self._services:
            self._call("DELETE", f"/os-services/{service['id']}")
            removed.append(f"nova-compute on {service['host']}")
        return removed

    def _call(self, method, path, body=None):
        return self._keystone.call("compute", method, path, body, services.COMPUTE)


def _remove_agents(keystone, names):
    removed = []
    for agent in services.agents(keystone):
        if inventory.is_on(names, agent["host"]):
            keystone.call("network", "DELETE", f"/v2.0/agents/{agent['id']}")
            removed.append(f"{agent['binary']} on {agent['host']}")
    return removed


def _remove_volume_services(lab, keystone, names):
    """
    Removes volume services, and clusters that have no service left. Cinder's API cannot, so cinder-manage
    does. `cinder-manage cluster remove` exits with an error even when it succeeds (cinder objects/cluster.py
    destroy: the database returns nothing), so the list of clusters decides.
    """
    found = services.volumes(keystone)
    own = [service for service in found if inventory.is_on(names, service["host"])]
    removed = []

    def manage(*words, name):
        what = f"removing {name} from Cinder's records"
        containers.run(lab, ["cinder_api"], ["cinder-manage", *words], what=what)
        removed.append(name)

    for service in own:
        binary, host = service["binary"], service["host"]
        manage("service", "remove", binary, host, name=f"{binary} on {host}")
    staying = {service.get("cluster") for service in found if service not in own}
    clusters = {(service["binary"], service["cluster"]) for service in own if service.get("cluster")}
    for binary, cluster in sorted(clusters):
        if cluster not in staying:
            name = f"cluster {cluster} of {binary}"
            try:
                manage("cluster", "remove", binary, cluster, name=name)
            except ssh.Failed:
                left = keystone.call("volumev3", "GET", "/clusters", headers=services.VOLUME)["clusters"]
                if any((one["binary"], one["name"]) == (binary, cluster) for one in left):
                    raise
                removed.append(name)
    return removed

"""
What the control plane's services keep about the hosts of a removed site: host aggregates, compute services,
network agents, volume services. Neither `overcloud delete` nor `node unprovision` removes it.
"""

from cloud.keystone import Keystone
from errors import KitError
from hosts import containers, inventory, ssh
from lab import CONTROL
from output import say
from parallel import each

_AT_ONCE = 16
_STOP_SECONDS = 120

# Units that would register themselves again. TripleO's units are named after its containers; OVN's controller
# is the network agent of TripleO's default, the others are Neutron's own.
_UNITS = [f"tripleo_{name}_*" for name in ("nova", "ovn", "neutron", "cinder")]

# API version 2.53: services by UUID, which Nova deletes with their resource providers and cell mappings.
_COMPUTE = {"OpenStack-API-Version": "compute 2.53"}
# API version 3.7: volume services with their cluster.
_VOLUME = {"OpenStack-API-Version": "volume 3.7"}


def remove(lab, site):
    """
    Removes a site's hosts from Nova, Neutron and Cinder. Stops the services on hosts that still answer first,
    and passes over services that are not in the catalog. May be run again after a failure.

    Returns:
        What was removed, in words.

    Raises:
        KitError: servers are still on those hosts, or a service refused.
    """
    hosts = inventory.hosts(lab, site)
    if not hosts:
        return []
    keystone = Keystone(CONTROL)
    names = {host["name"] for host in hosts}
    compute = _Compute(keystone, names) if keystone.offers("compute") else None
    if compute:
        compute.refuse_servers(site)
    _stop(lab, site, hosts)
    removed = compute.remove() if compute else []
    if keystone.offers("network"):
        removed += _remove_agents(keystone, names)
    if keystone.offers("volumev3"):
        removed += _remove_volume_services(lab, keystone, names)
    for one in removed:
        say(f"site {site}: {one} is out of the control plane's records")
    return removed


def _of(names, host):
    """Whether a service's host, whose name may have a domain and a backend, is one of these nodes."""
    return host.partition("@")[0].partition(".")[0] in names


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
    """What Nova keeps about nodes of some names."""

    def __init__(self, keystone, names):
        self._keystone = keystone
        self._names = names
        services = self._call("GET", "/os-services?binary=nova-compute")["services"]
        self._services = [service for service in services if _of(names, service["host"])]

    def refuse_servers(self, site):
        """Raises KitError if servers are still on these nodes: Nova keeps services that have any."""
        servers = [
            f"{server['name']} ({server['id']})"
            for service in self._services
            for server in self._call("GET", f"/servers?all_tenants=1&host={service['host']}")["servers"]
        ]
        if servers:
            hosts = " ".join(service["host"] for service in self._services)
            raise KitError(
                f"site {site}: servers are still on its nodes, and Nova keeps these as long: "
                f"{', '.join(servers)}. Delete them with `openstack server delete ID`, where a node is gone "
                f"after `openstack compute service set --down HOST nova-compute` ({hosts}), then go on"
            )

    def remove(self):
        """
        Removes the nodes, and gives what was removed, in words. Aggregates first: Nova removes no host from
        an aggregate once the host's service is gone. An aggregate that is empty then is removed if TripleO
        makes it for a zone (THT deployment/nova/nova-az-config.yaml: it has the zone's name).
        """
        removed = []
        for aggregate in self._call("GET", "/os-aggregates")["aggregates"]:
            path = f"/os-aggregates/{aggregate['id']}"
            own = [host for host in aggregate["hosts"] if _of(self._names, host)]
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
        return self._keystone.call("compute", method, path, body, _COMPUTE)


def _remove_agents(keystone, names):
    removed = []
    for agent in keystone.call("network", "GET", "/v2.0/agents")["agents"]:
        if _of(names, agent["host"]):
            keystone.call("network", "DELETE", f"/v2.0/agents/{agent['id']}")
            removed.append(f"{agent['binary']} on {agent['host']}")
    return removed


def _remove_volume_services(lab, keystone, names):
    """
    Removes volume services by cinder-manage, since Cinder's API cannot, and clusters that have no service
    left. The removal of a cluster exits with an error even when it succeeds (cinder objects/cluster.py
    destroy: its database gives nothing back), so the list of clusters decides.
    """
    services = keystone.call("volumev3", "GET", "/os-services", headers=_VOLUME)["services"]
    own = [service for service in services if _of(names, service["host"])]
    removed = []

    def manage(*words, name):
        what = f"{name}: taking it out of Cinder's records"
        containers.run(lab, "cinder_api", ["cinder-manage", *words], what=what)
        removed.append(name)

    for service in own:
        binary, host = service["binary"], service["host"]
        manage("service", "remove", binary, host, name=f"{binary} on {host}")
    staying = {service.get("cluster") for service in services if service not in own}
    clusters = {(service["binary"], service["cluster"]) for service in own if service.get("cluster")}
    for binary, cluster in sorted(clusters):
        if cluster not in staying:
            name = f"cluster {cluster} of {binary}"
            try:
                manage("cluster", "remove", binary, cluster, name=name)
            except ssh.Failed:
                there = keystone.call("volumev3", "GET", "/clusters", headers=_VOLUME)["clusters"]
                if any((one["binary"], one["name"]) == (binary, cluster) for one in there):
                    raise
                removed.append(name)
    return removed

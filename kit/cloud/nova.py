"""The control plane's Nova (Compute API v2.1), and the networks of its Neutron (Networking API v2.0)."""

import time
import urllib.parse

from cloud.keystone import CloudError, Keystone
from errors import KitError

_GONE_SECONDS = 180
_PAUSE_SECONDS = 0.5
# Aggregates have a uuid from 2.41 on, servers have their flavor's fields from 2.47 on, and a hypervisor's id
# is that of its resource provider from 2.53 on.
_NEWER = {"OpenStack-API-Version": "compute 2.53"}

SERVICES = {"compute": "Nova", "network": "Neutron", "volumev3": "Cinder"}
"""Types of services in the catalog, and the projects that offer them."""


class Nova:
    """
    A client in a project: by default the administrator's, with all rights; in another one, with the rights
    that the administrator's user has there.

    Args:
        lab, timeout, project: as in `Keystone`.

    Attributes:
        keystone: the client's session.
    """

    def __init__(self, lab, timeout=120, project=None):
        self.keystone = Keystone(lab, timeout, project=project)

    def missing(self, services):
        """The types of services, as in SERVICES, that the catalog does not have."""
        return [service for service in services if not self.keystone.offers(service)]

    def zones(self):
        """
        Availability zones of nova-computes: name -> {host: whether its nova-compute is up and not disabled}.
        """
        answer = self._compute("GET", "/os-availability-zone/detail")
        found = {}
        for zone in answer["availabilityZoneInfo"]:
            hosts = {
                host: services["nova-compute"]["available"] and services["nova-compute"]["active"]
                for host, services in (zone.get("hosts") or {}).items()
                if "nova-compute" in services
            }
            if hosts:
                found[zone["zoneName"]] = hosts
        return found

    def aggregates(self, zone):
        """The host aggregates that make an availability zone."""
        found = self._compute("GET", "/os-aggregates", headers=_NEWER)["aggregates"]
        return [aggregate for aggregate in found if aggregate["availability_zone"] == zone]

    def providers(self):
        """nova-compute host -> UUID of its resource provider in Placement."""
        found = self._compute("GET", "/os-hypervisors/detail", headers=_NEWER)["hypervisors"]
        return {hypervisor["service"]["host"]: hypervisor["id"] for hypervisor in found}

    def flavors(self):
        """All flavors."""
        return self._compute("GET", "/flavors/detail?is_public=None&limit=1000")["flavors"]

    def make_flavor(self, fields):
        """Creates a flavor, and returns it."""
        return self._compute("POST", "/flavors", {"flavor": fields})["flavor"]

    def servers(self, name):
        """The servers of all projects of exactly this name."""
        # Nova reads the name as a regular expression.
        query = urllib.parse.urlencode({"name": f"^{name}$", "all_tenants": 1})
        found = self._compute("GET", f"/servers/detail?{query}")["servers"]
        return [server for server in found if server["name"] == name]

    def servers_named(self, start):
        """The servers of all projects whose names start so."""
        query = urllib.parse.urlencode({"name": f"^{start}", "all_tenants": 1})
        return self._compute("GET", f"/servers/detail?{query}")["servers"]

    def all_servers(self):
        """The servers of all projects."""
        found = []
        while True:
            # Nova gives at most `osapi_max_limit` servers an answer, 1000 by default.
            marker = f"&marker={found[-1]['id']}" if found else ""
            page = self._compute("GET", f"/servers/detail?all_tenants=1{marker}")["servers"]
            if not page:
                return found
            found += page

    def server(self, server_id):
        """A server by its id; None if there is none."""
        try:
            return self._compute("GET", f"/servers/{server_id}")["server"]
        except CloudError as error:
            if error.status == 404:
                return None
            raise

    def flavor_of(self, server_id):
        """
        The flavor that a server was asked for with, also if the flavor is gone: {vcpus, ram, disk, ephemeral,
        swap, extra_specs}. ram and swap in MiB, disk and ephemeral in GiB.
        """
        return self._compute("GET", f"/servers/{server_id}", headers=_NEWER)["server"]["flavor"]

    def create(self, fields):
        """Asks for a server, and returns its id. Nova schedules the server later."""
        return self._compute("POST", "/servers", {"server": fields})["server"]["id"]

    def delete(self, server_id):
        """Asks Nova to delete a server, unless it is gone already."""
        self.keystone.delete("compute", f"/servers/{server_id}")

    def remove(self, name, ids):
        """
        Removes servers of a name, which may be gone already, and waits until they are gone.

        Raises:
            KitError: a server is not gone in time.
        """
        for server_id in ids:
            self.delete(server_id)
        until = time.monotonic() + _GONE_SECONDS
        for server_id in ids:
            while self.server(server_id) is not None:
                if time.monotonic() > until:
                    raise KitError(
                        f"server {name} ({server_id}): is not gone after {_GONE_SECONDS} s; look at "
                        "nova-compute at its site, then remove it by `openstack server delete`"
                    )
                time.sleep(_PAUSE_SECONDS)

    def console(self, server_id, lines):
        """
        The last lines of a server's serial console; '' while Nova cannot read them.
        """
        body = {"os-getConsoleOutput": {"length": lines}}
        try:
            return self._compute("POST", f"/servers/{server_id}/action", body)["output"] or ""
        except CloudError as error:
            # 404: the server's host has no log yet; 409: the server has no host yet.
            if error.status in (404, 409):
                return ""
            raise

    def networks(self):
        """All networks that the administrator sees."""
        return self._network("GET", "/networks")["networks"]

    def make_network(self, name, cidr):
        """Creates a network and in it a subnet without gateway, both with this name; returns the network."""
        network = self._network("POST", "/networks", {"network": {"name": name}})["network"]
        self.make_subnet(network["id"], name, cidr)
        return network

    def users_of(self, network_id):
        """Ids of the projects with which a network is shared; `*` for all (Neutron's RBAC policies)."""
        query = f"object_type=network&object_id={network_id}&action=access_as_shared"
        found = self._network("GET", f"/rbac-policies?{query}")["rbac_policies"]
        return {policy["target_tenant"] for policy in found}

    def share(self, network_id, project):
        """Lets a project use a network."""
        if not self.users_of(network_id) & {project, "*"}:
            fields = {"object_type": "network", "object_id": network_id, "action": "access_as_shared"}
            self._network("POST", "/rbac-policies", {"rbac_policy": {**fields, "target_tenant": project}})

    def make_subnet(self, network_id, name, cidr):
        """Creates a subnet in a network."""
        subnet = {"network_id": network_id, "name": name, "ip_version": 4, "cidr": cidr, "gateway_ip": None}
        self._network("POST", "/subnets", {"subnet": subnet})

    def _compute(self, method, path, body=None, headers=None):
        return self.keystone.call("compute", method, path, body, headers)

    def _network(self, method, path, body=None):
        return self.keystone.call("network", method, f"/v2.0{path}", body)

"""The services on hosts, as the control plane's Nova, Neutron and Cinder list them."""

COMPUTE = {"OpenStack-API-Version": "compute 2.53"}
"""From 2.53 on, Nova has UUIDs of services, and deletes their resource providers and cell mappings, too."""
VOLUME = {"OpenStack-API-Version": "volume 3.7"}
"""From 3.7 on, Cinder has volume services with their cluster."""


def computes(keystone):
    """The nova-computes: [{id, host, zone, status, state, disabled_reason}]."""
    path = "/os-services?binary=nova-compute"
    return keystone.call("compute", "GET", path, headers=COMPUTE)["services"]


def aggregates(keystone):
    """Nova's host aggregates: [{id, name, hosts, metadata}]."""
    return keystone.call("compute", "GET", "/os-aggregates", headers=COMPUTE)["aggregates"]


def agents(keystone):
    """Neutron's agents: [{id, binary, host, alive, admin_state_up}]."""
    return keystone.call("network", "GET", "/v2.0/agents")["agents"]


def volumes(keystone):
    """Cinder's services: [{binary, host, zone, status, state, cluster}]."""
    return keystone.call("volumev3", "GET", "/os-services", headers=VOLUME)["services"]


_OWNER = {"OpenStack-API-Version": "volume 3.61"}
"""From 3.61 on, Cinder has volumes with their cluster."""
_PAGE = 1000


def block_volumes(keystone):
    """Cinder's volumes of all projects: [{id, name, cluster_name, os-vol-host-attr:host, …}]."""
    found, path = [], f"/volumes/detail?all_tenants=1&limit={_PAGE}"
    while True:
        page = keystone.call("volumev3", "GET", path, headers=_OWNER)["volumes"]
        found += page
        if len(page) < _PAGE:
            return found
        path = f"/volumes/detail?all_tenants=1&limit={_PAGE}&marker={page[-1]['id']}"

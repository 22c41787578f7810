#!/opt/tripleo/bin/python
"""Prints the facts of a stack's config-download directory as JSON {name: value}.

Facts of all KEYS and functions below are printed if they exist, so that a test also finds unexpected ones.

usage: facts.py STACK NETWORKS    the file that `network provision` wrote for the stack

    node/<name>/role, node/<name>/<network>   group and address in Ansible's inventory
    role/<Role>/<key>                         puppet's data of a role (hieradata)
    role/<Role>/network config                whether the configuration phase runs os-net-config
    role/<Role>/rp_filter, role/<Role>/time servers   what Ansible sets on the hosts
    role/<Role>/network <network>             for NIC templates and pings of gateways
    role/<Role>/services                      the role's services, of those in SERVICES
    subnet/<name>                             as Neutron has it; hosts ping the gateway
    vip/<network>                             virtual addresses
    domain, cloud names                       DNS domain of the hosts, names of the end points
    ceph/…                                    variables of the tasks for Ceph that run on the undercloud
    zone                                      host aggregate and availability zone of the nova-computes
"""

import json
import pathlib
import sys

import yaml

GLANCE = "tripleo::profile::base::glance::api"
CINDER = "tripleo::profile::base::cinder::volume"
KEYS = (
    "glance_backend",
    f"{GLANCE}::glance_backend_id",
    f"{GLANCE}::glance_store_description",
    f"{GLANCE}::multistore_config",
    f"{GLANCE}::glance_enable_cache",
    "glance::api::image_cache_max_size",
    "glance::api::cache_prefetcher_interval",
    "glance::api::pipeline",
    "glance::api::enabled_import_methods",
    "glance::backend::rbd::rbd_store_ceph_conf",
    "glance::backend::rbd::rbd_store_pool",
    "glance::backend::rbd::rbd_store_user",
    "glance::policy::policies",
    "nova::availability_zone::default_schedule_zone",
    "nova::cross_az_attach",
    "nova::glance::endpoint_override",
    "nova::workarounds::never_download_image_if_on_rbd",
    "nova::compute::rbd::ephemeral_storage",
    "nova::compute::rbd::libvirt_images_rbd_pool",
    "nova::compute::rbd::libvirt_images_rbd_ceph_conf",
    "nova::compute::rbd::libvirt_images_rbd_glance_store_name",
    "nova::compute::rbd::libvirt_rbd_user",
    "nova::compute::rbd::libvirt_rbd_secret_uuid",
    "cinder::storage_availability_zone",
    f"{CINDER}::cinder_enable_rbd_backend",
    f"{CINDER}::cinder_volume_cluster",
    f"{CINDER}::rbd::cinder_rbd_ceph_conf",
    f"{CINDER}::rbd::cinder_rbd_pool_name",
    f"{CINDER}::rbd::cinder_rbd_user_name",
    f"{CINDER}::rbd::cinder_rbd_secret_uuid",
    "neutron::plugins::ml2::flat_networks",
    "neutron::plugins::ml2::network_vlan_ranges",
    "ovn::controller::ovn_bridge_mappings",
)
SERVICES = (
    "ceph_client",
    "ceph_mgr",
    "ceph_mon",
    "ceph_osd",
    "chrony",
    "cinder_volume",
    "etcd",
    "glance_api",
    "glance_api_edge",
    "haproxy",
    "haproxy_edge",
    "nova_compute",
    "swift_proxy",
    "swift_storage",
)
NETWORKS = ("ctlplane", "storage", "storage_mgmt", "internal_api", "tenant", "external")


def main(stack, networks):
    directory = pathlib.Path.home() / "overcloud-deploy" / stack / "config-download" / stack
    roles = {
        file.name: load(file) for file in sorted((directory / "group_vars").iterdir()) if not file.suffix
    }
    facts = {}
    for role, variables in roles.items():
        data = {
            **variables["service_configs"],
            **variables["extraconfig"],
            **variables["role_extraconfig"],
        }
        facts.update({f"role/{role}/{key}": data[key] for key in KEYS if key in data})
        facts[f"role/{role}/network config"] = variables["tripleo_network_config_with_ansible"]
        ansible = load(directory / role / "ansible_group_vars.yaml")
        settings = ansible["tripleo_kernel_sysctl_extra_settings"]
        facts[f"role/{role}/rp_filter"] = settings["net.ipv4.conf.all.rp_filter"]["value"]
        if "chrony_ntp_servers" in ansible:
            facts[f"role/{role}/time servers"] = ansible["chrony_ntp_servers"]
        facts.update(networks_of(role, variables))
        facts[f"role/{role}/services"] = sorted(set(SERVICES) & set(variables["service_names"]))
    facts.update(nodes(directory, stack, roles))
    facts.update(subnets(networks))
    variables = load(directory / "global_vars.yaml")
    for network, address in variables["net_vip_map"].items():
        if network in NETWORKS and address:
            facts[f"vip/{network}"] = address
    facts["domain"] = variables["cloud_domain"]
    facts["cloud names"] = variables["cloud_names"]
    facts.update(of_tasks(directory))
    print(json.dumps(facts))


def networks_of(role, variables):
    """Facts of the networks of a role's hosts."""
    facts = {}
    for network in NETWORKS:
        prefix = variables.get("ctlplane_subnet_cidr" if network == "ctlplane" else f"{network}_cidr")
        if prefix is None:
            continue
        routes = variables[f"{network}_host_routes"]
        fact = {
            "prefix": int(prefix),
            "mtu": variables[f"{network}_mtu"],
            "gateway": variables[f"{network}_gateway_ip"],
            "routes": sorted(
                f"default via {route['next_hop']}"
                if route.get("default")
                else f"{route['destination']} via {route['nexthop']}"
                for route in routes
            ),
        }
        if network != "ctlplane":
            fact["vlan"] = variables[f"{network}_vlan_id"]
        facts[f"role/{role}/network {network}"] = fact
    return facts


def nodes(directory, stack, roles):
    """Facts of the nodes, from the inventory."""
    inventory = load(directory / "tripleo-ansible-inventory.yaml")
    facts = {}
    for role in roles:
        for name, variables in (inventory[f"{stack}_{role}"].get("hosts") or {}).items():
            facts[f"node/{name}/role"] = role
            for network in NETWORKS:
                if f"{network}_ip" in variables:
                    facts[f"node/{name}/{network}"] = variables[f"{network}_ip"]
            if not (directory / "host_vars" / name).exists():
                facts[f"node/{name}/host_vars"] = "missing"
    return facts


def of_tasks(directory):
    """Facts of the tasks that run on the undercloud."""
    facts = {}
    for file in sorted(directory.glob("external_*_tasks*.yaml")):
        for variables in mappings(load(file)):
            ceph = variables.get("cephadm_extra_vars") or {}
            if "tripleo_cephadm_cluster" in ceph:
                put(facts, "ceph/cluster", ceph["tripleo_cephadm_cluster"])
                put(facts, "ceph/fsid", ceph["tripleo_cephadm_fsid"])
            if "ceph_pools" in variables:
                pools = variables["ceph_pools"]["extra_pools"]
                put(facts, "ceph/pools", sorted(pool["name"] for pool in pools))
            if "tripleo_ceph_client_vars" in variables:
                put(facts, "ceph/client variables", variables["tripleo_ceph_client_vars"])
            if "ceph_external_multi_config" in variables:
                clusters = variables["ceph_external_multi_config"]
                put(facts, "ceph/external", {entry["cluster"]: entry["fsid"] for entry in clusters})
            if "os_nova_host_aggregate" in variables:
                aggregate = variables["os_nova_host_aggregate"]
                put(facts, "zone", [aggregate["name"], aggregate["availability_zone"]])
    return facts


def subnets(file):
    """Facts of the subnets that `network provision` found in Neutron."""
    networks = load(file)["parameter_defaults"]["DeployedNetworkEnvironment"]["net_attributes_map"]
    facts = {}
    for network, attributes in networks.items():
        for name, subnet in attributes["subnets"].items():
            vlans = [int(tag.split("=")[1]) for tag in subnet["tags"] if tag.startswith("tripleo_vlan_id=")]
            facts[f"subnet/{name}"] = {
                "network": network,
                "mtu": attributes["network"]["mtu"],
                "cidr": subnet["cidr"],
                "gateway": subnet["gateway_ip"],
                "vlan": vlans[0] if vlans else None,
                "routes": sorted(
                    f"{route['destination']} via {route['nexthop']}" for route in subnet["host_routes"]
                ),
            }
    return facts


def put(facts, name, value):
    """Adds a fact; another value of the same fact is added under another name, so that a test fails."""
    if facts.setdefault(name, value) != value:
        facts[f"{name} elsewhere"] = value


def mappings(value):
    """Yields all mappings in a document."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from mappings(part)


def load(path):
    with open(path) as file:
        return yaml.load(file, yaml.CSafeLoader)


if __name__ == "__main__":
    main(*sys.argv[1:])

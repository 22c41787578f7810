"""Neutron's API, on the first Controller, and its agents on the nodes.

From THT's neutron-api-container-puppet.yaml and neutron-base.yaml. STAND-IN for OVN, whose Open vSwitch needs
a kernel module: Neutron's linuxbridge agent runs on every node that would have an ovn-controller and connects
bridges by VXLAN tunnels, over the same network as OVN's tunnels. One DHCP agent runs on the first Controller;
with OVN, each node answers DHCP requests. Networks have no routers, and servers no metadata service.
"""

from dcn_common import balancing
from dcn_common.services.keystone import authtoken, credentials, database_url
from dcn_common.services.oslo_messaging import transport_url

ML2 = "neutron::plugins::ml2"
API = {"neutron_api": "/usr/bin/neutron-server"}
L2 = {"neutron_linuxbridge_agent": "/usr/bin/neutron-linuxbridge-agent"}
DHCP = {"neutron_dhcp": "/usr/bin/neutron-dhcp-agent"}


def deploy_step(step, overcloud, node):
    units = units_of(node)
    if not units:
        return []
    api = "neutron_api" in units
    if step == 3:
        return [
            (
                "neutron.configure",
                {"options": configuration(overcloud, node, api), "plugins": plugins(overcloud, node, api)},
            )
        ]
    if step == 4:
        return [("neutron.serve", {"units": units})]
    if step == 5 and api:
        return [("neutron.ready", {"url": f"http://{node.hiera('neutron::bind_host')}:{_port(overcloud)}/"})]
    return []


def units_of(node):
    """Returns {unit: program} of a node. Controllers run no servers: bridges are only for the DHCP agent."""
    if "neutron_api" in node.services:
        return {**API, **L2, **DHCP} if node.leads("neutron_api") else {}
    return L2 if "ovn_controller" in node.services else {}


def _port(overcloud):
    return int(overcloud.endpoints["NeutronInternal"]["port"])


def configuration(overcloud, node, api):
    """Returns the sections of neutron.conf for the agents; `api` adds the API, which runs in one process."""
    sections = {
        "DEFAULT": {
            "debug": node.hiera("neutron::logging::debug", False),
            "state_path": "/var/lib/neutron",
            "host": node.hiera("neutron::host"),
            "transport_url": transport_url(node),
            "core_plugin": node.hiera("neutron::core_plugin"),
            "global_physnet_mtu": node.hiera("neutron::global_physnet_mtu"),
            "dns_domain": node.hiera("neutron::dns_domain"),
            "dhcp_agents_per_network": 1,
        },
        "agent": {"root_helper": "env"},
        # The agents run as root.
        "privsep": {"helper_command": "privsep-helper"},
        "experimental": {"linuxbridge": True},
        "oslo_concurrency": {"lock_path": "/var/lib/neutron/lock"},
        "oslo_messaging_rabbit": {
            "heartbeat_timeout_threshold": node.hiera("neutron::rabbit_heartbeat_timeout_threshold")
        },
    }
    if not api:
        return sections
    sections["DEFAULT"].update(
        {
            "bind_host": node.hiera("neutron::bind_host"),
            "bind_port": _port(overcloud),
            "api_workers": 0,
            "rpc_workers": 0,
            "rpc_state_report_workers": 0,
            "notify_nova_on_port_status_changes": True,
            "notify_nova_on_port_data_changes": True,
        }
    )
    return {
        **sections,
        "database": {"connection": database_url(node.hiera("neutron::db::database_connection"))},
        "keystone_authtoken": authtoken(node, "neutron::keystone::authtoken", "neutron"),
        "nova": credentials(node, "neutron::server::notifications::nova", "nova"),
        "placement": credentials(node, "neutron::server::placement", "nova"),
        "quotas": {
            f"quota_{kind}": node.hiera(f"neutron::quota::quota_{kind}")
            for kind in ("port", "security_group")
        },
        "oslo_middleware": {
            "enable_proxy_headers_parsing": node.hiera("neutron::server::enable_proxy_headers_parsing")
        },
    }


def plugins(overcloud, node, api):
    """Returns {file name: sections} of the agents; `api` adds the plugin."""
    firewall = {"firewall_driver": "iptables", "enable_security_group": True, "enable_ipset": True}
    files = {
        "linuxbridge_agent.ini": {
            "vxlan": {
                "enable_vxlan": True,
                "local_ip": node.address(overcloud.network("neutron_tenant")),
                "l2_population": True,
                # The port that TripleO's firewall opens; the kernel's own is 8472.
                "udp_dstport": 4789,
            },
            "agent": {"polling_interval": 1},
            "securitygroup": firewall,
        },
        "dhcp_agent.ini": {
            "DEFAULT": {
                "interface_driver": "linuxbridge",
                "dhcp_driver": "neutron.agent.linux.dhcp.Dnsmasq",
                "enable_isolated_metadata": False,
                "bulk_reload_interval": 0,
            }
        },
    }
    if api:
        files["ml2_conf.ini"] = {
            "ml2": {
                "type_drivers": ",".join(
                    kind for kind in node.hiera(f"{ML2}::type_drivers") if kind != "geneve"
                ),
                "tenant_network_types": "vxlan",
                "mechanism_drivers": "linuxbridge,l2population",
                "extension_drivers": "port_security",
            },
            "ml2_type_vxlan": {"vni_ranges": ",".join(node.hiera(f"{ML2}::vni_ranges"))},
            "ml2_type_flat": {"flat_networks": ",".join(node.hiera(f"{ML2}::flat_networks"))},
            "ml2_type_vlan": {"network_vlan_ranges": ",".join(node.hiera(f"{ML2}::network_vlan_ranges"))},
            "securitygroup": firewall,
        }
    return files


def balanced(overcloud):
    nodes = overcloud.group("neutron_api")[:1]
    if not nodes:
        return []
    network, port = overcloud.network("neutron_api"), _port(overcloud)
    return [
        balancing.Frontend(
            "neutron",
            [network, overcloud.network("public")],
            port,
            port,
            nodes,
            network,
            check="/",
            tls_port=13696,
        )
    ]

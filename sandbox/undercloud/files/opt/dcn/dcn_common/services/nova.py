"""Nova's API, conductor and scheduler, on the first Controller; nova-compute is in nova_compute.py.

From THT's nova-api-, nova-conductor- and nova-scheduler-container-puppet.yaml and nova-base-puppet.yaml.
There is no metadata API and no console proxy: servers get a config drive. STAND-IN for the copies on the
other Controllers, as for Placement, Neutron and Cinder: each would take a gigabyte, and none could work
without the database, bus and virtual addresses of the first Controller.
"""

from dcn_common import balancing
from dcn_common.services import memcached
from dcn_common.services.keystone import authtoken, credentials, database_url
from dcn_common.services.oslo_messaging import transport_url

UNITS = {
    "nova_api": "/usr/bin/nova-api",
    "nova_conductor": "/usr/bin/nova-conductor",
    "nova_scheduler": "/usr/bin/nova-scheduler",
}


def deploy_step(step, overcloud, node):
    units = {name: command for name, command in UNITS.items() if node.leads(name)}
    if not units:
        return []
    if step == 3:
        return [("nova.configure", {"options": configuration(overcloud, node)})]
    if step == 4:
        return [("nova.serve", {"units": units})]
    if step == 5 and "nova_api" in units:
        return [
            (
                "nova.ready",
                {"url": f"http://{node.hiera('nova::wsgi::apache_api::bind_host')}:{_port(overcloud)}/"},
            )
        ]
    return []


def _port(overcloud):
    return int(overcloud.endpoints["NovaInternal"]["port"])


def common(node):
    """Returns the sections of nova.conf that Controllers and compute hosts share."""
    return {
        "DEFAULT": {
            "debug": node.hiera("nova::logging::debug", False),
            "log_dir": "/var/log/nova",
            "state_path": "/var/lib/nova",
            "host": node.hiera("nova::host"),
            "my_ip": node.hiera("nova::my_ip"),
            "transport_url": transport_url(node),
            "rpc_response_timeout": node.hiera("nova::rpc_response_timeout"),
        },
        # An edge site's own glance-api; without a value, Nova takes the one of the catalog.
        "glance": {
            "endpoint_override": node.hiera("nova::glance::endpoint_override"),
            "region_name": node.hiera("nova::os_region_name"),
            "valid_interfaces": "internal",
        },
        "cinder": {
            **credentials(node, "nova::cinder", "cinder"),
            "catalog_info": node.hiera("nova::cinder_catalog_info"),
            "os_region_name": node.hiera("nova::os_region_name"),
            "cross_az_attach": node.hiera("nova::cross_az_attach"),
        },
        "neutron": credentials(node, "nova::network::neutron", "neutron"),
        "placement": credentials(node, "nova::placement", "placement"),
        "service_user": credentials(node, "nova::keystone::service_user", "nova"),
        "keystone_authtoken": authtoken(node, "nova::keystone::authtoken", "nova"),
        "oslo_concurrency": {"lock_path": "/var/lib/nova/lock"},
        "oslo_messaging_rabbit": {
            "heartbeat_timeout_threshold": node.hiera("nova::rabbit_heartbeat_timeout_threshold")
        },
    }


def configuration(overcloud, node):
    """Returns the sections of a Controller's nova.conf: one process per service."""
    sections = common(node)
    sections["DEFAULT"].update(
        {
            "enabled_apis": "osapi_compute",
            "osapi_compute_listen": node.hiera("nova::wsgi::apache_api::bind_host"),
            "osapi_compute_listen_port": _port(overcloud),
            "osapi_compute_workers": 1,
            "default_schedule_zone": node.hiera("nova::availability_zone::default_schedule_zone"),
            "allow_resize_to_same_host": node.hiera("nova::api::allow_resize_to_same_host"),
        }
    )
    return {
        **sections,
        "api_database": {"connection": database_url(node.hiera("nova::api_database_connection"))},
        "database": {"connection": database_url(node.hiera("nova::database_connection"))},
        "api": {"max_limit": node.hiera("nova::api::max_limit")},
        "conductor": {"workers": 1},
        "scheduler": {
            "workers": 1,
            "discover_hosts_in_cells_interval": node.hiera(
                "nova::scheduler::discover_hosts_in_cells_interval"
            ),
        },
        "cache": {
            "enabled": node.hiera("nova::cache::enabled"),
            "backend": node.hiera("nova::cache::backend"),
            "memcache_servers": ",".join(memcached.servers(node)),
        },
        "oslo_middleware": {
            "enable_proxy_headers_parsing": node.hiera("nova::api::enable_proxy_headers_parsing")
        },
    }


def balanced(overcloud):
    nodes = overcloud.group("nova_api")[:1]
    if not nodes:
        return []
    network, port = overcloud.network("nova_api"), _port(overcloud)
    return [
        balancing.Frontend(
            "nova_osapi",
            [network, overcloud.network("public")],
            port,
            port,
            nodes,
            network,
            check="/",
            tls_port=13774,
        )
    ]

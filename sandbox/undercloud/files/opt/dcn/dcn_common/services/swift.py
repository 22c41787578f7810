"""Swift on every Controller: the proxy, and the account, container and object servers behind it.

From THT's swift-proxy-container-puppet.yaml, swift-storage-container-puppet.yaml and
swift-ringbuilder-container-puppet.yaml, read as puppet-swift and puppet-tripleo's profile::base::swift do.
STAND-IN for replicators, auditors, updaters and the expirer: none runs; the proxy writes all copies.
"""

from dcn_common import balancing
from dcn_common.services import memcached

RINGS = "tripleo::profile::base::swift::ringbuilder"
STORAGE = "swift::storage::all"
SERVERS = ("account", "container", "object")


def deploy_step(step, overcloud, node):
    proxy, storage = (f"swift_{part}" in node.services for part in ("proxy", "storage"))
    if not (proxy or storage):
        return []
    if step == 3:
        return [
            ("swift_servers.configure", common(node, rings(overcloud, node))),
            *([("swift_servers.configure_storage", {"servers": storage_servers(node)})] if storage else []),
            *([("swift_servers.configure_proxy", {"sections": proxy_server(node)})] if proxy else []),
        ]
    if step == 4:
        kinds = [*(SERVERS if storage else ()), *(["proxy"] if proxy else [])]
        return [("swift_servers.serve", {"kinds": kinds})]
    if step == 5 and proxy:
        return [
            (
                "swift_servers.ready",
                {"url": f"http://{node.hiera('swift::proxy::proxy_local_net_ip')}:{_port(node)}"},
            )
        ]
    return []


def _port(node):
    return int(node.hiera("swift::proxy::port"))


def common(node, known_rings):
    """Returns the arguments of node/swift_servers.py's configure(): swift.conf and the rings."""
    sections = {
        "swift-hash": {
            "swift_hash_path_suffix": node.hiera("swift::swift_hash_path_suffix"),
            "swift_hash_path_prefix": node.hiera("swift::swift_hash_path_prefix"),
        },
        "storage-policy:0": {"name": "Policy-0", "default": True},
    }
    return {"sections": sections, "rings": known_rings}


def rings(overcloud, node):
    """Returns {kind: {part_power, replicas, min_part_hours, devices: [{ip, port, device}…]}}."""
    network = overcloud.network("swift_storage")
    addresses = [other.address(network) for other in overcloud.group("swift_storage")]
    # A raw disk is ':%PORT%/d1'; puppet-tripleo's tripleo_swift_devices prefixes region, zone and address.
    disks = [disk.rpartition("/")[2] for disk in node.hiera(f"{RINGS}::raw_disks")]
    found = {}
    for kind in SERVERS:
        port = int(node.hiera(f"{STORAGE}::{kind}_port"))
        devices = [{"ip": address, "port": port, "device": disk} for address in addresses for disk in disks]
        found[kind] = {
            "part_power": int(node.hiera(f"{RINGS}::part_power")),
            "replicas": min(len(devices), int(node.hiera(f"{RINGS}::replicas"))),
            "min_part_hours": int(node.hiera(f"{RINGS}::min_part_hours")),
            "devices": devices,
        }
    return found


def storage_servers(node):
    """Returns {kind: sections} of the storage servers' configuration."""
    address = node.hiera(f"{STORAGE}::storage_local_net_ip")
    return {
        kind: {
            "DEFAULT": {
                "bind_ip": address,
                "bind_port": int(node.hiera(f"{STORAGE}::{kind}_port")),
                "user": "swift",
                "devices": "/srv/node",
                "mount_check": node.hiera(f"{STORAGE}::mount_check", False),
                "workers": node.hiera(f"{STORAGE}::{kind}_server_workers", 0),
            },
            "pipeline:main": {"pipeline": " ".join(node.hiera(f"{STORAGE}::{kind}_pipeline"))},
            f"app:{kind}-server": {"use": f"egg:swift#{kind}"},
            "filter:healthcheck": {"use": "egg:swift#healthcheck"},
            "filter:recon": {"use": "egg:swift#recon"},
        }
        for kind in SERVERS
    }


def proxy_server(node):
    """Returns the sections of proxy-server.conf, with one for each filter of the pipeline."""
    pipeline = node.hiera("swift::proxy::pipeline")
    sections = {
        "DEFAULT": {
            "bind_ip": node.hiera("swift::proxy::proxy_local_net_ip"),
            "bind_port": _port(node),
            "user": "swift",
            "workers": node.hiera("swift::proxy::workers", 0),
        },
        "pipeline:main": {"pipeline": " ".join(pipeline)},
        "app:proxy-server": {
            "use": "egg:swift#proxy",
            "account_autocreate": node.hiera("swift::proxy::account_autocreate"),
            "node_timeout": node.hiera("swift::proxy::node_timeout"),
            "recoverable_node_timeout": node.hiera("swift::proxy::recoverable_node_timeout"),
        },
    }
    special = {
        "authtoken": {
            "paste.filter_factory": "keystonemiddleware.auth_token:filter_factory",
            **_authtoken(node),
        },
        "keystone": {
            "use": "egg:swift#keystoneauth",
            "operator_roles": ", ".join(node.hiera("swift::proxy::keystone::operator_roles")),
        },
        "cache": {"use": "egg:swift#memcache", "memcache_servers": ",".join(memcached.servers(node))},
        "proxy-logging": {"use": "egg:swift#proxy_logging"},
        "s3token": {"use": "egg:swift#s3token", "auth_uri": node.hiera("swift::proxy::s3token::auth_uri")},
        "versioned_writes": {
            "use": "egg:swift#versioned_writes",
            "allow_versioned_writes": node.hiera("swift::proxy::versioned_writes::allow_versioned_writes"),
        },
    }
    for name in dict.fromkeys(pipeline[:-1]):
        sections[f"filter:{name}"] = special.get(name) or {"use": f"egg:swift#{name}"}
    return sections


def _authtoken(node):
    given = {
        key.rpartition("::")[2]: value
        for key, value in node.hiera_matching("swift::proxy::authtoken::.*").items()
    }
    return {
        "auth_type": "password",
        "username": "swift",
        "user_domain_id": "default",
        "project_domain_id": "default",
        "delay_auth_decision": True,
        "memcached_servers": ",".join(memcached.servers(node)),
        **given,
    }


def balanced(overcloud):
    nodes = overcloud.group("swift_proxy")
    if not nodes:
        return []
    network = overcloud.network("swift_proxy")
    port = int(overcloud.endpoints["SwiftInternal"]["port"])
    networks = [network, overcloud.network("public")]
    return [
        balancing.Frontend(
            "swift_proxy_server",
            networks,
            port,
            _port(nodes[0]),
            nodes,
            network,
            check="/healthcheck",
            tls_port=13808,
        )
    ]

"""Cinder's API and scheduler, on the first Controller, and its volume servers.

From THT's cinder-api-, cinder-scheduler- and cinder-volume-container-puppet.yaml, read as puppet-tripleo's
profile::base::cinder::volume does. Under pacemaker the Controllers share one volume server; here it
runs on the first node. At an edge site (CinderVolumeEdge) every node has one, and a site's volume
servers are one active/active cluster. RBD is the only backend; without it no volume server runs.
"""

import pathlib

from dcn_common import balancing
from dcn_common.errors import SandboxError
from dcn_common.services import etcd
from dcn_common.services.keystone import administrator, authtoken, credentials, database_url
from dcn_common.services.oslo_messaging import transport_url

VOLUME = "tripleo::profile::base::cinder::volume"
PROGRAMS = {
    name: f"/usr/bin/{name.replace('_', '-')}" for name in ("cinder_api", "cinder_scheduler", "cinder_volume")
}


def deploy_step(step, overcloud, node):
    units = {name: program for name, program in PROGRAMS.items() if _runs_on(node, name)}
    if not units:
        return []
    if step == 3:
        options = configuration(overcloud, node, volume="cinder_volume" in units)
        return [("cinder.configure", {"options": options})]
    if step == 4:
        return [("cinder.serve", {"units": units})]
    if step == 5 and "cinder_api" in units:
        return [
            (
                "cinder.ready",
                {"url": f"http://{node.hiera('cinder::wsgi::apache::bind_host')}:{_port(overcloud)}/"},
            )
        ]
    return []


def _runs_on(node, service):
    if service != "cinder_volume":
        return node.leads(service)
    if not node.hiera(f"{VOLUME}::cinder_enable_rbd_backend"):
        return False
    # Without a cluster, a second server of the same host name would repeat the first one's work.
    return service in node.services if _cluster(node) else node.leads(service)


def _port(overcloud):
    return int(overcloud.endpoints["CinderV3Internal"]["port"])


def _cluster(node):
    return node.hiera(f"{VOLUME}::cinder_volume_cluster")


def configuration(overcloud, node, volume):
    """Returns the sections of cinder.conf: one process per service; `volume` adds the backends."""
    enabled = backends(node) if volume else {}
    return {
        "DEFAULT": {
            "debug": node.hiera("cinder::logging::debug", False),
            "log_dir": "/var/log/cinder",
            "state_path": "/var/lib/cinder",
            "transport_url": transport_url(node),
            "rpc_response_timeout": node.hiera("cinder::rpc_response_timeout"),
            "storage_availability_zone": node.hiera("cinder::storage_availability_zone"),
            "default_availability_zone": node.hiera("cinder::default_availability_zone"),
            "glance_api_servers": node.hiera("cinder::glance::glance_api_servers"),
            "default_volume_type": node.hiera("cinder::api::default_volume_type"),
            "osapi_volume_listen": node.hiera("cinder::wsgi::apache::bind_host"),
            "osapi_volume_listen_port": _port(overcloud) if "cinder_api" in node.services else None,
            "osapi_volume_workers": 1,
            "cluster": _cluster(node) if volume else None,
            "enabled_backends": ",".join(enabled),
        },
        **enabled,
        "coordination": {"backend_url": etcd.url(node) if _cluster(node) else None},
        "database": {"connection": database_url(node.hiera("cinder::database_connection"))},
        "keystone_authtoken": authtoken(node, "cinder::keystone::authtoken", "cinder"),
        "service_user": credentials(node, "cinder::keystone::service_user", "cinder"),
        "nova": credentials(node, "cinder::nova", "nova"),
        "oslo_concurrency": {"lock_path": "/var/lib/cinder/lock"},
        "oslo_messaging_rabbit": {
            "heartbeat_timeout_threshold": node.hiera("cinder::rabbit_heartbeat_timeout_threshold")
        },
        "oslo_middleware": {
            "enable_proxy_headers_parsing": node.hiera("cinder::api::enable_proxy_headers_parsing")
        },
    }


def backends(node):
    """Returns {name: section} of the volume server's backends: RBD in the stack's own cluster.

    Raises:
        SandboxError: CinderRbdMultiConfig is set.
    """
    if node.hiera(f"{VOLUME}::rbd::multi_config"):
        raise SandboxError("CinderRbdMultiConfig is not stood in for")
    names = node.hiera(f"{VOLUME}::rbd::backend_name")
    conf = node.hiera(f"{VOLUME}::rbd::cinder_rbd_ceph_conf")
    section = {
        "volume_driver": "cinder.volume.drivers.rbd.RBDDriver",
        "volume_backend_name": names[0],
        "backend_host": node.hiera("cinder::backend_host"),
        "backend_availability_zone": node.hiera(f"{VOLUME}::rbd::backend_availability_zone"),
        "rbd_ceph_conf": conf,
        # The driver finds the user's keyring by this name.
        "rbd_cluster_name": pathlib.PurePath(conf).stem,
        "rbd_pool": node.hiera(f"{VOLUME}::rbd::cinder_rbd_pool_name"),
        "rbd_user": node.hiera(f"{VOLUME}::rbd::cinder_rbd_user_name"),
        "rbd_secret_uuid": node.hiera(f"{VOLUME}::rbd::cinder_rbd_secret_uuid"),
        "rbd_flatten_volume_from_snapshot": node.hiera(
            f"{VOLUME}::rbd::cinder_rbd_flatten_volume_from_snapshot"
        ),
        "report_discard_supported": True,
    }
    return {names[0]: section}


def external_post_deploy(overcloud, fleet):
    """Creates the default volume type, as a task of cinder-api-container-puppet.yaml does."""
    nodes = overcloud.group("cinder_api")
    wanted = nodes and nodes[0].hiera("cinder::api::default_volume_type")
    if not wanted:
        return
    volumes = administrator(overcloud).block_storage
    if wanted not in {known.name for known in volumes.types()}:
        volumes.create_type(name=wanted, is_public=True)
        fleet.log(f"volume type {wanted}")


def balanced(overcloud):
    nodes = overcloud.group("cinder_api")[:1]
    if not nodes:
        return []
    network, port = overcloud.network("cinder_api"), _port(overcloud)
    networks = [network, overcloud.network("public")]
    return [
        balancing.Frontend(
            "cinder", networks, port, port, nodes, network, check="/healthcheck", tls_port=13776
        )
    ]

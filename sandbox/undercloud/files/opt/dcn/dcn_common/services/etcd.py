"""etcd, which coordinates a site's volume servers, on every node of a role with it.

From THT's etcd-container-puppet.yaml, read as puppet-tripleo's profile::base::etcd does.
"""

PROFILE = "tripleo::profile::base::etcd"


def deploy_step(step, overcloud, node):
    if "etcd" not in node.services:
        return []
    if step == 2:
        return [("etcd.serve", {"options": configuration(overcloud, node)})]
    address = node.hiera(f"{PROFILE}::bind_ip")
    return (
        [("etcd.ready", {"address": address, "port": int(node.hiera(f"{PROFILE}::client_port"))})]
        if step == 3
        else []
    )


def configuration(overcloud, node):
    """Returns etcd's options as environment variables."""
    clients, peers = (node.hiera(f"{PROFILE}::{kind}_port") for kind in ("client", "peer"))
    members = {
        member.hiera("etcd::etcd_name"): f"http://{member.hiera(f'{PROFILE}::bind_ip')}:{peers}"
        for member in overcloud.group("etcd")
    }
    name, own = node.hiera("etcd::etcd_name"), f"http://{node.hiera(f'{PROFILE}::bind_ip')}"
    return {
        "ETCD_NAME": name,
        "ETCD_DATA_DIR": "/var/lib/etcd",
        "ETCD_LISTEN_CLIENT_URLS": f"{own}:{clients}",
        "ETCD_ADVERTISE_CLIENT_URLS": f"{own}:{clients}",
        "ETCD_LISTEN_PEER_URLS": f"{own}:{peers}",
        "ETCD_INITIAL_ADVERTISE_PEER_URLS": f"{own}:{peers}",
        "ETCD_INITIAL_CLUSTER": ",".join(f"{member}={url}" for member, url in members.items()),
        "ETCD_INITIAL_CLUSTER_TOKEN": node.hiera("etcd::initial_cluster_token"),
        "ETCD_INITIAL_CLUSTER_STATE": "new",
    }


def url(node):
    """Returns the URL of the coordinator for a volume server of this node; None if the stack has no etcd."""
    hosts = node.overcloud.group("etcd")
    if not hosts:
        return None
    # CinderEtcdLocalConnect; a node without etcd uses the first node with it.
    host = node if node in hosts else hosts[0]
    address = f"{host.hiera(f'{PROFILE}::bind_ip')}:{host.hiera(f'{PROFILE}::client_port')}"
    # tooz's default is v3alpha, which etcd 3.4 no longer has.
    return f"etcd3+http://{address}?api_version=v3"

"""memcached on every Controller: the cache of Keystone and of the services' tokens."""


def deploy_step(step, overcloud, node):
    if step != 1 or "memcached" not in node.services:
        return []
    address = node.address(overcloud.network("memcached"))
    return [("memcached.serve", {"address": address, "port": node.hiera("memcached_port", 11211)})]


def servers(node):
    """Returns ADDRESS:PORT of each memcached server for services of this node: those of the control plane."""
    port = node.hiera("memcached_port", 11211)
    return [f"{address}:{port}" for address in node.overcloud.all_nodes.get("memcached_node_ips") or []]

"""Keystone's cache, shared by all Controllers."""


def deploy_step(step, overcloud, node):
    if step != 1 or "memcached" not in node.services:
        return []
    address = node.address(overcloud.network("memcached"))
    return [("memcached.serve", {"address": address, "port": node.hiera("memcached_port", 11211)})]


def servers(node):
    """Those that a service on this node asks, the control plane's at an edge site."""
    port = node.hiera("memcached_port", 11211)
    return [f"{address}:{port}" for address in node.overcloud.all_nodes.get("memcached_node_ips") or []]

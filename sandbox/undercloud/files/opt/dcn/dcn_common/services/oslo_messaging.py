"""The message bus of Nova, Neutron and Cinder. STAND-IN for the RabbitMQ cluster of all Controllers: one
server, on the first one.

From THT's rabbitmq/rabbitmq-messaging-*-container-puppet.yaml; oslo_messaging_rpc_* is read as
puppet-tripleo's profiles do.
"""


def deploy_step(step, overcloud, node):
    if "oslo_messaging_rpc" not in node.services or node is not overcloud.group("oslo_messaging_rpc")[0]:
        return []
    address, port = node.address(overcloud.network("oslo_messaging_rpc")), _port(node)
    if step == 1:
        server = {
            "address": address,
            "port": port,
            "user": node.hiera("rabbitmq::default_user"),
            "password": node.hiera("rabbitmq::default_pass"),
            "cookie": node.hiera("rabbitmq::erlang_cookie"),
        }
        return [("rabbitmq.serve", server)]
    return [("rabbitmq.ready", {"address": address, "port": port})] if step == 3 else []


def _port(node):
    return int(node.hiera("oslo_messaging_rpc_port"))


def transport_url(node):
    """Returns the URL of the bus for a service on this node, with user and password."""
    user, password = node.hiera("oslo_messaging_rpc_user_name"), node.hiera("oslo_messaging_rpc_password")
    first = node.overcloud.all_nodes["oslo_messaging_rpc_node_names"][0]
    return f"rabbit://{user}:{password}@{first}:{_port(node)}/"

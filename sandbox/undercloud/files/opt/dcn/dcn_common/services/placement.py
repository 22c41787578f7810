"""The Placement API, on the first Controller.

From THT's placement-api-container-puppet.yaml.
"""

from dcn_common import balancing
from dcn_common.services.keystone import authtoken, database_url

PATH = "/placement"


def deploy_step(step, overcloud, node):
    if not node.leads("placement"):
        return []
    address, port = node.hiera("placement::wsgi::apache::bind_host"), _port(node)
    if step == 3:
        return [("placement.configure", {"options": configuration(node)})]
    if step == 4:
        return [("placement.serve", {"address": address, "port": port, "path": PATH})]
    return [("placement.ready", {"url": f"http://{address}:{port}{PATH}/"})] if step == 5 else []


def _port(node):
    return int(node.hiera("placement::wsgi::apache::api_port"))


def configuration(node):
    """Returns the sections of placement.conf."""
    return {
        "placement_database": {"connection": database_url(node.hiera("placement::db::database_connection"))},
        "api": {"auth_strategy": "keystone"},
        "keystone_authtoken": authtoken(node, "placement::keystone::authtoken", "placement"),
        "oslo_middleware": {"enable_proxy_headers_parsing": True},
    }


def balanced(overcloud):
    nodes = overcloud.group("placement")[:1]
    if not nodes:
        return []
    network = overcloud.network("placement")
    port = int(overcloud.endpoints["PlacementInternal"]["port"])
    return [
        balancing.Frontend(
            "placement",
            [network, overcloud.network("public")],
            port,
            _port(nodes[0]),
            nodes,
            network,
            check=f"{PATH}/",
            tls_port=13778,
        )
    ]

"""The virtual addresses and haproxy behind them. STAND-IN for pacemaker: both stay on the first node.

On nodes that join an edge site later (HAproxyEdge, from THT's haproxy-edge-container-puppet.yaml), haproxy
puts the site's glance-apis behind the node's own address.
"""

from dcn_common import balancing, services
from dcn_common.services import glance_api


def deploy_step(step, overcloud, node):
    if step == 1 and "haproxy_edge" in node.services and node.hiera("tripleo::haproxy::glance_api"):
        return [("haproxy.serve", {"text": edge_configuration(overcloud, node)})]
    if step != 1 or "haproxy" not in node.services or node is not overcloud.group("haproxy")[0]:
        return []
    balanced = [module.balanced for module in services.modules() if hasattr(module, "balanced")]
    frontends = [frontend for frontends_of in balanced for frontend in frontends_of(overcloud)]
    addresses = sorted({overcloud.vip(network) for network in ("ctlplane", *_networks(overcloud))} - {None})
    return [
        ("haproxy.hold", {"addresses": addresses}),
        ("haproxy.serve", {"text": configuration(frontends, overcloud.vip)}),
    ]


def edge_configuration(overcloud, node):
    """Returns haproxy.cfg of an edge node without its own glance-api."""
    nodes, network = overcloud.group("glance_api_edge"), overcloud.network("glance_api_edge")
    port = glance_api.port(nodes[0])
    frontend = balancing.Frontend("glance_api", [network], port, port, nodes, network, check="/healthcheck")
    return configuration([frontend], node.address)


def _networks(overcloud):
    return [network["name_lower"] for network in overcloud.variables["networks"].values()]


def configuration(frontends, address_on):
    """Returns haproxy.cfg, with puppet-tripleo's timeouts.

    Args:
        frontends: [Frontend…].
        address_on: gives the address at which a frontend listens on a network; None if it does not.
    """
    lines = [
        "global",
        "  user haproxy",
        "  group haproxy",
        "  maxconn 4000",
        "  log /dev/log local0",
        "defaults",
        "  mode tcp",
        "  retries 3",
        "  timeout http-request 10s",
        "  timeout queue 2m",
        "  timeout connect 10s",
        "  timeout client 2m",
        "  timeout server 2m",
        "  timeout check 10s",
    ]
    for frontend in frontends:
        addresses = [address_on(network) for network in frontend.networks]
        lines += ["", f"listen {frontend.name}"]
        lines += [f"  bind {address}:{frontend.port}" for address in sorted({*addresses} - {None})]
        if frontend.http:
            lines += [
                "  mode http",
                "  option forwardfor",
                "  http-request set-header X-Forwarded-Proto http",
            ]
        else:
            lines += ["  timeout client 90m", "  timeout server 90m"]
        if frontend.check:
            lines += [f"  option httpchk GET {frontend.check}", "  http-check expect rstatus [23][0-9][0-9]"]
        for node in frontend.nodes:
            address = node.address(frontend.backend_network)
            # As TripleO: a check every 2 s, down after five failures.
            lines.append(
                f"  server {node.name} {address}:{frontend.backend_port} check fall 5 inter 2000 rise 2"
            )
    return "\n".join(lines) + "\n"

"""The virtual addresses and haproxy behind them, with TLS on the public network if TripleO has a certificate.
STAND-IN for pacemaker: both stay on the first node.

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
    certificate = node.hiera("tripleo::haproxy::service_certificate")
    public = overcloud.network("public") if certificate else None
    text = configuration(frontends, overcloud.vip, public, certificate)
    files = certificates(overcloud.host_prep_tasks(node.role)) if certificate else {}
    return [
        ("haproxy.hold", {"addresses": addresses}),
        ("haproxy.serve", {"text": text, **({"certificates": files} if files else {})}),
    ]


def certificates(tasks):
    """Returns {path: text} of the certificates with their keys that THT's haproxy-public-tls-inject.yaml puts
    on a node.

    Args:
        tasks: Ansible's tasks that prepare the node.
    """
    facts = [task["set_fact"] for task in tasks if isinstance(task.get("set_fact"), dict)]
    parts = ("cert_content", "chain_content", "key_content")
    return {
        fact["cert_path"]: "".join(f"{fact[part]}\n" for part in parts)
        for fact in facts
        if fact.get("cert_content")
    }


def edge_configuration(overcloud, node):
    """Returns haproxy.cfg of an edge node without its own glance-api."""
    nodes, network = overcloud.group("glance_api_edge"), overcloud.network("glance_api_edge")
    port = glance_api.port(nodes[0])
    frontend = balancing.Frontend("glance_api", [network], port, port, nodes, network, check="/healthcheck")
    return configuration([frontend], node.address)


def _networks(overcloud):
    return [network["name_lower"] for network in overcloud.variables["networks"].values()]


def configuration(frontends, address_on, public=None, certificate=None):
    """Returns haproxy.cfg, with puppet-tripleo's timeouts.

    Args:
        frontends: [Frontend…].
        address_on: gives the address at which a frontend listens on a network; None if it does not.
        public: network on which frontends with a public end point listen by TLS; None: on none.
        certificate: path of the file with the certificate for it.
    """
    lines = [
        "global",
        "  user haproxy",
        "  group haproxy",
        "  maxconn 4000",
        "  log /dev/log local0",
        *(["  ssl-default-bind-options no-sslv3 no-tlsv10"] if public else []),
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
        lines += ["", f"listen {frontend.name}"]
        binds = set()
        for network in frontend.networks:
            address = address_on(network)
            if address and frontend.tls_port and network == public:
                binds.add(f"  bind {address}:{frontend.tls_port} ssl crt {certificate}")
            elif address:
                binds.add(f"  bind {address}:{frontend.port}")
        lines += sorted(binds)
        if frontend.http:
            lines += ["  mode http", "  option forwardfor"]
        if frontend.http and frontend.tls_port and public:
            lines += [
                "  http-request set-header X-Forwarded-Proto https if { ssl_fc }",
                "  http-request set-header X-Forwarded-Proto http if !{ ssl_fc }",
                r"  http-response replace-header Location http://(.*) https://\1",
            ]
        elif frontend.http:
            lines += ["  http-request set-header X-Forwarded-Proto http"]
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

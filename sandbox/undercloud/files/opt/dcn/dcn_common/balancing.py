"""Frontends of haproxy. The module of a service behind haproxy has `balanced(overcloud) -> [Frontend…]`."""

import dataclasses


@dataclasses.dataclass
class Frontend:
    """A port on the virtual addresses of `networks`, forwarded to `backend_port` of `nodes` on one network.

    Args:
        http: whether requests are forwarded as HTTP; otherwise as TCP.
        check: path of the HTTP request that checks a node; empty: only a TCP connection is tried.
        tls_port: port on the public network if haproxy has a certificate for it (puppet-tripleo haproxy.pp,
            default_service_ports); 0: the service has no public end point.
    """

    name: str
    networks: list
    port: int
    backend_port: int
    nodes: list
    backend_network: str
    http: bool = True
    check: str = ""
    tls_port: int = 0

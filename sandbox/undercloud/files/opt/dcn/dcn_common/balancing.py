"""Frontends of haproxy. The module of a service behind haproxy has `balanced(overcloud) -> [Frontend…]`."""

import dataclasses


@dataclasses.dataclass
class Frontend:
    """A port on the virtual addresses of some networks, and the nodes behind it."""

    name: str
    networks: list
    port: int
    backend_port: int
    nodes: list
    backend_network: str
    http: bool = True
    check: str = ""

"""Prints the resources of projects in the test cloud as JSON {kind: [name…]}, without empty kinds."""

import json

from admin import connect

cloud = connect()
kinds = {
    "servers": cloud.compute.servers(all_projects=True),
    "server groups": cloud.compute.server_groups(all_projects=True),
    "volumes": cloud.block_storage.volumes(all_projects=True),
    "networks": (network for network in cloud.network.networks() if network.name != "public"),
    "ports": cloud.network.ports(),
    "routers": cloud.network.routers(),
    "floating IPs": cloud.network.ips(),
    "security groups": (group for group in cloud.network.security_groups() if group.name != "default"),
}
found = {kind: sorted(item.name or item.id for item in items) for kind, items in kinds.items()}
print(json.dumps({kind: names for kind, names in found.items() if names}))

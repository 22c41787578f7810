"""Why Nova's scheduler finds no host for a server: what Nova and Placement say of the hosts of a zone."""

import math

from cloud.keystone import CloudError
from cloud.placement import Placement

FAULT = "No valid host was found"
"""The start of Nova's fault of such a server (nova exception.py NoValidHost)."""


def reasons(order, server):
    """
    Looks at each nova-compute host of a server's zone. The scheduler asks Placement for the zone's hosts
    (nova scheduler/request_filter.py map_az_to_placement_aggregate). When nova-api cannot write a host's
    aggregate to Placement, nova-api only logs a warning (compute/api.py add_host_to_aggregate), and no server
    starts there.

    Args:
        order: order.Order of the server.
        server: as in Nova's API.

    Returns:
        A text for each reason found; none if Nova and Placement have room for the server.
    """
    zone = order.document["zone"]
    try:
        wanted = _wanted(order, order.nova.flavor_of(server["id"]))
        aggregates = {one["uuid"]: one["hosts"] for one in order.nova.aggregates(zone)}
        providers = order.nova.providers()
        placement = Placement(order.lab)
        found = []
        for host, up in sorted(order.nova.zones().get(zone, {}).items()):
            own = [uuid for uuid, hosts in aggregates.items() if host in hosts]
            reason = (
                _of_host(placement, providers.get(host), own, wanted)
                if up
                else "its nova-compute is down or disabled"
            )
            if reason:
                found.append(f"{host}: {reason}")
        return found
    except CloudError as error:
        return [f"the hosts of zone {zone} could not be looked at: {error}"]


def _of_host(placement, provider, aggregates, wanted):
    known = provider and placement.aggregates(provider)
    if known is None:
        return "Placement does not know it; restart its nova-compute"
    if not set(aggregates) <= set(known):
        return (
            "is in its zone for Nova, but not for Placement; run `nova-manage placement sync_aggregates` "
            "where nova-api runs (container nova_api)"
        )
    free = placement.free(provider)
    short = [
        f"has {max(0, free.get(name, 0))} {name} left, the flavor wants {size}"
        for name, size in wanted.items()
        if size > free.get(name, 0)
    ]
    return ", ".join(short) or None


def _wanted(order, flavor):
    """
    What the scheduler asks Placement for by a flavor: resource class -> amount (nova scheduler/utils.py
    ResourceRequest.from_request_spec). Without classes whose amounts extra specs or a policy for CPUs decide.
    """
    specs = flavor["extra_specs"]
    root = 0 if order.document["volume"] else flavor["disk"]
    wanted = {
        "VCPU": flavor["vcpus"],
        "MEMORY_MB": flavor["ram"],
        "DISK_GB": root + flavor["ephemeral"] + math.ceil(flavor["swap"] / 1024),
    }
    decided = {key.partition(":")[2] for key in specs if key.startswith("resources")}
    policy = specs.get("hw:cpu_policy") or order.image.get("hw_cpu_policy")
    if "PCPU" in decided or policy in ("dedicated", "mixed"):
        decided.add("VCPU")
    return {name: size for name, size in wanted.items() if size and name not in decided}

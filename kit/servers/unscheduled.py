"""Why Nova's scheduler finds no host for a server: what Nova and Placement say of the hosts of a zone."""

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
        server: as in Nova's API.

    Returns:
        A text for each reason found; none if Nova and Placement have room for the server.
    """
    zone = order.document["zone"]
    try:
        flavor = next(one for one in order.nova.flavors() if one["id"] == server["flavor"]["id"])
        wanted = {"VCPU": flavor["vcpus"], "MEMORY_MB": flavor["ram"], "DISK_GB": flavor["disk"]}
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
        f"{max(0, free.get(name, 0))} of {size} {name}"
        for name, size in wanted.items()
        if size > free.get(name, 0)
    ]
    return f"has only {', '.join(short)} left" if short else None

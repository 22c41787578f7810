"""Inspects a server: its disk, its console, and the source of its image."""

from ceph import rbd
from images import caches
from images.caches import Caches
from servers import computes, console


def row(order, server, seconds, began, cached):
    """
    Inspects a server that is ACTIVE.

    Args:
        server: the server as in Nova's API.
        seconds: how long it took to become ACTIVE.
        began: time of the request for the server, as of time.monotonic().
        cached: `cache_hits` before the request.

    Returns:
        {server, name, image, imageId, site, host, activeSeconds, outcome, source, disk, parent, virtualBytes,
        usedBytes, console, consoleSeconds, faults}. Seconds count from the request.
        outcome: as from computes.outcome.
        source: of the image, as a text, in a lab with caches; None in other labs.
        disk: 'pool/name' in the site's cluster, parent and bytes as from rbd.disk; None for a local disk.
        console: as from console.watch; `none` for an image without an operating system.
        faults: a line for each fault.
    """
    document, image = order.document, order.image
    watched = {"console": "none", "consoleSeconds": None}
    found = {
        "server": server["id"],
        "name": order.name,
        "image": image["name"],
        "imageId": image["id"],
        "site": document["site"],
        "host": server.get("OS-EXT-SRV-ATTR:host"),
        "activeSeconds": round(seconds, 1),
        "outcome": order.outcome,
        "source": _source(order, cached),
        **_disk(order, server),
        **(console.watch(order, server["id"], began) if document["system"] else watched),
    }
    return {**found, "faults": _faults(order, found)}


def cache_hits(order):
    """Nodes of the site whose caches have the image -> number of hits there; {} without caches."""
    site = order.document["site"]
    if site not in caches.known(order.lab):
        return {}
    states = Caches(order.lab, order.glance, [site]).states()
    held = {state["node"]: state["cached"].get(order.image["id"]) for state in states}
    return {node: entry["hits"] for node, entry in held.items() if entry}


def _source(order, before):
    if not caches.used(order.lab):
        return None
    now = cache_hits(order)
    hit = [node for node, hits in now.items() if hits > before.get(node, hits)]
    filled = [node for node in now if node not in before]
    if hit:
        return f"the cache of {', '.join(hit)}"
    if filled:
        return f"Swift, into the cache of {', '.join(filled)}"
    return "the copy that its host kept of an earlier server"


def _disk(order, server):
    document = order.document
    if not document["cluster"] or not (document["volume"] or order.settings["ceph"]):
        return {"disk": None, "parent": None, "virtualBytes": None, "usedBytes": None}
    if document["volume"]:
        volumes = server["os-extended-volumes:volumes_attached"]
        name = f"{rbd.pool(document, rbd.VOLUMES)}/volume-{volumes[0]['id']}"
    else:
        name = f"{rbd.pool(document, rbd.SERVERS)}/{server['id']}_disk"
    return {"disk": name, **rbd.disk(order.lab, document, name)}


def _faults(order, found):
    site, image = found["site"], f"image {found['image']} ({found['imageId']})"
    parent = f"{rbd.pool(order.document, rbd.IMAGES)}/{found['imageId']}@snap"
    faults = []
    if found["disk"] and order.outcome in (computes.CLONE, computes.COPIED) and found["parent"] != parent:
        faults.append(
            f"{image}: at {site} the disk {found['disk']} is not its clone (parent: "
            f"{found['parent'] or 'none'}); nova-compute's log on {found['host']} says why"
        )
    if found["console"] == "silent":
        faults.append(
            f"{image}: at {site} its server has written nothing to its serial console in "
            f"{console.LIMIT_SECONDS} s; does the image boot, and with console=ttyS0?"
        )
    return faults

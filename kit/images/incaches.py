"""
The verbs for images by name in a lab whose sites have caches: the same verbs as in instores.py. Their places
are sites; a verb works on the caches of all nodes of these sites.
"""

import time

from cloud.glance import Glance
from cloud.imageinfo import find_images
from errors import KitError, Refused, refuse
from images import caches, checks, instores
from images.caches import Caches
from output import say
from parallel import each
from stores import copies
from stores.progress import Progress


def listing(lab, **filters):
    """
    As in instores.py. cached: the nodes whose cache has the image. queued: those whose cache has yet to fetch
    it.
    """
    states = Caches(lab, Glance(lab)).states()
    for image in instores.listing(lab, **filters):
        yield {**image, **_nodes(states, image["id"])}


def copy(lab, names, sites):
    """Fetches images into the caches of sites that lack them. Returns [{image, id, cached, queued}]."""
    images, cached, faults = _find(lab, names, sites)
    faults += [
        f"image {image['name']} ({image['id']}): is {image['status']}, only active ones can be fetched"
        for image in images
        if image["status"] != "active"
    ]
    refuse(faults + checks.without_data(images) or cached.size_faults(images))
    with Progress() as progress:
        cached.fill(images, progress, time.monotonic() + copies.LIMIT_MINUTES * 60)
    return _where(cached.states(), images)


def copy_directly(lab, _names, _stores, _limits, _dry_run):
    """Refuses: caches are filled by Glance alone."""
    raise Refused(
        f"images copy --direct: not in lab {lab.name}: its sites have caches, which glance-api fills; copy "
        "without --direct"
    )


def remove(lab, names, sites):
    """
    Removes images from the caches of sites; a cache fetches an image again when a server needs it. Returns
    [{image, id, cached, queued}].
    """
    images, cached, faults = _find(lab, names, sites)
    refuse(faults)
    return _where(cached.drop(images), images)


def verify(lab, names, sites):
    """
    Downloads images from the caches of sites, by default from all caches that have them, and compares their
    sha512 with Glance's, or with that of the other caches if Glance has none.

    Returns:
        [{image, id, site, node, sha512}].

    Raises:
        KitError: one line for each copy that differs.
    """
    images, cached, faults = _find(lab, names, sites or list(caches.known(lab)))
    refuse(faults)
    states = cached.states()
    if sites:
        refuse(
            f"image {image['name']} ({image['id']}): is not in the cache of {state['node']} "
            f"({state['site']}); copy it there first"
            for image in images
            for state in states
            if image["id"] not in state["cached"]
        )

    def read_back(state):
        held = [image for image in images if image["id"] in state["cached"]]
        if not held:
            return []
        say(f"reads {len(held)} images back from the cache of {state['node']}")
        found = cached.read(state["site"], state["node"], held)
        return [(image, state["site"], state["node"], found[image["id"]]) for image in held]

    rows = [row for rows in each(states, read_back, len(states)) for row in rows]
    wrong = []
    for image in images:
        read = [(site, node, result) for other, site, node, result in rows if other is image]
        if read:
            wrong += _read_faults(image, read)
        else:
            say(f"image {image['name']} ({image['id']}): no cache has it, so nothing was read")
    if wrong:
        raise KitError("\n".join(wrong))
    summary = [
        {"image": image["name"], "id": image["id"], "site": site, "node": node, "sha512": found["sha512"]}
        for image, site, node, found in rows
    ]
    return sorted(summary, key=lambda row: (row["image"], row["node"]))


def clone(lab, names, sites):
    """Refuses: images in Swift cannot be cloned."""
    raise Refused(
        f"images clone: not in lab {lab.name}: its images lie in Swift, and only an image in Ceph has "
        "copy-on-write clones; a server's disk is a full copy here. `images download` shows what a cache "
        "saves"
    )


def download(lab, names, sites):
    """
    Removes images from the cache of one node of each site, then downloads them at that node twice: first over
    the WAN, then from the cache. The images stay in the cache.

    Returns:
        [{image, id, site, node, cached, size, firstSeconds, firstBytes, secondSeconds, secondBytes}].
        cached: the nodes of the site that have the image then. Bytes: received by the node meanwhile.
    """
    images, cached, faults = _find(lab, names, sites)
    refuse(faults or [fault for image in images for fault in cached.size_faults([image])])
    rows = []
    for image in images:
        for site, entry in cached.sites.items():
            node = entry["nodes"][0]["name"]
            say(f"downloads {image['name']} twice at {node}")
            cached.drop_at(site, node, [image])
            first, second = (cached.read(site, node, [image])[image["id"]] for _ in range(2))
            wrong = _read_faults(image, [(site, node, {**first, "hit": True}), (site, node, second)])
            if wrong:
                raise KitError("\n".join(wrong))
            rows.append(
                {
                    "image": image["name"],
                    "id": image["id"],
                    "site": site,
                    "node": node,
                    "size": image["size"],
                    "firstSeconds": first["seconds"],
                    "firstBytes": first["received"],
                    "secondSeconds": second["seconds"],
                    "secondBytes": second["received"],
                }
            )
    states = cached.states()
    for row in rows:
        at_site = [state for state in states if state["site"] == row["site"]]
        row["cached"] = _nodes(at_site, row["id"])["cached"]
    return rows


def _find(lab, names, sites):
    """
    Finds images and the caches of sites: (images, caches, faults), with a line in `faults` for each name
    without an image and each site without caches.
    """
    glance = Glance(lab)
    faults = caches.site_faults(lab, sites)
    images = find_images(glance, names, faults)
    known = caches.known(lab)
    return images, Caches(lab, glance, [site for site in sites if site in known]), faults


def _read_faults(image, read):
    """A line for each fault of downloads: [(site, node, answer of Caches.read)]."""
    found = [
        (f"{node} ({site})", result["sha512"], f"remove it from {site} and copy it again")
        for site, node, result in read
    ]
    return checks.hash_faults(image, found) + [
        f"image {image['name']} ({image['id']}): did not come from the cache of {node} ({site}): either it "
        "has just been pruned, or GlanceCacheEnabled is not true in the site's effective parameters; run "
        "this again"
        for site, node, result in read
        if not result["hit"]
    ]


def _nodes(states, image_id):
    return {
        "cached": sorted(state["node"] for state in states if image_id in state["cached"]),
        "queued": sorted(state["node"] for state in states if image_id in state["queued"]),
    }


def _where(states, images):
    return [{"image": image["name"], "id": image["id"], **_nodes(states, image["id"])} for image in images]

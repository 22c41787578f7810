"""
Audits the content of the lab file's images: reads copies back, each store's in turn, and compares them with
Glance's sha512.
"""

import shlex

import registry
from audit import glance
from audit.findings import error
from ceph import pools, rbd
from cloud.glance import Glance
from cloud.imageinfo import is_importing, sha512, stores_of
from cloud.keystone import CloudError
from errors import KitError
from parallel import each
from stores import readings

_AT_ONCE = 12
_LIMIT_SECONDS = 60
_SECONDS_PER_GIB = 600
"""Of a small cluster."""


def audit(lab, sites, limit, client, read):
    """
    The findings about the content of images, by the latest reading of each copy: also of earlier audits and
    of `images verify`.

    Args:
        sites: names of the sites whose stores count.
        limit: how many bytes to read back in each store; 0: none.
        client: options of a client of the control plane.
        read: gets {store, read, larger} of each store if there is a limit, the names of the images that were
            read now, and of those that are larger than the limit.
    """
    # In Swift there are no copies of sites.
    entries = {
        store: entry
        for store, entry in registry.known(lab).items()
        if entry["site"] in sites and entry.get("cluster")
    }
    if not entries or not (limit or any(readings.read(lab, store) for store in entries)):
        return []
    try:
        images = [
            image
            for image in glance.current(lab, Glance(lab, **client))
            if image["status"] == "active" and sha512(image) and not is_importing(image)
        ]
    except CloudError:
        # glance.audit says so.
        return []

    def of_store(entry):
        held = [image for image in images if entry["store"] in stores_of(image)]
        readings.keep(lab, entry["store"], [image["id"] for image in held])
        unread = _read(lab, entry, held, limit, read) if limit else []
        return [*unread, *content_findings(entry, held, readings.read(lab, entry["store"]))]

    return [one for found in each(list(entries.values()), of_store, _AT_ONCE) for one in found]


def _read(lab, entry, images, limit, read):
    """Reads images of a store back, as many as the limit allows; the findings about what cannot be read."""
    store = entry["store"]
    turn = in_turn(images, readings.read(lab, store), limit)
    larger = sorted(image["name"] for image in images if image["size"] > limit)
    if not turn:
        read.append({"store": store, "read": [], "larger": larger})
        return []
    try:
        # Unlike `rbd`, it does not wait long for a cluster without a monitor that answers.
        pools.read(lab, entry, _LIMIT_SECONDS)
    except KitError as fault:
        read.append({"store": store, "read": [], "larger": larger})
        return [_unread(entry, turn, fault)]
    done, found = [], []
    for image in turn:
        seconds = _LIMIT_SECONDS + _SECONDS_PER_GIB * image["size"] / 2**30
        try:
            readings.note(lab, store, rbd.checksums(lab, entry, [image["id"]], seconds))
            done.append(image["name"])
        except KitError as fault:
            # Otherwise it would be its turn each time, and others would never be read.
            readings.postpone(lab, store, image["id"])
            found.append(_unread(entry, [image], fault))
    read.append({"store": store, "read": sorted(done), "larger": larger})
    return found


def _unread(entry, images, fault):
    names = ", ".join(sorted(image["name"] for image in images))
    what = f"store {entry['store']}: {names} cannot be read back: {fault}"
    return error("image-unread", entry["site"], what, _verify(entry["store"], images))


def in_turn(images, known, limit):
    """
    The images of a store whose turn it is: those with the oldest attempts to read them, as long as the sum of
    their sizes is within the limit. Images that are larger than the limit have no turn.

    Args:
        images: of Glance.
        known: the readings of the store, as from readings.read.
        limit: in bytes.
    """
    fitting = [image for image in images if image["size"] <= limit]
    chosen, left = [], limit
    for image in sorted(fitting, key=lambda one: (known.get(one["id"], {}).get("at", ""), one["id"])):
        left -= image["size"]
        if left < 0:
            break
        chosen.append(image)
    return chosen


def content_findings(entry, images, known):
    """
    Args:
        entry: of the store.
        images: those of Glance that have a copy there.
        known: as in `in_turn`.
    """
    store = entry["store"]
    return [
        error(
            "image-content",
            entry["site"],
            f"image {image['name']} ({image['id']}): the copy in store {store} has other data than Glance's "
            "sha512 says",
            _verify(store, [image]),
        )
        for image in images
        if known.get(image["id"], {}).get("sha512") not in (None, sha512(image))
    ]


def _verify(store, images):
    return shlex.join(["./dcn", "images", "verify", *(image["id"] for image in images), "--at", store])

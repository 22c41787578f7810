"""
The verbs for images by name in a lab whose sites have stores: list, copy, remove, verify, clone. incaches.py
has the same verbs for a lab whose sites have caches.
"""

import registry
from ceph import rbd
from cloud.glance import Glance
from cloud.imageinfo import find_images, listed, sha512, stores_of
from direct.copy import Direct
from direct.seen import Seen
from errors import KitError, Refused, refuse
from images import LAB_PROPERTY, checks, versions
from output import Beat, say
from parallel import each
from stores import copies, parts, readings

_SECONDS_PER_GIB = 600
"""Time limit for reading an image back from a small cluster."""


def listing(lab, **filters):
    """
    Gives images of the control plane's Glance one by one; filters and order as of Glance.matching.
    unfinished: stores with a part of it by the direct way.
    """
    found = {store: parts.begun(lab, store) for store in registry.known(lab)}
    begun = {store: ids for store, ids in found.items() if ids}
    beat = Beat()
    for count, image in enumerate(Glance(lab).matching(**filters)):
        beat.say(f"images: {count} are listed; Glance is asked for more")
        yield {
            "name": image["name"] or "",
            "id": image["id"],
            "status": image["status"],
            "diskFormat": image["disk_format"] or "",
            "size": image["size"] or 0,
            "sha512": sha512(image),
            "stores": sorted(stores_of(image)),
            "importing": listed(image, "os_glance_importing_to_stores"),
            "failed": listed(image, "os_glance_failed_import"),
            "unfinished": [
                store for store, ids in begun.items() if image["id"] in ids and store not in stores_of(image)
            ],
            "lab": image.get(LAB_PROPERTY) == lab.name,
            **{key: image[key] for key in ("visibility", "protected", "os_hidden")},
            **versions.listed(lab, image),
        }


def copy(lab, names, stores):
    """Copies images to the stores that lack them. Returns [{image, id, stores}]."""
    glance = Glance(lab)
    images = _to_copy(lab, glance, names, stores, [])
    for image in images:
        parts.drop_left(lab, image, stores)
    copies.copy(lab, glance, images, stores)
    return _where(glance, images)


def copy_directly(lab, names, stores, limits, dry_run):
    """
    Copies images to the stores that lack them, block by block and past Glance.

    Args:
        limits: direct.copy.Limits.
        dry_run: only say what would be sent.

    Returns:
        As `copy` or `plan` of direct.copy.Direct.
    """
    glance = Glance(lab)
    faults = []
    entries = registry.entries(lab, stores, faults)
    images = _to_copy(lab, glance, names, stores, faults)
    direct = Direct(lab, glance, {**registry.known(lab), **entries}, limits, Seen(lab, glance))
    return direct.plan(images, stores) if dry_run else direct.copy(images, stores)


def _to_copy(lab, glance, names, stores, faults):
    """The images of these names. Raises Refused with `faults` and all that forbids to copy them."""
    faults += copies.store_faults(lab, glance, stores)
    images = find_images(glance, names, faults)
    faults += [
        f"image {image['name']} ({image['id']}): is {image['status']}, only active ones can be copied"
        for image in images
        if image["status"] != "active"
    ]
    refuse(faults + checks.without_data(images))
    return images


def remove(lab, names, stores):
    """
    Removes images' copies from stores, also unfinished ones of images that Glance does not have any more, by
    their ids. Returns [{image, id, stores}].

    Raises:
        Refused: a copy is an image's last one, or has clones; no copy was removed.
    """
    glance = Glance(lab)
    faults = copies.store_faults(lab, glance, stores)
    noted = {image_id for store in stores for image_id in parts.begun(lab, store)}
    gone = {name for name in names if name in noted and glance.find(name) is None}
    names = [name for name in names if name not in gone]
    images = copies.settled(glance, find_images(glance, names, faults))
    for image in images:
        held = stores_of(image)
        if image["status"] != "active":
            faults.append(
                f"image {image['name']} ({image['id']}): is {image['status']}, only active ones can lose a "
                "copy"
            )
        elif held and set(held) <= set(stores):
            faults.append(
                f"image {image['name']} ({image['id']}): {', '.join(held)} hold its only copies; copy it "
                f"elsewhere first, or delete the image (openstack image delete {image['id']})"
            )
    entries = registry.entries(lab, stores, faults)
    for store, entry in entries.items():
        faults += rbd.clone_faults(lab, entry, [image for image in images if store in stores_of(image)])
    refuse(faults)
    for store in dict.fromkeys(stores):
        for image in images:
            if store not in stores_of(image):
                say(f"image {image['name']}: has no copy at {store}")
        held = [image for image in images if store in stores_of(image)]
        copies.delete_copies(lab, glance, entries[store], held)
        parts.drop(lab, entries[store], gone)
        if parts.drop(lab, entries[store], {image["id"] for image in images}):
            # Another process may have completed one meanwhile.
            copies.delete_copies(lab, glance, entries[store], images)
    return _where(glance, images)


def verify(lab, names, stores):
    """
    Reads images' data back from the Ceph clusters of stores, by default of all that have copies, and compares
    its sha512 with Glance's, or with that of the other copies if Glance has none.

    Returns:
        [{image, id, store, sha512}].

    Raises:
        KitError: one line for each copy that differs.
    """
    glance = Glance(lab)
    faults = []
    images = find_images(glance, names, faults)
    faults += checks.without_data(images) or _absent(images, stores)
    at = stores or sorted({store for image in images for store in stores_of(image)})
    entries = registry.entries(lab, at, faults)
    refuse(faults)
    wanted = {store: [image for image in images if store in stores_of(image)] for store in at}
    limit = 300 + _SECONDS_PER_GIB * sum(image["size"] or 0 for image in images) / 2**30
    found = each(list(wanted), lambda store: _sums(lab, entries[store], wanted[store], limit), len(wanted))
    sums = dict(zip(wanted, found))
    rows = [
        {"image": image["name"], "id": image["id"], "store": store, "sha512": sums[store].get(image["id"])}
        for store, held in wanted.items()
        for image in held
    ]
    wrong = [
        fault
        for image in images
        for fault in checks.hash_faults(
            image,
            [
                (row["store"], row["sha512"], "remove that copy and copy it again")
                for row in rows
                if row["id"] == image["id"]
            ],
        )
    ]
    if wrong:
        raise KitError("\n".join(wrong))
    return sorted(rows, key=lambda row: (row["image"], row["store"]))


def _sums(lab, entry, images, limit):
    say(f"reads {len(images)} images back from {entry['store']}")
    sums = rbd.checksums(lab, entry, [image["id"] for image in images], limit)
    readings.note(lab, entry["store"], sums)
    return sums


def clone(lab, names, stores):
    """
    At each store, times a copy-on-write clone of each image, as for a server's disk, and a full copy, and
    removes both.

    Returns:
        [{image, id, store, stores, parent, cloneSeconds, copySeconds, cloneBytes, copyBytes}], as from
        rbd.time_clone.
    """
    glance = Glance(lab)
    faults = []
    images = find_images(glance, names, faults)
    faults += _absent(images, stores)
    entries = registry.entries(lab, stores, faults)
    refuse(faults)
    rows = []
    for image in images:
        for store in stores:
            say(f"clones {image['name']} at {store}")
            limit = 300 + _SECONDS_PER_GIB * (image["size"] or 0) / 2**30
            times = rbd.time_clone(lab, entries[store], image["id"], limit)
            rows.append(
                {
                    "image": image["name"],
                    "id": image["id"],
                    "store": store,
                    "stores": sorted(stores_of(image)),
                    **times,
                }
            )
    return rows


def download(lab, names, sites):
    """Refuses: only in a lab with caches can a download come from a cache."""
    raise Refused(
        f"images download: not in lab {lab.name}: its sites have stores, from which servers start as clones; "
        "`images clone` shows that"
    )


def _where(glance, images):
    return [
        {"image": image["name"], "id": image["id"], "stores": sorted(stores_of(glance.image(image["id"])))}
        for image in images
    ]


def _absent(images, stores):
    return [
        f"image {image['name']} ({image['id']}): has no copy at {store}; copy it there first"
        for image in images
        for store in stores
        if store not in stores_of(image)
    ]

"""
The verbs for images by name and the stores of sites, at any time: list, copy, remove, verify, clone. In a lab
with caches cacheverbs.py has the same verbs.
"""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from ceph import rbd
from cloud.glance import Glance
from cloud.imports import listed, named, sha512, stores_of
from common import KitError, Refused, refuse, say
from jobs import fragments
from stores import copies

LAB_PROPERTY = "glance_dcn_lab"
"""Property of images that a lab file describes: the lab's name."""

_SECONDS_PER_GIB = 600
"""Enough to read an image back from a small cluster."""


def listing(lab):
    """All images of the control plane's Glance."""
    return [
        {
            "name": image["name"] or "",
            "id": image["id"],
            "status": image["status"],
            "diskFormat": image["disk_format"] or "",
            "size": image["size"] or 0,
            "sha512": sha512(image),
            "stores": sorted(stores_of(image)),
            "importing": listed(image, "os_glance_importing_to_stores"),
            "failed": listed(image, "os_glance_failed_import"),
            "lab": image.get(LAB_PROPERTY) == lab.name,
        }
        for image in sorted(
            Glance(fragments.CONTROL).images(), key=lambda image: (image["name"] or "", image["id"])
        )
    ]


def copy(lab, names, stores):
    """Brings images to stores; what is there already is left alone."""
    glance = Glance(fragments.CONTROL)
    faults = copies.store_faults(lab, glance, stores)
    images = named(glance, names, faults)
    faults += [
        f"image {image['name']} ({image['id']}): is {image['status']}, only active ones can be copied"
        for image in images
        if image["status"] != "active"
    ]
    refuse(faults)
    copies.copy(lab, glance, images, stores)
    return _where(glance, images)


def remove(lab, names, stores):
    """
    Removes images' copies from stores; refused as a whole if one of them is the last, or something grew from
    it.
    """
    glance = Glance(fragments.CONTROL)
    faults = copies.store_faults(lab, glance, stores)
    images = copies.settled(glance, named(glance, names, faults))
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
    for store, record in _records(lab, stores, faults).items():
        faults += rbd.clone_faults(lab, record, [image for image in images if store in stores_of(image)])
    refuse(faults)
    for image in images:
        for store in stores:
            if store in stores_of(image):
                copies.delete_copy(glance, store, image)
            else:
                say(f"image {image['name']}: has no copy at {store}")
    return _where(glance, images)


def verify(lab, names, stores):
    """
    Reads images' data back from the Ceph clusters of stores (by default all that hold them) and compares its
    sha512 with Glance's. Gives [{image, id, store, sha512}]; throws KitError that names all copies that
    differ.
    """
    glance = Glance(fragments.CONTROL)
    faults = []
    images = named(glance, names, faults)
    faults += _absent(images, stores)
    at = stores or sorted({store for image in images for store in stores_of(image)})
    records = _records(lab, at, faults)
    refuse(faults)
    wanted = {store: [image for image in images if store in stores_of(image)] for store in at}
    limit = 300 + _SECONDS_PER_GIB * sum(image["size"] or 0 for image in images) / 2**30
    with ThreadPoolExecutor(max(1, len(wanted))) as pool:
        sums = dict(
            zip(wanted, pool.map(lambda store: _sums(lab, records[store], wanted[store], limit), wanted))
        )
    rows = [
        {"image": image["name"], "id": image["id"], "store": store, "sha512": sums[store].get(image["id"])}
        for store, there in wanted.items()
        for image in there
    ]
    expected = {image["id"]: sha512(image) for image in images}
    wrong = [
        f"image {row['image']} ({row['id']}): at {row['store']} its data has sha512 {row['sha512']}, Glance "
        f"says {expected[row['id']]}; remove that copy and copy it again"
        for row in rows
        if row["sha512"] != expected[row["id"]]
    ]
    if wrong:
        raise KitError("\n".join(wrong))
    return sorted(rows, key=lambda row: (row["image"], row["store"]))


def _sums(lab, record, images, limit):
    say(f"reads {len(images)} images back from {record['store']}")
    return rbd.checksums(lab, record, [image["id"] for image in images], limit)


def clone(lab, names, stores):
    """
    Clones images copy-on-write at stores, as a server's disk, beside a full copy; nothing of it stays. Gives
    [{image, id, store, stores, parent, cloneSeconds, copySeconds, cloneBytes, copyBytes}].
    """
    glance = Glance(fragments.CONTROL)
    faults = []
    images = named(glance, names, faults)
    faults += _absent(images, stores)
    records = _records(lab, stores, faults)
    refuse(faults)
    rows = []
    for image in images:
        for store in stores:
            say(f"clones {image['name']} at {store}")
            limit = 300 + _SECONDS_PER_GIB * (image["size"] or 0) / 2**30
            name = f"glance-dcn-{lab.name}-{time.strftime('%H%M%S')}-{uuid.uuid4().hex[:8]}"
            times = rbd.time_clone(lab, records[store], image["id"], name, limit)
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
    """For caches only."""
    raise Refused(
        f"images download: not in lab {lab.name}: its sites have stores, from which servers start as "
        "clones; `images "
        "clone` shows that"
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


def _records(lab, stores, faults):
    """
    The stores' records by id, to reach their clusters; adds a line to `faults` for each that is not on
    record.
    """
    known = fragments.known(lab)
    for store in stores:
        if store not in known:
            faults.append(
                f"store {store}: is not on record here (there are {', '.join(known) or 'none'}); bring up "
                "its site's stack"
            )
    return {store: known[store] for store in stores if store in known}

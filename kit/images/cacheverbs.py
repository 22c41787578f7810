"""
The verbs for images by name in a lab whose sites keep them in caches: the same as those of imageverbs.py, and
what they mean here. The sites that they name are those whose caches are meant.
"""

import time

from cloud.glance import Glance
from cloud.imports import named, sha512
from common import KitError, Refused, refuse, say
from images import caches, imageverbs
from images.caches import Caches
from jobs import fragments
from stores import copies


def listing(lab):
    """
    All images of the control plane's Glance, with the nodes whose cache holds them, or is to fetch them.
    """
    states = Caches(lab, Glance(fragments.CONTROL)).states()
    return [{**image, **_nodes(states, image["id"])} for image in imageverbs.listing(lab)]


def copy(lab, names, sites):
    """Has images fetched into the caches of sites; what is there already is left alone."""
    images, there, faults = _asked(lab, names, sites)
    faults += [
        f"image {image['name']} ({image['id']}): is {image['status']}, only active ones can be fetched"
        for image in images
        if image["status"] != "active"
    ]
    refuse(faults or there.size_faults(images))
    with copies.Progress() as progress:
        there.fill(images, progress, time.monotonic() + copies.LIMIT_MINUTES * 60)
    return _where(there.states(), images)


def remove(lab, names, sites):
    """Takes images out of the caches of sites, which fetch them again when they are asked for."""
    images, there, faults = _asked(lab, names, sites)
    refuse(faults)
    return _where(there.drop(images), images)


def verify(lab, names, sites):
    """
    Downloads images from the caches of sites (by default from all that hold them) and compares their sha512
    with Glance's. Gives [{image, id, site, node, sha512}]; throws KitError that names all that differ.
    """
    images, there, faults = _asked(lab, names, sites or list(caches.known(lab)))
    refuse(faults)
    states = there.states()
    if sites:
        refuse(
            f"image {image['name']} ({image['id']}): is not in the cache of {state['node']} "
            f"({state['site']}); copy it "
            "there first"
            for image in images
            for state in states
            if image["id"] not in state["cached"]
        )

    def look(state):
        held = [image for image in images if image["id"] in state["cached"]]
        if not held:
            return []
        say(f"reads {len(held)} images back from the cache of {state['node']}")
        found = there.read(state["site"], state["node"], held)
        return [(image, state["site"], state["node"], found[image["id"]]) for image in held]

    rows = [row for rows in copies.each(states, look, at_once=len(states)) for row in rows]
    wrong = [fault for row in rows for fault in _read_faults(*row)]
    if wrong:
        raise KitError("\n".join(wrong))
    told = [
        {"image": image["name"], "id": image["id"], "site": site, "node": node, "sha512": found["sha512"]}
        for image, site, node, found in rows
    ]
    return sorted(told, key=lambda row: (row["image"], row["node"]))


def clone(lab, names, sites):
    """Nothing can be cloned from Swift."""
    raise Refused(
        f"images clone: not in lab {lab.name}: its images lie in Swift, and a copy-on-write clone grows "
        "only in the Ceph "
        "cluster that holds the image; a server's disk is a full copy here. `images download` shows what a "
        "cache saves"
    )


def download(lab, names, sites):
    """
    Downloads images twice at one node of each site, after they were taken out of its cache: over the WAN, and
    from the cache, which holds them afterwards. Gives [{image, id, site, node, cached, size, firstSeconds,
    firstBytes, secondSeconds, secondBytes}], the bytes being those that the node received meanwhile.
    """
    images, there, faults = _asked(lab, names, sites)
    refuse(faults or [fault for image in images for fault in there.size_faults([image])])
    rows = []
    for image in images:
        for site, record in there.records.items():
            node = record["nodes"][0]["name"]
            say(f"downloads {image['name']} twice at {node}")
            there.drop_at(site, node, [image])
            first, second = (there.read(site, node, [image])[image["id"]] for _ in range(2))
            wrong = _read_faults(image, site, node, {**first, "hit": True}) + _read_faults(
                image, site, node, second
            )
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
    states = there.states()
    for row in rows:
        at_site = [state for state in states if state["site"] == row["site"]]
        row["cached"] = _nodes(at_site, row["id"])["cached"]
    return rows


def _asked(lab, names, sites):
    """
    (images, caches, faults): what of the named images and sites there is, and a line for each other.
    """
    glance = Glance(fragments.CONTROL)
    faults = caches.site_faults(lab, sites)
    images = named(glance, names, faults)
    there = caches.known(lab)
    return images, Caches(lab, glance, [site for site in sites if site in there]), faults


def _read_faults(image, site, node, found):
    called = f"image {image['name']} ({image['id']})"
    if found["sha512"] != sha512(image):
        return [
            f"{called}: at {node} ({site}) its data has sha512 {found['sha512']}, Glance says "
            f"{sha512(image)}; remove it "
            f"from {site} and copy it again"
        ]
    if not found["hit"]:
        return [
            f"{called}: was not given by the cache of {node} ({site}): either it has just been pruned, or "
            "GlanceCacheEnabled "
            "is not true in the site's effective parameters; run this again"
        ]
    return []


def _nodes(states, image_id):
    return {
        "cached": sorted(state["node"] for state in states if image_id in state["cached"]),
        "queued": sorted(state["node"] for state in states if image_id in state["queued"]),
    }


def _where(states, images):
    return [{"image": image["name"], "id": image["id"], **_nodes(states, image["id"])} for image in images]

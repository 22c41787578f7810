"""
Removes the store of a site that is lost for good from the control plane, without access to the site's Ceph
cluster.

Glance deletes a copy of an image only together with the copy's data; without the store in its configuration,
it fails on every image that has a copy there (glance location.py, UnknownScheme). So the kit marks the
locations of these copies as deleted in Glance's database, by Glance's own functions, in Glance's container on
a controller.
"""

import programs
import registry
from cloud.glance import Glance
from cloud.imageinfo import images_in, is_importing, may_be_listed, stores_of
from errors import Refused
from files import read_json, remove, write_json
from hosts import containers
from lab import CONTROL
from output import say
from stores import announcements, copies, parts, readings, update


def summary(lab, site):
    """
    The store of a lost site and its images: {site, store, images: [{name, id, onlyHere}]}. store: None if the
    control plane has no store of the site. onlyHere: whether the image has no copy elsewhere.
    """
    entry = _entry(lab, site)
    if entry is None or not update.stands(lab):
        return {"site": site, "store": None, "images": []}
    return {
        "site": site,
        "store": entry["store"],
        "images": [
            {"name": image["name"], "id": image["id"], "onlyHere": stores_of(image) == [entry["store"]]}
            for image in images_in(Glance(lab), entry["store"])
        ],
    }


def forget(lab, site, grace):
    """
    Removes the store of a lost site from the control plane: first the store's copies from Glance's database,
    and images without another copy, then the store. Can be repeated after a failure: the images to delete are
    written to stores/lost/<site>.json first.

    Args:
        grace: as in `announcements.announcements`.

    Returns:
        `summary` afterwards.

    Raises:
        Refused: the site is the control plane, or an image that had its only copy there is protected.
        KitError: a step failed.
    """
    entry = _entry(lab, site)
    plan = read_json(registry.lost(lab, site))
    if entry is None and plan is None:
        say(f"site {site}: has no store at the control plane; there is nothing to forget")
        return summary(lab, site)
    store = entry["store"] if entry else plan["store"]
    with announcements.withdrawing(lab, site):
        if update.stands(lab):
            glance = Glance(lab)
            plan = _plan(glance, store, plan)
            # Without its locations, an image that was only at the site is like any other without data.
            write_json(registry.lost(lab, site), plan)
            count = _forget_copies(lab, glance, store)
            say(f"store {store}: forgot {count} copies of {plan['held']} images")
            for image in plan["onlyHere"]:
                _delete(glance, image, store)
        remove(registry.path(lab, store))
    parts.forget(lab, store)
    readings.keep(lab, store, [])
    if update.stands(lab):
        update.commit_unless_closing(lab, lambda stores: store not in stores, grace)
    remove(registry.lost(lab, site))
    return summary(lab, site)


def _plan(glance, store, before):
    """
    What forgetting a store deletes: {store, held, onlyHere: [{name, id}]}. held: number of images with copies
    there. before: the plan of an earlier call that did not end; its images have no copies any more.

    Raises:
        Refused: an image to delete is protected.
    """
    held = images_in(glance, store)
    only_here = {image["id"]: image for image in held if stores_of(image) == [store]}
    for image in before["onlyHere"] if before else []:
        found = glance.find(image["id"])
        if found and not stores_of(found):
            only_here[image["id"]] = found
    faults = [
        f"image {image['name']} ({image['id']}): is protected, and only at {store}: to lose it, run "
        f"`openstack image set --unprotected {image['id']}`"
        for image in only_here.values()
        if image.get("protected")
    ]
    if faults:
        raise Refused([f"store {store}: cannot be forgotten, nothing was changed:", *faults])
    names = [{"name": image["name"], "id": image["id"]} for image in only_here.values()]
    return {"store": store, "held": max(len(held), before["held"] if before else 0), "onlyHere": names}


def _delete(glance, image, store):
    label = f"image {image['name']} ({image['id']})"
    found = glance.find(image["id"])
    if found is None:
        return
    if stores_of(found):
        say(f"{label}: got a copy at {', '.join(stores_of(found))} meanwhile; it stays")
        return
    glance.delete(image["id"])
    say(f"{label}: was only at {store}, and is deleted")


def _entry(lab, site):
    if site == CONTROL:
        raise Refused(
            f"site {site}: has the central store, which the whole lab depends on; a lab that has lost it is "
            "destroyed as a whole"
        )
    return next((entry for entry in registry.registered(lab).values() if entry["site"] == site), None)


def _forget_copies(lab, glance, store):
    """
    Removes a store's copies from Glance's database, and again those that an import under way has listed again
    (`copies.settled`). Returns how many.
    """
    held = {image["id"] for image in images_in(glance, store)}
    count = _forget_locations(lab, store)
    importing = [image for image in glance.matching() if is_importing(image)]
    copies.settled(glance, [one for one in importing if one["id"] in held or may_be_listed(one, store)])
    return count + (_forget_locations(lab, store) if images_in(glance, store) else 0)


def _forget_locations(lab, store):
    words = ["python3", "-c", programs.read("stores", "forget_copies.py"), store]
    return int(
        containers.run(lab, ["glance_api"], words, what=f"store {store}: forgetting its copies").split()[-1]
    )

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
from cloud.imageinfo import stores_of
from errors import Refused
from files import remove
from hosts import containers
from lab import CONTROL
from output import say
from stores import announcements, update


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
            for image in _held(Glance(CONTROL), entry["store"])
        ],
    }


def forget(lab, site, grace):
    """
    Removes the store of a lost site from the control plane: first the store's copies from Glance's database,
    and images without another copy, then the store. Can be repeated after a failure.

    Args:
        grace: as in `announcements.announcements`.

    Returns:
        `summary` afterwards.

    Raises:
        Refused: the site is the control plane, or an image that had its only copy there is protected.
        KitError: a step failed.
    """
    entry = _entry(lab, site)
    if entry is None:
        say(f"site {site}: has no store at the control plane; there is nothing to forget")
        return summary(lab, site)
    store = entry["store"]
    if update.stands(lab):
        glance = Glance(CONTROL)
        held = _held(glance, store)
        only_here = [image for image in held if stores_of(image) == [store]]
        faults = [
            f"image {image['name']} ({image['id']}): is protected, and only at {store}: to lose it, run "
            f"`openstack image set --unprotected {image['id']}`"
            for image in only_here
            if image.get("protected")
        ]
        if faults:
            raise Refused([f"store {store}: cannot be forgotten, nothing was changed:", *faults])
        count = _forget_locations(lab, store)
        say(f"store {store}: forgot {count} copies of {len(held)} images")
        for image in only_here:
            glance.delete(image["id"])
            say(f"image {image['name']} ({image['id']}): was only at {store}, and is deleted")
    with announcements.withdrawing(lab, site):
        remove(registry.path(lab, store))
    if update.stands(lab) and not announcements.is_closing(lab):
        update.commit(lab, lambda stores: store not in stores, grace)
    return summary(lab, site)


def _entry(lab, site):
    if site == CONTROL:
        raise Refused(
            f"site {site}: has the central store, which the whole lab depends on; a lab that has lost it is "
            "destroyed as a whole"
        )
    return next((entry for entry in registry.registered(lab).values() if entry["site"] == site), None)


def _held(glance, store):
    return [image for image in glance.images() if store in stores_of(image)]


def _forget_locations(lab, store):
    words = ["python3", "-c", programs.read("stores", "forget_copies.py"), store]
    return int(
        containers.run(lab, "glance_api", words, what=f"store {store}: forgetting its copies").split()[-1]
    )

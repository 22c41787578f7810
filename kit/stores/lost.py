"""
A site that is lost for good with its Ceph cluster: its store is taken out of the control plane without asking
that cluster.

Glance deletes a copy of an image only together with its data, and without the store's configuration it fails
on every image that has a copy there (glance location.py, UnknownScheme). So the locations of those copies are
marked deleted in Glance's database, by Glance's own functions, in its container on a controller.
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
    What goes with the store of a lost site: {site, store, images: [{name, id, onlyHere}]}. `store` is None if
    the control plane has none of that site.
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
    Takes the store of a lost site out of the control plane: first its copies out of Glance's database, images
    that had no other copy altogether, then the store. May be run again after a failure.

    Args:
        grace: as in `announcements.announcements`.

    Returns:
        `summary`, of what is left.

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
            f"image {image['name']} ({image['id']}): is protected, and only at {store}: give it up with "
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
            f"site {site}: has the central store, on which the whole lab stands; a lab that has lost it is "
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

"""
A site that is gone for good, its Ceph cluster with it: what Glance still says of its store is taken out
without asking that store.

Glance itself cannot: it deletes a copy only together with its data, and without the store's configuration it
fails on every image that has a copy there (glance location.py, UnknownScheme). So the locations are marked
deleted in its database, by Glance's own functions, in the container of a controller.
"""

from cloud.glance import Glance
from cloud.imports import stores_of
from common import Refused, remove, say
from hosts import containers
from jobs import fragments
from stores import update

# In glance_api's container, with its configuration. Prints how many locations it has marked.
_FORGET = """
import sys
from oslo_config import cfg
from glance.common import config
from glance.context import RequestContext
from glance.db.sqlalchemy import api
cfg.CONF(args=[], project="glance", prog="glance-api")
context = RequestContext(is_admin=True)
count = 0
for image in api.image_get_all(context):
    for location in image["locations"]:
        if location["metadata"].get("store") == sys.argv[1]:
            api.image_location_delete(context, image["id"], location["id"], "deleted")
            count += 1
print(count)
"""


def told(lab, site):
    """
    {site, store, images: [{name, id, onlyHere}]}: what goes with the store of a lost site; `store` is null if
    it has none at the control plane.
    """
    record = _record(lab, site)
    if record is None or not update.stands(lab):
        return {"site": site, "store": None, "images": []}
    return {
        "site": site,
        "store": record["store"],
        "images": [
            {"name": image["name"], "id": image["id"], "onlyHere": stores_of(image) == [record["store"]]}
            for image in _held(Glance(fragments.CONTROL), record["store"])
        ],
    }


def forget(lab, site, grace):
    """
    Takes the store of a lost site out: the copies there from Glance's database, images that lay only there
    altogether, then the store from the control plane. May be run again after it failed half way.
    """
    record = _record(lab, site)
    if record is None:
        say(f"site {site}: has no store at the control plane; there is nothing to forget")
        return told(lab, site)
    store = record["store"]
    if update.stands(lab):
        glance = Glance(fragments.CONTROL)
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
    with update.Leaving(lab, site):
        remove(fragments.path(lab, store))
    if update.stands(lab) and not update.is_closing(lab):
        update.commit(lab, lambda stores: store not in stores, grace)
    return told(lab, site)


def _record(lab, site):
    if site == fragments.CONTROL:
        raise Refused(
            f"site {site}: has the central store, on which the whole lab stands; a lab that has lost it is "
            "destroyed as a whole"
        )
    return next((known for known in fragments.registered(lab).values() if known["site"] == site), None)


def _held(glance, store):
    return [image for image in glance.images() if store in stores_of(image)]


def _forget_locations(lab, store):
    words = ["python3", "-c", _FORGET, store]
    return int(
        containers.run(lab, "glance_api", words, what=f"store {store}: forgetting its copies").split()[-1]
    )

"""Audits the stores of the control plane's Glance, and the images of the lab file in them."""

import shlex

from audit.findings import error, warning
from cloud.glance import Glance
from cloud.imageinfo import is_current, is_importing, stores_of
from cloud.keystone import CloudError
from images import LAB_PROPERTY, versions, workfiles
from images.upload import REMAINS
from lab import CONTROL
from stores import listing, parts

_UNDER_WAY = (*REMAINS, "uploading", "importing")
"""Statuses of an image without its data: an upload is under way, or was interrupted."""


def audit(lab, wanted, are_stores_settled, client):
    """
    The findings about stores and images.

    Args:
        wanted: the images of the lab file, [{name, stores}].
        are_stores_settled: whether no store comes or goes: Glance is to have the registered ones.
        client: options of a client of the control plane.
    """
    # Before Glance is asked: work that ends meanwhile may not be in the answer.
    is_at_work = workfiles.is_at_work(lab)
    try:
        glance = Glance(lab, **client)
        ids = glance.stores()
        images = current(lab, glance)
        unfinished = [(store, image_id, glance.find(image_id)) for store, image_id in parts.left(lab)]
    except CloudError as fault:
        what = f"Glance does not answer: {fault}"
        return [error("glance", CONTROL, what, "./dcn log control-plane/overcloud-config")]
    stores = listing.listing(lab)
    holders = {store["store"]: store["site"] for store in stores if store["store"] in ids}
    return [
        *(store_findings(stores, ids) if are_stores_settled else []),
        *image_findings(wanted, holders, images, is_at_work),
        *unfinished_findings(holders, unfinished),
    ]


def current(lab, glance):
    """The current images of the lab file, as Glance has them."""
    return [
        image
        for image in glance.matching(**{LAB_PROPERTY: lab.name})
        if is_current(image) and versions.is_ours(lab, glance, image)
    ]


def store_findings(stores, ids):
    """
    Args:
        stores: the registered stores, as stores.listing gives them.
        ids: the stores that Glance has.
    """
    found = []
    for store in stores:
        name, site = store["store"], store["site"]
        if name not in ids:
            what = f"store {name} is registered, and Glance does not have the store"
            # A store that is not included lacks an update of the control plane: it was killed, or failed.
            remedy = "./dcn log control-plane/overcloud-config" if store["included"] else "./dcn up"
            found.append(error("store-missing", site, what, remedy))
        elif not store["included"]:
            what = f"store {name}: the control plane was deployed with other values than the registered ones"
            found.append(warning("store-outdated", site, what, "./dcn up"))
    known = [store["store"] for store in stores]
    return found + [
        warning(
            "store-foreign",
            CONTROL,
            f"store {name}: Glance has a store that no site has registered",
            "./dcn log control-plane/overcloud-stack",
        )
        for name in ids
        if name not in known
    ]


def image_findings(wanted, stores, images, is_at_work):
    """
    Args:
        wanted: as in `audit`.
        stores: the stores of Glance, store -> its site.
        images: Glance's current images of the lab.
        is_at_work: whether a process works on images: it may make what is missing.
    """
    by_name = {image["name"]: image for image in images}
    found = []
    for name, places in ((image["name"], image["stores"]) for image in wanted):
        image = by_name.get(name)
        if image is None:
            what = f"image {name} is in the lab file, and Glance does not have the image"
            look = "./dcn images --in-lab-file"
            found += [] if is_at_work else [error("image-missing", CONTROL, what, look)]
        elif image["status"] != "active":
            what = f"image {name} ({image['id']}) is {image['status']}"
            is_made = image["status"] in _UNDER_WAY and (is_at_work or is_importing(image))
            words = ["set", "--activate"] if image["status"] == "deactivated" else ["show"]
            remedy = shlex.join(["openstack", "image", *words, image["id"]])
            found += [] if is_made else [error("image-status", CONTROL, what, remedy)]
        elif not is_at_work and not is_importing(image):
            found += [
                error(
                    "image-copy",
                    stores[store],
                    f"image {name} ({image['id']}) has no copy in store {store}",
                    shlex.join(["./dcn", "images", "copy", name, "--to", store]),
                )
                for store in places
                if store in stores and store not in stores_of(image)
            ]
    return found


def unfinished_findings(stores, unfinished):
    """
    Args:
        stores: as in `image_findings`.
        unfinished: direct copies on which no process works, [(store, image id, the image; None if Glance does
            not have it any more)].
    """
    found = []
    for store, image_id, image in unfinished:
        if image:
            what = f"image {image['name']} ({image_id})"
            words = ["./dcn", "images", "copy", image_id, "--direct", "--to", store]
        else:
            what = f"image {image_id}, which Glance does not have any more,"
            words = ["./dcn", "images", "remove", image_id, "--from", store]
        what += f" has an unfinished direct copy in store {store}"
        found.append(warning("image-unfinished", stores.get(store, CONTROL), what, shlex.join(words)))
    return found

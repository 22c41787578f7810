"""Audits the stores of the control plane's Glance, and the images of the lab file in them."""

from audit.findings import error, warning
from cloud.glance import Glance
from cloud.imageinfo import listed, stores_of
from cloud.keystone import CloudError
from images import LAB_PROPERTY
from lab import CONTROL
from stores import listing


def audit(lab, document, client):
    """
    The findings about stores and images.

    Args:
        document: as from audit.document.read.
        client: options of a client of the control plane.
    """
    try:
        glance = Glance(lab, **client)
        ids = glance.stores()
        images = list(glance.matching(**{LAB_PROPERTY: lab.name}))
    except CloudError as fault:
        what = f"Glance does not answer: {fault}"
        return [error("glance", CONTROL, what, "./dcn log control-plane/overcloud-config")]
    stores = listing.listing(lab)
    holders = {store["store"]: store["site"] for store in stores if store["store"] in ids}
    return store_findings(stores, ids) + image_findings(document["images"], holders, images)


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
            found.append(error("store-missing", site, what, "./dcn up"))
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


def image_findings(wanted, stores, images):
    """
    Args:
        wanted: the images of the lab file, [{name, stores}].
        stores: the stores of Glance, store -> its site.
        images: Glance's images of the lab.
    """
    by_name = {image["name"]: image for image in images}
    found = []
    for name, places in ((image["name"], image["stores"]) for image in wanted):
        image = by_name.get(name)
        if image is None:
            what = f"image {name} is in the lab file, and Glance does not have the image"
            found.append(error("image-missing", CONTROL, what, "./dcn up"))
        elif image["status"] != "active":
            what = f"image {name} ({image['id']}) is {image['status']}"
            found.append(error("image-status", CONTROL, what, "./dcn up"))
        else:
            arriving = listed(image, "os_glance_importing_to_stores")
            found += [
                error(
                    "image-copy",
                    stores[store],
                    f"image {name} ({image['id']}) has no copy in store {store}",
                    f"./dcn images copy {name} --to {store}",
                )
                for store in places
                if store in stores and store not in stores_of(image) and store not in arriving
            ]
    return found

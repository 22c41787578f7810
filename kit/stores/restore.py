"""Takes the withdrawal of a store back: registers the store again, and copies its images to it again."""

import yaml

import registry
from cloud.glance import Glance
from cloud.imageinfo import stores_of
from files import read_json, remove, write_json
from lab import CONTROL
from output import say
from stores import announcements, update
from stores import register as registration


def note(lab, entry, images=()):
    """
    Notes what a withdrawal is about to take away, until the site has it back or is closed.

    Args:
        entry: the store's entry.
        images: those whose copies are to be removed from the store; earlier ones stay noted.
    """
    path = registry.withdrawn(lab, entry["site"])
    before = read_json(path) or {"images": []}
    ids = dict.fromkeys([*before["images"], *(image["id"] for image in images)])
    write_json(path, {"entry": entry, "images": list(ids)})


def forget(lab, site):
    """Removes the note about a site that does not come back, or has got everything back."""
    remove(registry.withdrawn(lab, site))


def restore(lab, site, grace, copy_back):
    """
    Registers a site's store again, and copies the images to it that a withdrawal has removed from it. Does
    nothing if no withdrawal has begun since the site was brought up. At the control plane, takes out stores
    of sites that have ended with it.

    Args:
        grace: as in `announcements.announcements`.
        copy_back: copies images to a store; gets the lab, Glance, the images, the store's id.

    Raises:
        KitError: the update of the control plane or a copy failed; another call does the rest.
    """
    if site == CONTROL and update.stands(lab):
        update.commit(lab, update.lacks_withdrawn(lab), grace)
    # A withdrawal may outlive the Pulumi that called it.
    announcements.wait_for_withdrawal(lab, site)
    noted = read_json(registry.withdrawn(lab, site))
    if noted is None:
        return
    # An entry that is there is newer: the store was registered since.
    entry = registry.known(lab).get(noted["entry"]["store"], noted["entry"])
    document = yaml.safe_dump(registry.document(entry))
    if site == CONTROL:
        registration.record(lab, document)
    else:
        registration.register(lab, document, grace)
        _copy_back(lab, entry["store"], set(noted["images"]), copy_back)
    forget(lab, site)


def _copy_back(lab, store, ids, copy_back):
    if not ids:
        return
    glance = Glance(lab)
    images = [
        image
        for image in glance.matching()
        if image["id"] in ids and image["status"] == "active" and store not in stores_of(image)
    ]
    if images:
        say(f"store {store}: copies {len(images)} images back, which its withdrawal has removed")
        copy_back(lab, glance, images, store)

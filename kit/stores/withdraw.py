"""Drains the stores of sites, and removes them from the control plane."""

import registry
from ceph import rbd
from cloud.glance import Glance
from cloud.imageinfo import images_in, may_be_listed, stores_of
from cloud.keystone import CloudError
from errors import KitError, Refused
from files import remove
from hosts import scheduling
from lab import CONTROL
from output import say
from stores import announcements, copies, parts, restore, update
from stores.document import read_document, summary


def withdraw(lab, text, grace):
    """
    Removes a site's store from the control plane: copies images that are only in that store to the control
    plane's own store, removes all copies from the site's store, and updates the control plane. New servers do
    not start at the site from then on. If the control plane is being taken down too, nothing is copied,
    removed, updated or closed.

    Args:
        text: the store's document, as YAML.
        grace: as in `announcements.announcements`.

    Raises:
        Refused: a server's disk or a volume at the site is a clone of an image; nothing was changed.
        KitError: a copy or the update failed; another call does the rest, `restore.restore` takes it back.
    """
    document = read_document(text)
    store = document["store"]
    if document["site"] == CONTROL:
        return _withdraw_own(lab, document)
    entry = registry.registered(lab).get(store)
    if not update.stands(lab):
        say(f"store {store}: the control plane is gone, and the store's registration with it")
        if entry:
            restore.note(lab, entry)
            remove(registry.path(lab, store))
        announcements.forget(lab, document["site"])
        return summary(document)

    def without(stores):
        return store not in stores

    drained = True
    if entry:
        with announcements.withdrawing(lab, document["site"]):
            restore.note(lab, entry)
            drained = _drain(lab, entry)
            if drained:
                remove(registry.path(lab, store))
    elif update.is_done(lab, without):
        say(f"store {store}: is not registered; there is nothing to withdraw")
    # A store that was not drained stays registered until its site has ended (`site close`): if the control
    # plane stays after all, so does the store.
    if drained:
        update.commit_unless_closing(lab, without, grace)
    else:
        say(f"store {store}: the control plane is being taken down too, and is not updated")
    return summary(document)


def _withdraw_own(lab, document):
    others = sorted(registry.registered(lab))
    if others:
        raise Refused(
            f"store {document['store']}: cannot go while {', '.join(others)} are registered at it: destroy "
            "their stacks first"
        )
    restore.note(lab, document)
    remove(registry.own_path(lab, document["store"]))
    return summary(document)


def _drain(lab, entry):
    """
    Checks all images of a store, then empties it. Returns whether the store was drained: if the control plane
    is being taken down too, it is only checked.
    """
    store = entry["store"]
    home_store = copies.own_store(lab)["store"]
    glance = Glance(lab)
    try:
        known = glance.stores()
    except CloudError as error:
        if error.status or store in update.included(lab):
            raise
        # The control plane never came up: the update with the store failed.
        say(f"store {store}: the control plane never had it, and does not answer: {error}")
        return True
    if store not in known:
        say(f"store {store}: the control plane's Glance does not have it; there is nothing to drain")
        return True
    if announcements.is_closing(lab):
        _refuse(store, rbd.clone_faults(lab, entry, images_in(glance, store)))
        return False
    with scheduling.closed(lab, entry["site"]):
        _empty(lab, glance, entry, home_store)
    return True


def _empty(lab, glance, entry, home_store):
    store = entry["store"]
    arriving = [image for image in glance.matching() if may_be_listed(image, store)]
    copies.settled(glance, arriving)
    held = images_in(glance, store)
    # Images are not saved in the store of another site that is being taken down.
    leaving = announcements.leaving(lab)
    staying = {other for other, known in registry.known(lab).items() if known["site"] not in leaving}
    only_here = [image for image in held if not staying & set(stores_of(image))]
    faults = [
        f"image {image['name']} ({image['id']}): is {image['status']}, and Glance neither copies nor "
        "removes such an image; reactivate it (openstack image set --activate) or delete it"
        for image in held
        if image["status"] != "active"
    ]
    _refuse(store, faults + rbd.clone_faults(lab, entry, held))
    if only_here:
        say(f"store {store}: copies {len(only_here)} images without another copy to {home_store}")
        copies.copy(lab, glance, only_here, [home_store])
    restore.note(lab, entry, held)
    copies.delete_copies(lab, glance, entry, held)
    parts.drop(lab, entry, parts.begun(lab, store))
    left = [image["name"] for image in images_in(glance, store)]
    if left:
        raise KitError(
            f"store {store}: new images were copied to it while it was drained: {', '.join(left)}; run it "
            "again"
        )
    say(f"store {store}: drained of {len(held)} images")


def _refuse(store, faults):
    if faults:
        raise Refused([f"store {store}: cannot be withdrawn, nothing was changed:", *faults])

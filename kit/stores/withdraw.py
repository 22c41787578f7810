"""Drains the stores of sites and takes them away from the control plane."""

import registry
from ceph import rbd
from cloud.glance import Glance
from cloud.imageinfo import is_importing, listed, stores_of
from cloud.keystone import CloudError
from errors import KitError, Refused
from files import remove
from lab import CONTROL
from output import say
from stores import announcements, copies, update
from stores.document import read_document, summary


def withdraw(lab, text, grace):
    """
    Takes a site's store away from the control plane: images that lie only in that store are copied to the
    control plane's own store, all images lose their copy in it, then the control plane is updated. Where the
    control plane is being taken down too, nothing is copied and nothing updated.

    Args:
        text: the store's document, as YAML.
        grace: as in `announcements.announcements`.

    Raises:
        Refused: a server's disk or a volume at the site is a clone of an image; nothing was changed.
        KitError: a copy or the update failed; the next call does what is left.
    """
    document = read_document(text)
    store = document["store"]
    if document["site"] == CONTROL:
        return _withdraw_own(lab, document)
    if not update.stands(lab):
        say(f"store {store}: the control plane is gone, and the store's registration with it")
        remove(registry.path(lab, store))
        announcements.forget(lab, document["site"])
        return summary(document)

    def without(stores):
        return store not in stores

    drained = True
    if store in registry.registered(lab):
        with announcements.withdrawing(lab, document["site"]):
            drained = _drain(lab, registry.registered(lab)[store])
            remove(registry.path(lab, store))
    elif update.is_so(lab, without):
        say(f"store {store}: is not registered; there is nothing to withdraw")
    # A store that was not drained is not taken from a control plane that stays after all, either.
    if not drained or announcements.is_closing(lab):
        say(f"store {store}: the control plane is being taken down too, and is not updated any more")
    else:
        update.commit(lab, without, grace)
    return summary(document)


def _withdraw_own(lab, document):
    others = sorted(registry.registered(lab))
    if others:
        raise Refused(
            f"store {document['store']}: cannot go while {', '.join(others)} are registered at it: destroy "
            "their stacks first"
        )
    remove(registry.own_path(lab, document["store"]))
    return summary(document)


def _drain(lab, entry):
    """
    Empties a store, after a check of all its images. Gives whether the store was drained: where the control
    plane is being taken down too, it is only checked.
    """
    store = entry["store"]
    home_store = copies.own_store(lab)["store"]
    glance = Glance(CONTROL)
    try:
        known = glance.stores()
    except CloudError as error:
        if error.status or store in update.included(lab):
            raise
        # The control plane never came up: the update that was to include the store has failed.
        say(f"store {store}: the control plane never had it, and does not answer: {error}")
        return True
    if store not in known:
        say(f"store {store}: the control plane's Glance does not have it; there is nothing to drain")
        return True
    coming = [image for image in glance.images() if is_importing(image) and _may_come_to(store, image)]
    copies.settled(glance, coming)
    held = [image for image in glance.images() if store in stores_of(image)]
    if announcements.is_closing(lab):
        _refuse(store, rbd.clone_faults(lab, entry, held))
        return False
    # Images are not saved in the store of another site that is being taken down, too.
    leaving = announcements.leaving(lab)
    staying = {other for other, known in registry.known(lab).items() if known["site"] not in leaving}
    only_here = [image for image in held if not staying & set(stores_of(image))]
    faults = [
        f"image {image['name']} ({image['id']}): is {image['status']}, and Glance neither copies nor "
        "removes it so; reactivate it (openstack image set --activate) or delete it"
        for image in held
        if image["status"] != "active"
    ]
    _refuse(store, faults + rbd.clone_faults(lab, entry, held))
    if only_here:
        say(f"store {store}: copies {len(only_here)} images without another copy to {home_store}")
        copies.copy(lab, glance, only_here, [home_store])
    for image in held:
        copies.delete_copy(glance, store, image)
    left = [image["name"] for image in glance.images() if store in stores_of(image)]
    if left:
        raise KitError(
            f"store {store}: new images were copied to it while it was drained: {', '.join(left)}; run it "
            "again"
        )
    say(f"store {store}: drained of {len(held)} images")
    return True


def _refuse(store, faults):
    if faults:
        raise Refused([f"store {store}: cannot be withdrawn, nothing was changed:", *faults])


def _may_come_to(store, image):
    """
    Whether an import of the image may write to the store; Glance names its stores only once it has started.
    """
    stores = listed(image, "os_glance_importing_to_stores")
    return not stores or store in stores

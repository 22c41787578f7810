"""
Deletes images with all their copies. Glance deletes the snapshot of a copy before it finds the copy's clones,
so the kit asks the clusters of the stores first.
"""

import contextlib

import registry
from ceph import rbd
from cloud.glance import Glance
from cloud.imageinfo import find_images, is_current, stores_of
from cloud.keystone import CloudError
from direct import lists
from errors import KitError, refuse
from images import caches, settings, versions
from images.upload import alone
from output import say
from stores import copies, parts


def delete(lab, names):
    """
    Deletes images by their names or ids, such as earlier versions of images of the lab file.

    Returns:
        [{image, id}].

    Raises:
        Refused: an image is the current version of an image of the lab, is protected, and not by the lab
            file, or has clones in a store's cluster; no image was deleted.
        KitError: as `delete_images`.
    """
    glance = Glance(lab)
    ours = [image for image in find_images(glance, names, []) if versions.is_ours(lab, glance, image)]
    with contextlib.ExitStack() as held:
        for name in sorted({image["name"] for image in ours}):
            held.enter_context(alone(lab, name))
        # Looked for again: an `up` that was waited for may have made an earlier version the current one.
        faults = []
        images = find_images(glance, names, faults)
        faults += [
            f"image {image['name']} ({image['id']}): is of lab {lab.name}; take it out of the lab file, then "
            "run `./dcn up`"
            for image in images
            if is_current(image) and versions.is_ours(lab, glance, image)
        ]
        delete_images(lab, glance, images, faults)
    return [{"image": image["name"], "id": image["id"]} for image in images]


def delete_images(lab, glance, images, faults=()):
    """
    Deletes images of Glance.

    Args:
        images: as Glance shows them. The caller has the names of the lab alone: a removal may outlive its
            caller, too.
        faults: further reasons not to delete any of them.

    Raises:
        Refused: an image is protected, and not by the lab file, or has clones; no image was deleted.
        KitError: clones were made meanwhile, or Glance refused; another call deletes the rest.
    """
    images = copies.settled(glance, images)
    refuse([*faults, *reasons_to_keep(lab, images)])
    _drop_from_caches(lab, glance, images)
    for found in images:
        clones = _clone_faults(lab, [found])
        if clones:
            raise KitError("\n".join(clones))
        _delete_one(glance, found)
        lists.forget(lab, found["id"])
        settings.forget(lab, found["id"])
        _drop_unfinished(lab, found)


def reasons_to_keep(lab, images):
    """
    A line for each reason not to delete images: a protection that is not the lab file's, and clones.

    Args:
        images: as Glance shows them.
    """
    protected = [
        f"image {found['name']} ({found['id']}): is protected; to delete it, run `openstack image set "
        f"--unprotected {found['id']}`"
        for found in images
        if found.get("protected") and not settings.protects(lab, found)
    ]
    return [*protected, *_clone_faults(lab, images)]


def _delete_one(glance, found):
    """Deletes an image, whose protection is the kit's own. An image that stays has its protection again."""
    try:
        if found.get("protected"):
            glance.set_property(found["id"], "protected", False)
        glance.delete(found["id"])
    except CloudError as error:
        if error.status == 404:
            return
        if found.get("protected"):
            # Where this fails, too, the next `images ensure` does it.
            with contextlib.suppress(CloudError):
                glance.set_property(found["id"], "protected", True)
        raise KitError(f"image {found['name']} ({found['id']}): was not deleted: {error}") from None


def _drop_unfinished(lab, found):
    """
    Removes unfinished copies of a deleted image. In a cluster that does not answer, the next direct copy to
    its store does it.
    """
    for entry in registry.known(lab).values():
        try:
            parts.drop(lab, entry, {found["id"]})
        except KitError as error:
            say(f"image {found['name']}: an unfinished copy of it stays: {error}")


def _clone_faults(lab, images):
    """A line for each image that has clones in a store's cluster."""
    faults = []
    for store, entry in registry.known(lab).items():
        if entry["cluster"]:
            faults += rbd.clone_faults(lab, entry, [found for found in images if store in stores_of(found)])
    return faults


def _drop_from_caches(lab, glance, images):
    """
    Removes images from all caches, which Glance does not do when it deletes an image. On a node that does not
    answer, the pruner does it later.
    """
    try:
        caches.Caches(lab, glance).drop(images)
    except KitError as error:
        say(f"deleted images stay in a cache until it is pruned: {error}")

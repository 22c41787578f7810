"""
Unfinished copies of the direct way, in the pools of stores. stores/parts/<store>/<image id> notes each one
before it is made, so that it goes with its image or its store.
"""

import os
import shutil

from ceph import rbd
from files import remove, write_private
from output import say


def pool(entry):
    """Name of the pool of images in a store's cluster."""
    return rbd.pool(entry, rbd.IMAGES)


def name(image_id):
    """Name of an image's unfinished copy in that pool."""
    return f"{image_id}.glance-dcn-part"


def begin(lab, store, image_id):
    """Notes an unfinished copy."""
    write_private(_path(lab, store, image_id), "")


def end(lab, store, image_id):
    """Notes that there is no unfinished copy any more."""
    remove(_path(lab, store, image_id))


def begun(lab, store):
    """Ids of the images with an unfinished copy in a store."""
    directory = os.path.dirname(_path(lab, store, "x"))
    return sorted(os.listdir(directory)) if os.path.isdir(directory) else []


def drop(lab, entry, ids):
    """
    Removes unfinished copies of images from a store's cluster, as far as there are any. Also those that have
    their last name, and that Glance was not told of: Glance does not have these images, or not at that store.
    """
    found = [image_id for image_id in begun(lab, entry["store"]) if image_id in ids]
    if not found:
        return
    say(f"store {entry['store']}: removes {len(found)} unfinished copies")
    names = [word for image_id in found for word in (name(image_id), image_id)]
    rbd.remove_images(lab, entry, names)
    for image_id in found:
        end(lab, entry["store"], image_id)


def forget(lab, store):
    """Forgets the unfinished copies in a store whose cluster is lost."""
    shutil.rmtree(os.path.dirname(_path(lab, store, "x")), ignore_errors=True)


def _path(lab, store, image_id):
    return os.path.join(lab.stores, "parts", store, image_id)

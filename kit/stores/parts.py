"""
Unfinished copies of the direct way, in the pools of stores. stores/parts/<store>/<image id> notes each one
before it is made, so that it goes with its image or its store. A process that copies an image this way holds
the lock images/<image id>.direct.lock.
"""

import contextlib
import glob
import os
import shutil
import time

import registry
from ceph import rbd
from cloud.imageinfo import listed, stores_of
from errors import KitError
from files import remove, write_private
from jobs import locks
from output import say

_LOCK = ".direct.lock"

SWEEP_SECONDS = 60
"""At most so long, a call waits for a site that does not remove what earlier calls have left there."""


def pool(entry):
    """Name of the pool of images in a store's cluster."""
    return rbd.pool(entry, rbd.IMAGES)


def name(image_id):
    """Name of an image's unfinished copy in that pool."""
    return f"{image_id}.glance-dcn-part"


@contextlib.contextmanager
def alone(lab, image):
    """A context that one process at a time enters to copy an image of Glance directly; others wait."""
    with _alone(lab, image["id"], f"{image['name']} ({image['id']})"):
        yield


@contextlib.contextmanager
def alone_if_free(lab, image):
    """As `alone`, without waiting: gives whether no other process copies the image directly."""
    lock = _lock(lab, image["id"])
    is_free = lock.acquire(f"{image['name']} ({image['id']})", wait=False)
    try:
        yield is_free
    finally:
        if is_free:
            lock.remove()


@contextlib.contextmanager
def _alone(lab, image_id, label):
    def waiting(_holder, since):
        return f"image {label}: another process copies it since {since}Z; waits for it"

    lock = _lock(lab, image_id)
    with locks.entered(lock, label, waiting=waiting):
        try:
            yield
        finally:
            remove(lock.path)


def under_way(lab):
    """The images that a process copies directly now: [{image, since}]. image: name and id."""
    paths = sorted(glob.glob(os.path.join(lab.images, f"*{_LOCK}")))
    holders = (locks.Lock(path).holder() for path in paths)
    return [{"image": one["holder"], "since": one["since"]} for one in holders if one]


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
    Waits for a process that copies such an image; a copy that is complete then, and that Glance knows, stays.

    Returns:
        Whether there were any.
    """
    found = [image_id for image_id in begun(lab, entry["store"]) if image_id in ids]
    for image_id in found:
        with _alone(lab, image_id, image_id):
            _drop(lab, entry, image_id, rbd.REMOVE_SECONDS)
    return bool(found)


def sweep(lab, entry, ids):
    """
    As `drop`, but waits for no other process, and at most SWEEP_SECONDS for the cluster: the next call goes
    on.

    Raises:
        KitError: the cluster did not remove a copy, which stays.
    """
    deadline = time.monotonic() + SWEEP_SECONDS
    for image_id in begun(lab, entry["store"]):
        left = round(deadline - time.monotonic())
        if image_id in ids and left > 0:
            with alone_if_free(lab, {"id": image_id, "name": image_id}) as is_free:
                if is_free:
                    _drop(lab, entry, image_id, left)


def _drop(lab, entry, image_id, limit_seconds):
    """Removes an unfinished copy that is still there. The caller has the image alone."""
    store = entry["store"]
    if image_id in begun(lab, store):
        say(f"store {store}: removes an unfinished copy of {image_id}")
        rbd.remove_images(lab, entry, [name(image_id), image_id], limit_seconds)
        end(lab, store, image_id)


def drop_left(lab, image, stores):
    """
    Removes what the direct way has left of an image in stores, before Glance copies the image there: Glance
    does not write to an image of Ceph that exists (glance_store rbd.py add). Leaves alone what an import, or
    another process that copies the image directly, works on, and clusters that do not answer.

    Args:
        image: as from Glance.
    """
    busy = listed(image, "os_glance_importing_to_stores")
    left = [store for store in stores if image["id"] in begun(lab, store) and store not in busy]
    if not left:
        return
    with alone_if_free(lab, image) as is_free:
        _remove_left(lab, image, left if is_free else [])


def clear_listed(lab, image, stores):
    """
    As `drop_left`, in stores for which Glance lists the image: a kill before the last step leaves a note, a
    cluster that did not answer before Glance's copy a part. The caller has the image alone.
    """
    held = [store for store in stores if store in stores_of(image)]
    _remove_left(lab, image, [store for store in held if image["id"] in begun(lab, store)])


def _remove_left(lab, image, stores):
    for store, entry in registry.entries(lab, stores, []).items():
        say(f"image {image['name']}: removes its unfinished direct copy at {store}")
        whole = [] if store in stores_of(image) else [image["id"]]
        try:
            rbd.remove_images(lab, entry, [name(image["id"]), *whole])
            end(lab, store, image["id"])
        except KitError as error:
            say(f"image {image['name']}: an unfinished copy of it stays: {error}")


def left(lab):
    """Unfinished copies on which no process works: [(store, image id)]."""
    noted = [(store, image_id) for store in registry.known(lab) for image_id in begun(lab, store)]
    free = [(store, image_id) for store, image_id in noted if not locks.held(_lock(lab, image_id).path)]
    # A process ends the note before it frees the image.
    return [(store, image_id) for store, image_id in free if image_id in begun(lab, store)]


def sweep_locks(lab):
    """Removes the locks of processes that were killed."""
    for path in glob.glob(os.path.join(lab.images, f"*{_LOCK}")):
        lock = locks.Lock(path)
        if lock.acquire("", wait=False):
            lock.remove()


def forget(lab, store):
    """Forgets the unfinished copies in a store whose cluster is lost."""
    shutil.rmtree(os.path.dirname(_path(lab, store, "x")), ignore_errors=True)


def _lock(lab, image_id):
    return locks.Lock(os.path.join(lab.images, f"{image_id}{_LOCK}"))


def _path(lab, store, image_id):
    return os.path.join(lab.stores, "parts", store, image_id)

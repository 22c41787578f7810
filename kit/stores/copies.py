"""
Copies images to stores: one import for each image to all stores that lack it. The image's properties after
the import show which copies succeeded.
"""

import time

import registry
from ceph import rbd
from clock import duration
from cloud import imports
from cloud.imageinfo import listed, stores_of
from cloud.keystone import CloudError
from errors import KitError
from jobs import locks
from lab import CONTROL
from output import say
from parallel import each
from stores import announcements, readings
from stores.progress import Progress, Transfer

AT_ONCE = 4
"""Images at a time: one import writes to one store after the other, so only several imports fill the WAN."""

LIMIT_MINUTES = 240

_OTHER_SECONDS = 2
"""Between two requests for a copy of an image that another import holds."""

_DELETED_AT_ONCE = 8
"""Copies between two looks for clones, each of which takes seconds."""

_ROUNDS = 3
"""How often a copy is removed that somebody makes again."""

_SILENT_SECONDS = 300
"""
An import whose task was not updated for so long counts as dead where Glance's lock does not matter. A
glance-api that writes data updates the task about every minute.
"""


def own_store(lab):
    """The entry of the control plane's own store. Raises KitError if there is none."""
    entry = registry.own(lab)
    if entry is None:
        raise KitError(
            f"lab {lab.name}: the control plane's own store is not on record (`kit stores record`); bring "
            f"up the stack of {CONTROL}, which puts it there"
        )
    return entry


def glance_stays_up(lab):
    """
    A context in which no job restarts a glance-api of the control plane. Waits first for a job that does.
    """

    def waiting(holder, since):
        return f"waits for {holder}, which restarts Glance, since {since}Z"

    return locks.entered(locks.image_imports(lab), "images", shared=True, waiting=waiting)


def copy(lab, glance, images, stores, one=None):
    """
    Copies images to the stores that lack them, AT_ONCE images at a time.

    Args:
        one: copies one of them, as `copy_one`, which is the default.

    Raises:
        KitError: for each image, a line with all stores that failed. The other copies stay; another call
            makes only the missing ones.
    """
    with glance_stays_up(lab), Progress() as progress:
        each(
            images,
            lambda image: (one or copy_one)(
                glance, image, stores, progress, time.monotonic() + LIMIT_MINUTES * 60
            ),
            AT_ONCE,
            cancelled=progress.cancelled,
        )


def copy_one(glance, image, stores, progress, deadline):
    """
    Copies an image to the stores that lack it, by one import.

    Args:
        progress: Progress, which reports the copy.
        deadline: time limit, as of time.monotonic().

    Raises:
        KitError: stores failed, or an import did not end in time; the message names them.
    """
    name, image_id = image["name"], image["id"]
    told = _Told()
    while True:
        image = _patiently(lambda: glance.image(image_id), name, progress, deadline)
        missing = [store for store in dict.fromkeys(stores) if store not in stores_of(image)]
        if not missing:
            progress.set(name, "")
            return
        try:
            # Only this request frees the lock of a dead import.
            glance.copy(image_id, missing)
        except CloudError as error:
            # Without an answer, the import may have started: a look at the image shows it.
            if not _is_held(error) and not error.may_pass:
                raise KitError(f"image {name} to {', '.join(missing)}: {error}") from None
            _wait_for_other(glance, image, missing, told, progress, deadline)
            continue
        image = _wait_for_own(glance, image, missing, told, progress, deadline)
        if image is not None:
            break
    failed = listed(image, "os_glance_failed_import")
    # The import task's status is not enough: it is success even if every store has failed.
    lacking = [store for store in missing if store not in stores_of(image) or store in failed]
    progress.set(name, "")
    if lacking:
        copied = [store for store in missing if store not in lacking]
        raise KitError(
            f"image {name} ({image_id}): not copied to {', '.join(lacking)}{_message(glance, image_id)}; "
            f"{f'{chr(44).join(copied)} has its copy; ' if copied else ''}check the Ceph cluster of that "
            "store and the WAN to it, then run it again: only missing copies are made"
        )


def settled(glance, images, limit_minutes=LIMIT_MINUTES):
    """
    Waits while imports of images show signs of life; returns the images that still exist. Glance removes
    copies during an import, but the import then saves the locations that it read before (glance
    async_/flows/api_image_import.py ImportActionWrapper): the image has the removed copy again, without data.

    Raises:
        KitError: an import still runs at the end of the time limit.
    """
    with Progress() as progress:
        deadline = time.monotonic() + limit_minutes * 60
        found = [_settled_if_any(glance, image["id"], progress, deadline) for image in images]
    return [image for image in found if image is not None]


def _settled_if_any(glance, image_id, progress, deadline):
    try:
        return settle(glance, image_id, progress, deadline)
    except CloudError as error:
        if error.status == 404:
            return None
        raise


def settle(glance, image_id, progress, deadline):
    """
    Waits while an import of an image shows signs of life; returns the image.

    Args:
        progress, deadline: as in `copy_one`.
    """
    for pause in _pauses():
        image, lock = _look(glance, image_id, image_id, progress, deadline)
        label = f"image {image['name']} ({image_id})"
        if lock is None or lock.has_ended or lock.is_silent(_SILENT_SECONDS):
            if lock is not None:
                say(f"{label}: an import holds it ({lock}) and counts as dead; goes on without it")
            progress.set(image["name"], "", "import")
            return image
        silent = duration(_SILENT_SECONDS)
        text = f"waits for its import ({lock}) to end, or to be silent for {silent}"
        progress.set(image["name"], text, "import")
        if time.monotonic() > deadline:
            raise KitError(
                f"{label}: an import still runs ({lock}); run this again when it has ended (`glance "
                f"image-tasks {image_id}`)"
            )
        progress.pause(pause)
    raise AssertionError("_pauses ended")


def _wait_for_own(glance, image, missing, told, progress, deadline):
    """
    Waits for the end of the import that this process asked for. Returns the image; None if the import has
    died.
    """
    name, image_id, own = image["name"], image["id"], None
    progress.set(name, f"by Glance to {', '.join(missing)}")
    for pause in _pauses():
        image, lock = _look(glance, image_id, name, progress, deadline)
        task_id = image.get("os_glance_import_task")
        own = own or task_id
        if not task_id or task_id != own:
            return image
        if lock is None or (lock.seconds_left == 0 and lock.is_silent(0)):
            say(f"image {name} ({image_id}): its import has died ({lock}); copies again")
            return None
        waiting = listed(image, "os_glance_importing_to_stores")
        if waiting and lock is not None:
            found = told.own(image, waiting, lock, missing)
            progress.set(name, found or f"by Glance to {', '.join(waiting)}")
        _check_time(image, missing, lock, deadline)
        progress.pause(pause)
    raise AssertionError("_pauses ended")


class _Told:
    """What Glance tells of the imports of an image."""

    def __init__(self):
        self._at = None
        self._before = 0

    def own(self, image, waiting, lock, stores):
        """
        How far an import of this process is, as a Transfer; None while Glance has not told it.

        Args:
            waiting: the stores that the import has yet to write; at least one.
            lock: ImportLock.
            stores: those of the request, in its order: Glance writes them so, and sorts `waiting` (glance
                async_/flows/api_image_import.py get_flow, set_image_attribute).
        """
        left = [store for store in stores if store in waiting] or waiting
        more = f"then to {', '.join(left[1:])}" if left[1:] else ""
        return self._transfer(f"{image['name']} by Glance to {left[0]}", image, left, lock, more)

    def other(self, image, waiting, lock):
        """As `own`, of an import whose order of stores is not known."""
        where = f"to one of {', '.join(waiting)}" if waiting[1:] else f"to {waiting[0]}"
        return self._transfer(
            f"{image['name']} by an import that runs already {where}", image, waiting, lock, ""
        )

    def _transfer(self, what, image, left, lock, more):
        if self._at not in (len(left), None):
            # The task's message is still that of the store before.
            self._before = lock.copied
        self._at = len(left)
        if lock.copied == self._before:
            return None
        self._before = 0
        return Transfer(what, lock.copied, image["size"], more=more, step_seconds=imports.REPORT_SECONDS)


def _wait_for_other(glance, image, missing, told, progress, deadline):
    """Waits a moment for an import that holds an image, such as that of a call that was interrupted."""
    image, lock = _look(glance, image["id"], image["name"], progress, deadline)
    if lock is not None:
        waiting = listed(image, "os_glance_importing_to_stores")
        found = waiting and told.other(image, waiting, lock)
        left = duration(lock.seconds_left)
        progress.set(image["name"], found or f"waits for another import of it ({lock}), at most {left}")
    _check_time(image, missing, lock, deadline)
    progress.pause(_OTHER_SECONDS)


def _look(glance, image_id, name, progress, deadline):
    """An image, and the lock of its import; None if no import holds the image."""

    def look():
        image = glance.image(image_id)
        return image, imports.lock(glance, image)

    return _patiently(look, name, progress, deadline)


def _patiently(request, name, progress, deadline):
    """
    The result of a request for an image, which is repeated until the time limit while the control plane does
    not answer.
    """
    while True:
        try:
            found = request()
            progress.set(name, "", "answer")
            return found
        except CloudError as error:
            if not error.may_pass or time.monotonic() > deadline:
                raise
            progress.set(name, f"Glance does not answer, asks again: {error}", "answer")
        progress.pause(_OTHER_SECONDS)


def _check_time(image, missing, lock, deadline):
    if time.monotonic() <= deadline:
        return
    label = f"image {image['name']} ({image['id']}): not copied to {', '.join(missing)} in time"
    if lock is None:
        raise KitError(f"{label}: Glance did not start the copy; look at glance-api's log, then run it again")
    raise KitError(
        f"{label}: an import holds it ({lock}). The glance-api that runs the import ends it; if none does, "
        f"Glance gives the image to the next copy in {duration(lock.seconds_left)}: run it again then"
    )


def _pauses():
    """Seconds between two looks at an image, without end."""
    pause = 0.3
    while True:
        yield pause
        pause = min(2.0, pause * 1.3)


def _is_held(error):
    """
    Whether Glance refused a copy because another import holds the image, or has made the copy meanwhile.
    """
    text = str(error)
    return (error.status == 409 and ("in progress" in text or "active task" in text)) or (
        error.status == 400 and "already present" in text
    )


def _message(glance, image_id):
    """The message of Glance's latest task on the image, in brackets; '' if it has none."""
    try:
        tasks = glance.tasks(image_id)
    except CloudError:
        return ""
    latest = max(tasks, key=lambda task: task.get("created_at") or task.get("updated_at") or "", default={})
    return f" ({latest['message']})" if latest.get("message") else ""


def delete_copies(lab, glance, entry, images):
    """
    Removes images' copies from a store, a few at a time: looks for clones again right before, because Glance
    deletes the snapshot of a copy before it finds the copy's clones (glance_store rbd.py _delete_image). Then
    looks at the images again: an import that began right before lists a copy again (`settled`).

    Args:
        entry: the store's entry.

    Raises:
        KitError: a copy has clones, comes back again and again, or Glance refused; the copies before it are
            gone.
    """
    for start in range(0, len(images), _DELETED_AT_ONCE):
        some = images[start : start + _DELETED_AT_ONCE]
        for rounds_left in range(_ROUNDS, -1, -1):
            some = [image for image in settled(glance, some) if entry["store"] in stores_of(image)]
            if not some:
                break
            if not rounds_left:
                names = ", ".join(image["name"] or image["id"] for image in some)
                raise KitError(
                    f"store {entry['store']}: images are copied there again and again ({names}), as for "
                    "servers of tenants: let no server start at the site (`openstack compute service set "
                    "--disable`), and run the same again"
                )
            faults = rbd.clone_faults(lab, entry, some)
            if faults:
                raise KitError("\n".join([f"store {entry['store']}: clones were made meanwhile:", *faults]))
            for image in some:
                _delete_copy(glance, entry["store"], image)
                readings.forget(lab, entry["store"], image["id"])


def _delete_copy(glance, store, image):
    """Removes an image's copy from a store, unless it is gone already. Raises KitError if Glance refuses."""
    try:
        glance.delete_copy(store, image["id"])
    except CloudError as error:
        # A request that was sent twice may be refused because the first removed the copy.
        if error.status in (403, 404) and store not in stores_of(glance.find(image["id"]) or {}):
            return
        raise KitError(
            f"image {image['name']} ({image['id']}): its copy at {store} was not removed: {error}; if it is "
            "in use there, delete the clones that were made of it meanwhile"
        ) from None


def store_faults(lab, glance, stores):
    """A line for each store that the control plane's Glance does not have, or that is being withdrawn."""
    has = glance.stores()
    leaving = announcements.leaving(lab)
    sites = {store: entry["site"] for store, entry in registry.known(lab).items()}
    faults = []
    for store in dict.fromkeys(stores):
        if store not in has:
            faults.append(
                f"store {store}: the control plane's Glance does not have it (it has "
                f"{', '.join(sorted(has))}); bring up the site's stack first"
            )
        elif sites.get(store) in leaving:
            faults.append(f"store {store}: is being withdrawn with its site; leave it out")
    return faults

"""
Copies images to stores: one import for each image to all stores that lack it. The image's properties after
the import show which copies succeeded.
"""

import threading
import time

import registry
from clock import duration
from cloud.imageinfo import is_importing, listed, stores_of
from cloud.keystone import CloudError
from errors import KitError
from jobs import locks
from lab import CONTROL
from output import say
from parallel import each
from stores import announcements

AT_ONCE = 4
"""Images at a time: one import writes to one store after the other, so only several imports fill the WAN."""

LIMIT_MINUTES = 240

_BEAT_SECONDS = 5


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


class Progress:
    """
    Reports every few seconds the work on each of several images. Can be used from several threads.
    """

    def __init__(self):
        self._work = {}
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def set(self, name, text):
        """Sets the current work on an image; '' when it is done."""
        with self._lock:
            self._work[name] = text

    def __enter__(self):
        self._thread = threading.Thread(target=self._report, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _report(self):
        pause = _BEAT_SECONDS
        while not self._stop.wait(pause):
            with self._lock:
                doing = [f"{name}: {text}" for name, text in self._work.items() if text]
            if doing:
                say(f"{duration(time.monotonic() - self._began)}, {'; '.join(doing)}")
            pause = min(30, pause * 1.5)


def copy(lab, glance, images, stores, limit_minutes=LIMIT_MINUTES):
    """
    Copies images to the stores that lack them, AT_ONCE images at a time.

    Raises:
        KitError: for each image, a line with all stores that failed. The other copies stay; another call
            makes only the missing ones.
    """
    with glance_stays_up(lab), Progress() as progress:
        each(
            images,
            lambda image: copy_one(glance, image, stores, progress, time.monotonic() + limit_minutes * 60),
            AT_ONCE,
        )


def copy_one(glance, image, stores, progress, deadline):
    """
    Copies an image to the stores that lack it, by one import.

    Args:
        progress: Progress, which reports the copy.
        deadline: time limit, as of time.monotonic().

    Raises:
        KitError: stores failed, or an import did not end; the message names them.
    """
    name, image_id = image["name"], image["id"]
    while True:
        image = _wait_until_free(glance, image_id, progress, deadline)
        missing = [store for store in dict.fromkeys(stores) if store not in stores_of(image)]
        if not missing:
            progress.set(name, "")
            return
        progress.set(name, f"to {', '.join(missing)}")
        try:
            glance.copy(image_id, missing)
        except CloudError as error:
            if not _lost_the_race(error):
                raise KitError(f"image {name} to {', '.join(missing)}: {error}") from None
            _pause(name, deadline)
            continue
        image = _wait_until_free(glance, image_id, progress, deadline)
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
    """Waits for running imports of images; returns the images. Raises KitError if an import does not end."""
    with Progress() as progress:
        deadline = time.monotonic() + limit_minutes * 60
        return [_wait_until_free(glance, image["id"], progress, deadline) for image in images]


def _wait_until_free(glance, image_id, progress, deadline):
    """Waits until no import holds an image; returns the image."""
    pause = 0.3
    while True:
        image = glance.image(image_id)
        if not is_importing(image):
            return image
        waiting = listed(image, "os_glance_importing_to_stores")
        if waiting:
            progress.set(image["name"], f"to {', '.join(waiting)}")
        if time.monotonic() > deadline:
            raise KitError(
                f"image {image['name']} ({image_id}): an import still holds it; if none runs (`glance "
                f"image-tasks {image_id}`), Glance releases the image an hour after the task's last update"
            )
        time.sleep(pause)
        pause = min(2.0, pause * 1.3)


def _lost_the_race(error):
    """
    Whether Glance refused a copy because another import holds the image, or has made the copy meanwhile.
    """
    text = str(error)
    return (error.status == 409 and ("in progress" in text or "active task" in text)) or (
        error.status == 400 and "already present" in text
    )


def _pause(name, deadline):
    if time.monotonic() > deadline:
        raise KitError(f"image {name}: another import holds it, and does not end; see `glance image-tasks`")
    time.sleep(2)


def _message(glance, image_id):
    """The message of Glance's latest task on the image, in brackets; '' if it has none."""
    try:
        tasks = glance.tasks(image_id)
    except CloudError:
        return ""
    latest = max(tasks, key=lambda task: task.get("created_at") or task.get("updated_at") or "", default={})
    return f" ({latest['message']})" if latest.get("message") else ""


def delete_copy(glance, store, image):
    """Removes an image's copy from a store, unless it is gone already. Raises KitError if Glance refuses."""
    try:
        glance.delete_copy(store, image["id"])
    except CloudError as error:
        if error.status == 404:
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

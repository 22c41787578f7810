"""
Copies of images at stores: one import for each image to all stores that lack it, judged by the image's
properties afterwards.
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
"""
Images at a time: Glance writes the stores of one import one after the other, so several imports fill the WAN.
"""

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
    A context in which no job restarts a glance-api of the control plane. To enter it waits for a job that
    restarts one.
    """

    def waiting(holder, since):
        return f"waits for {holder}, which restarts Glance, since {since}Z"

    return locks.entered(locks.image_imports(lab), "images", shared=True, waiting=waiting)


class Progress:
    """
    Reports every few seconds what is being done to each of several images. Safe to use from many threads.
    """

    def __init__(self):
        self._doing = {}
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def set(self, name, text):
        """Sets what is being done to an image now; '' when nothing is left to do."""
        with self._lock:
            self._doing[name] = text

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
                doing = [f"{name}: {text}" for name, text in self._doing.items() if text]
            if doing:
                say(f"{duration(time.monotonic() - self._began)}, {'; '.join(doing)}")
            pause = min(30, pause * 1.5)


def copy(lab, glance, images, stores, limit_minutes=LIMIT_MINUTES):
    """
    Copies images to the stores that lack them, AT_ONCE images at a time.

    Raises:
        KitError: names for each image all stores that failed. The other copies stay; another call does only
            what is missing.
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
        progress: a Progress, to report to.
        deadline: when to give up, by time.monotonic().

    Raises:
        KitError: names the stores that failed, or the import that did not end.
    """
    name, image_id = image["name"], image["id"]
    while True:
        image = _free(glance, image_id, progress, deadline)
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
        image = _free(glance, image_id, progress, deadline)
        break
    failed = listed(image, "os_glance_failed_import")
    # The import task's status is not enough: it is success even when every store has failed.
    bad = [store for store in missing if store not in stores_of(image) or store in failed]
    progress.set(name, "")
    if bad:
        good = [store for store in missing if store not in bad]
        raise KitError(
            f"image {name} ({image_id}): not copied to {', '.join(bad)}{_message(glance, image_id)}; "
            f"{f'{chr(44).join(good)} has its copy; ' if good else ''}look at the Ceph cluster of that store "
            "and the WAN to it, then run it again: only what is missing is done"
        )


def settled(glance, images, limit_minutes=LIMIT_MINUTES):
    """The images once no import of them is under way. Raises KitError if one does not end in time."""
    with Progress() as progress:
        deadline = time.monotonic() + limit_minutes * 60
        return [_free(glance, image["id"], progress, deadline) for image in images]


def _free(glance, image_id, progress, deadline):
    """The image once no import holds it."""
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
                f"image-tasks {image_id}`), Glance releases it an hour after its last sign of life"
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
    """Removes an image's copy at a store, unless it is gone already. Raises KitError if Glance refuses."""
    try:
        glance.delete_copy(store, image["id"])
    except CloudError as error:
        if error.status == 404:
            return
        raise KitError(
            f"image {image['name']} ({image['id']}): its copy at {store} was not removed: {error}; if it is "
            "in use there, delete the clones made of it since"
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

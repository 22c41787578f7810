"""
Copies of images at stores: one import per image for all its missing stores, judged by what the image says
afterwards.
"""

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from cloud.imports import is_importing, listed, stores_of
from cloud.keystone import CloudError
from common import KitError, duration, say
from jobs import fragments
from stores import update

AT_ONCE = 4
"""
Images at a time: Glance writes the stores of one import one after the other, so several imports fill the WAN.
"""

LIMIT_MINUTES = 240

_BEAT_SECONDS = 5


def own_store(lab):
    """The record of the control plane's own store. Throws KitError if there is none."""
    record = fragments.own(lab)
    if record is None:
        raise KitError(
            f"lab {lab.name}: the control plane's own store is not on record (`kit stores record`); bring "
            f"up the stack of {fragments.CONTROL}, which puts it there"
        )
    return record


@contextlib.contextmanager
def glance_stays_up(lab):
    """
    For as long as it is entered, the kit restarts no glance-api of the control plane; waits for one that is
    restarting.
    """
    lock = fragments.imports_lock(lab)
    told = time.monotonic()
    while not lock.acquire("images", shared=True, wait=False):
        if time.monotonic() - told > _BEAT_SECONDS:
            told = time.monotonic()
            holder = lock.holder() or {}
            say(
                f"waits for {holder.get('holder', 'a deployment')}, which restarts Glance, since "
                f"{holder.get('since', '?')[:19]}Z"
            )
        time.sleep(0.3)
    try:
        yield
    finally:
        lock.release()


class Progress:
    """What is being done to each of several images, told now and then; for use from many threads."""

    def __init__(self):
        self._doing = {}
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def set(self, name, text):
        """What is being done to an image now; '' when nothing is left to do."""
        with self._lock:
            self._doing[name] = text

    def __enter__(self):
        self._thread = threading.Thread(target=self._tell, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _tell(self):
        pause = _BEAT_SECONDS
        while not self._stop.wait(pause):
            with self._lock:
                doing = [f"{name}: {text}" for name, text in self._doing.items() if text]
            if doing:
                say(f"{duration(time.monotonic() - self._began)}, {'; '.join(doing)}")
            pause = min(30, pause * 1.5)


def each(items, work, at_once=AT_ONCE):
    """
    Does `work` to several items side by side and gives the results in order. All are tried; then one KitError
    names all that failed.
    """
    faults = []
    results = []
    with ThreadPoolExecutor(max(1, at_once)) as pool:
        for future in [pool.submit(work, item) for item in items]:
            try:
                results.append(future.result())
            except KitError as error:
                faults.append(str(error))
    if faults:
        raise KitError("\n".join(faults))
    return results


def copy(lab, glance, images, stores, limit_minutes=LIMIT_MINUTES):
    """
    Brings images to stores, several at a time. Throws one KitError that names every store that failed for
    each image; copies that succeeded stay, and calling it again does only what is missing.
    """
    with glance_stays_up(lab), Progress() as progress:
        each(
            images,
            lambda image: copy_one(glance, image, stores, progress, time.monotonic() + limit_minutes * 60),
        )


def copy_one(glance, image, stores, progress, deadline):
    """
    Brings one image to stores by one import for all that lack it. Throws KitError that names those that
    failed.
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
            if not _somebody_else_was_faster(error):
                raise KitError(f"image {name} to {', '.join(missing)}: {error}") from None
            _pause(name, deadline)
            continue
        image = _free(glance, image_id, progress, deadline)
        break
    failed = listed(image, "os_glance_failed_import")
    # Not by the import task's status: it says success also when every store has failed.
    bad = [store for store in missing if store not in stores_of(image) or store in failed]
    progress.set(name, "")
    if bad:
        good = [store for store in missing if store not in bad]
        raise KitError(
            f"image {name} ({image_id}): not copied to {', '.join(bad)}{_message(glance, image_id)}; "
            f"{f'{chr(44).join(good)} has its copy; ' if good else ''}see to the Ceph cluster of that store "
            "and the WAN to it, then run it again: only what is missing is done"
        )


def settled(glance, images, limit_minutes=LIMIT_MINUTES):
    """The images as they are once no import of them is under way."""
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
                f"image-tasks {image_id}`), Glance gives it free an hour after the last sign of life"
            )
        time.sleep(pause)
        pause = min(2.0, pause * 1.3)


def _somebody_else_was_faster(error):
    """Whether Glance refused because another import holds the image, or has brought it there meanwhile."""
    text = str(error)
    return (error.status == 409 and ("in progress" in text or "active task" in text)) or (
        error.status == 400 and "already present" in text
    )


def _pause(name, deadline):
    if time.monotonic() > deadline:
        raise KitError(f"image {name}: another import holds it, and does not end; see `glance image-tasks`")
    time.sleep(2)


def _message(glance, image_id):
    """What Glance's latest task on the image said; '' if it said nothing."""
    try:
        tasks = glance.tasks(image_id)
    except CloudError:
        return ""
    latest = max(tasks, key=lambda task: task.get("created_at") or task.get("updated_at") or "", default={})
    return f" ({latest['message']})" if latest.get("message") else ""


def delete_copy(glance, store, image):
    """Removes an image's copy at a store; it may be gone already."""
    try:
        glance.delete_copy(store, image["id"])
    except CloudError as error:
        if error.status == 404:
            return
        raise KitError(
            f"image {image['name']} ({image['id']}): its copy at {store} was not removed: {error}; if it is "
            "in use there, delete what grew from it since"
        ) from None


def store_faults(lab, glance, stores):
    """A line for each store that the control plane's Glance does not have, or that is just leaving it."""
    has = glance.stores()
    leaving = update.leaving(lab)
    sites = {store: record["site"] for store, record in fragments.known(lab).items()}
    faults = []
    for store in dict.fromkeys(stores):
        if store not in has:
            faults.append(
                f"store {store}: the control plane's Glance does not have it (it has "
                f"{', '.join(sorted(has))}); bring up the site's stack first"
            )
        elif sites.get(store) in leaving:
            faults.append(f"store {store}: is being withdrawn, its site is on its way out; leave it out")
    return faults

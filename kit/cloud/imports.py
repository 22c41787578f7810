"""What Glance says about images: names, digests, the stores that hold them, imports that are under way."""

from datetime import datetime, timezone

from cloud.glance import Glance
from cloud.keystone import CloudError
from jobs import fragments

_STALE_SECONDS = 3600
"""
Glance lets another import take an image's lock after an hour without a sign of life (glance
api/v2/images.py).
"""


def listed(image, key):
    """A property of an image that is a list joined by commas, as a list."""
    return [word for word in (image.get(key) or "").split(",") if word]


def stores_of(image):
    """Stores that hold the image's data."""
    return listed(image, "stores")


def named(glance, names, faults):
    """
    The images that are called so, by name or id; adds a line to `faults` for each name that none or several
    have.
    """
    everything = glance.images()
    found = []
    for name in dict.fromkeys(names):
        there = [image for image in everything if name in (image["id"], image["name"])]
        if len(there) == 1:
            found += there
        elif there:
            ids = ", ".join(image["id"] for image in there)
            faults.append(f"image {name}: {len(there)} images are called so; give the id of one: {ids}")
        else:
            called = ", ".join(sorted({image["name"] for image in everything if image["name"]})) or "none"
            faults.append(f"image {name}: there is none of this name or id; there are: {called}")
    return found


def sha512(image):
    """The sha512 that Glance has of an image's data; None if it has another digest."""
    return image.get("os_hash_value") if image.get("os_hash_algo") == "sha512" else None


def is_importing(image):
    """Whether an import holds the image's lock; set before the API answers, gone when all is done."""
    return bool(image.get("os_glance_import_task"))


def now_running(timeout):
    """
    Images with an import that lives, as 'name (id)'. A lock that an import left behind when it died does not
    count: its task has ended, or has given no sign of life for so long that Glance itself takes it for dead.

    timeout: seconds without an answer from the control plane.
    """
    glance = Glance(fragments.CONTROL, timeout)
    held = [image for image in glance.images() if is_importing(image)]
    return [f"{image['name']} ({image['id']})" for image in held if _lives(glance, image)]


def _lives(glance, image):
    try:
        tasks = glance.tasks(image["id"])
    except CloudError as error:
        if error.status == 404:
            return False
        raise
    task = next((task for task in tasks if task["id"] == image["os_glance_import_task"]), None)
    if task is None:
        return True
    if task["status"] in ("success", "failure"):
        return False
    changed = datetime.fromisoformat(task["updated_at"].replace("Z", "+00:00"))
    if changed.tzinfo is None:
        changed = changed.replace(tzinfo=timezone.utc)
    return (datetime.now(timezone.utc) - changed).total_seconds() < _STALE_SECONDS

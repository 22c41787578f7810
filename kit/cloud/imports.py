"""Running image imports in the control plane's Glance."""

from datetime import datetime, timezone

from cloud.glance import Glance
from cloud.imageinfo import is_importing
from cloud.keystone import CloudError
from lab import CONTROL

_STALE_SECONDS = 3600
"""
After an hour without an update of an import's task, Glance gives the image's lock to another import (glance
api/v2/images.py).
"""


def now_running(timeout):
    """
    Images with a running import, as 'name (id)'. The lock of a dead import does not count: its task has
    ended, or was not updated for so long that Glance itself considers the import dead.

    Args:
        timeout: seconds to wait for each answer of the control plane.

    Raises:
        CloudError: the control plane does not answer.
    """
    glance = Glance(CONTROL, timeout)
    held = [image for image in glance.images() if is_importing(image)]
    return [f"{image['name']} ({image['id']})" for image in held if _is_running(glance, image)]


def _is_running(glance, image):
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

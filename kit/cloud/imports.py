"""Locks of image imports in the control plane's Glance, and running imports."""

import re
from datetime import datetime, timezone

from clock import duration
from cloud.glance import Glance
from cloud.imageinfo import is_importing
from cloud.keystone import CloudError

_EXPIRY_SECONDS = {"pending": 7200}
"""
Seconds without an update of an import's task after which Glance gives the image's lock to another import, by
the task's status (glance api/v2/images.py _enforce_import_lock). Glance frees the lock only then, and only on
the request of another import.
"""
_OTHER_EXPIRY_SECONDS = 3600

_COPIED = re.compile(r"Copied (\d+) MiB")
"""Message of the task while a store is written (glance async_/flows/api_image_import.py _status_callback)."""

REPORT_SECONDS = 60
"""Between two such messages, and before the first one at each store."""

_STAGED_PER_SECOND = 2.5e6
"""Bytes: the slowest WAN over which a glance-api is assumed to read an image before it copies the image."""


class ImportLock:
    """
    The lock that an import holds on an image.

    Args:
        image: the image, as from Glance.
        task: the import's task; None if Glance does not have it any more.
    """

    def __init__(self, image, task):
        self._task_id = image["os_glance_import_task"]
        self._status = task["status"] if task else None
        self._silent = _seconds_since(task["updated_at"]) if task else 0.0
        self._stages = self._status == "processing" and not task.get("message")
        self._size = image.get("size") or 0
        copied = _COPIED.fullmatch((task and task.get("message")) or "")
        self.copied = int(copied[1]) << 20 if copied else 0
        """
        Bytes that the import has copied to the store that it writes; until Glance's first message about a
        store, those of the store before.
        """
        limit = _EXPIRY_SECONDS.get(self._status, _OTHER_EXPIRY_SECONDS)
        self.seconds_left = max(0.0, limit - self._silent) if task else 0.0
        """Until Glance gives the lock to the next import that asks."""

    @property
    def has_ended(self):
        """Whether the import's task is gone or has ended."""
        return self._status in (None, "success", "failure")

    @property
    def is_running(self):
        """Whether Glance counts the import as running."""
        return self.seconds_left > 0 and not self.has_ended

    def is_silent(self, seconds):
        """
        Whether the import's task was not updated for `seconds`. An import that does not write to a store yet
        has longer: it first copies the image to its glance-api, without a sign.
        """
        return self._silent >= max(seconds, self._size / _STAGED_PER_SECOND if self._stages else 0.0)

    def __str__(self):
        if self._status is None:
            return f"task {self._task_id}, which Glance does not have any more"
        return f"task {self._task_id}, {self._status}, last update {duration(self._silent)} ago"


def _seconds_since(moment):
    changed = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    if changed.tzinfo is None:
        changed = changed.replace(tzinfo=timezone.utc)
    return max(0.0, (datetime.now(timezone.utc) - changed).total_seconds())


def lock(glance, image):
    """The lock of an image's import; None if no import holds the image, or the image is gone."""
    if not is_importing(image):
        return None
    try:
        tasks = glance.tasks(image["id"])
    except CloudError as error:
        if error.status == 404:
            return None
        raise
    own = (task for task in tasks if task["id"] == image["os_glance_import_task"])
    return ImportLock(image, next(own, None))


def now_running(lab, **options):
    """
    Images with a running import, as 'name (id)'. The lock of a dead import does not count: its task has
    ended, is gone, or was not updated for so long that Glance itself considers the import dead.

    Args:
        lab, options: as in `Keystone`.

    Raises:
        CloudError: the control plane does not answer.
    """
    glance = Glance(lab, **options)
    locks = ((image, lock(glance, image)) for image in glance.matching() if is_importing(image))
    return [f"{image['name']} ({image['id']})" for image, found in locks if found and found.is_running]

"""Everything that goes on in a lab, for people and for `--json`."""

import glob
import os

from cloud.imports import now_running
from cloud.keystone import CloudError
from common import duration, home, seconds_since
from jobs import jobs
from jobs.locks import Lock
from stores import stores, update

_GLANCE_SECONDS = 5


def status(lab):
    """
    {lab, jobs, stores, announcements, locks, imports, glance}; `imports` is null where Glance does not
    answer.
    """
    try:
        imports, answer = now_running(_GLANCE_SECONDS), "ok"
    except CloudError as error:
        imports, answer = None, str(error)
    return {
        "lab": lab.name,
        "jobs": jobs.listing(lab),
        "stores": stores.listing(lab),
        "announcements": update.announcements(lab),
        "locks": _locks(),
        "imports": imports,
        "glance": answer,
    }


def _locks():
    found = []
    for path in sorted(glob.glob(home("dcn", "locks", "*"))):
        holder = Lock(path).holder()
        if holder is not None:
            found.append(
                {"lock": os.path.basename(path), "holder": holder.get("holder"), "since": holder.get("since")}
            )
    return found


def text(lab):
    """`status` as lines."""
    now = status(lab)
    lines = [f"lab {now['lab']}"]
    for entry in now["jobs"]:
        lines.append(f"  {entry['job']}: {entry['state']} (run {entry['run']}, {duration(entry['seconds'])})")
        lines += [f"    {detail}" for detail in (entry["doing"], entry["reason"]) if detail]
    for store in now["stores"]:
        there = "known to the control plane" if store["included"] else "not yet known to the control plane"
        lines.append(f"  store {store['store']} of {store['site']}: {there}")
    for entry in now["announcements"]:
        lines.append(f"  {entry['site']} is {'leaving' if entry['leaving'] else 'coming'}: {entry['why']}")
    for entry in now["locks"]:
        lines.append(f"  lock {entry['lock']}: {entry['holder']}, {duration(seconds_since(entry['since']))}")
    for image in now["imports"] or []:
        lines.append(f"  image import: {image}")
    if now["imports"] is None:
        lines.append(f"  Glance: {now['glance']}")
    return "\n".join(lines)

"""The state of a lab: jobs, stores, announced sites, locks, image imports."""

import glob
import os

from audit import record
from clock import duration, seconds_since
from cloud import publictls
from cloud.imports import now_running
from cloud.keystone import CloudError
from jobs import report
from jobs.locks import Lock
from lab import home
from stores import announcements, listing, parts

_GLANCE_SECONDS = 5
_SITES_NAMED = 6


def status(lab):
    """
    {lab, jobs, stores, announcements, locks, imports, directCopies, glance, certificates, audit}. imports:
    None if Glance does not answer. glance: `ok`, or why Glance does not answer. certificates: as
    publictls.listing gives them. audit: as audit.record.verdict gives it.
    """
    try:
        imports, answer = now_running(lab, timeout=_GLANCE_SECONDS, patience=0), "ok"
    except CloudError as error:
        imports, answer = None, str(error)
    return {
        "lab": lab.name,
        "jobs": report.listing(lab),
        "stores": listing.listing(lab),
        "announcements": announcements.announcements(lab),
        "locks": _locks(),
        "imports": imports,
        "directCopies": parts.under_way(lab),
        "glance": answer,
        "certificates": publictls.listing(lab, _GLANCE_SECONDS),
        "audit": record.verdict(lab),
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
    """`status` as text for people."""
    now = status(lab)
    lines = [f"lab {now['lab']}"]
    for entry in now["jobs"]:
        lines.append(f"  {entry['job']}: {entry['state']} (run {entry['run']}, {duration(entry['seconds'])})")
        lines += [f"    {detail}" for detail in (entry["doing"], entry["reason"]) if detail]
    for store in now["stores"]:
        state = "known to the control plane" if store["included"] else "not yet known to the control plane"
        lines.append(f"  store {store['store']} of {store['site']}: {state}")
    for entry in now["announcements"]:
        lines.append(f"  {entry['site']} is {'leaving' if entry['leaving'] else 'coming'}: {entry['why']}")
    for entry in now["locks"]:
        lines.append(f"  lock {entry['lock']}: {entry['holder']}, {duration(seconds_since(entry, 'since'))}")
    for image in now["imports"] or []:
        lines.append(f"  image import: {image}")
    for entry in now["directCopies"]:
        lines.append(f"  direct copy: {entry['image']}, {duration(seconds_since(entry, 'since'))}")
    lines += [f"  {line}" for line in publictls.lines(now["certificates"])]
    if now["imports"] is None:
        lines.append(f"  Glance: {now['glance']}")
    if now["audit"]:
        lines.append(f"  {_audit_text(now['audit'])}")
    return "\n".join(lines)


def _audit_text(audit):
    sites = audit["sites"]
    names = ", ".join(sites) if len(sites) <= _SITES_NAMED else f"{len(sites)} sites"
    found = [
        f"{audit[key]} {key if audit[key] > 1 else key[:-1]}" for key in ("errors", "warnings") if audit[key]
    ]
    verdict = ", ".join(found) or "no difference found"
    return f"audit of {names or 'no site'}, {duration(audit['seconds'])} ago: {verdict}"

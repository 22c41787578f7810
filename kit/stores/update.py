"""
Group commit: one run of the control plane's steps takes in (or out) the stores of all sites that are on their
way.

The update itself is a job, stores/update, so that whoever asked for it may be killed: the next one who asks
finds it running and waits for it. It runs the control plane's stored documents again, as jobs, with fresh
store files.
"""

import contextlib
import os
import sys
import time

import yaml

from common import (
    GRACE_SECONDS,
    KitError,
    Refused,
    answer,
    duration,
    now,
    read_json,
    remove,
    say,
    seconds_since,
    write_json,
)
from jobs import fragments, jobs
from jobs.locks import Lock

UPDATE = "stores/update"
_LIMIT_MINUTES = 24 * 60
"""
Only against hanging for ever: the sites that an update waits for and the jobs it runs have limits of their
own.
"""


# -- announcements


def announce(lab, site):
    """A site's deployment begins: an update of the control plane that starts from now on waits for it."""
    write_json(_announced(lab, site), {"site": site, "since": now(), "leaving": False})


def touch(lab, site):
    """The site shows a sign of life outside of any job."""
    with contextlib.suppress(FileNotFoundError):
        os.utime(_announced(lab, site))


def forget(lab, site):
    """The site is no longer on its way: it has registered, or withdrawn."""
    remove(_announced(lab, site))


class Leaving:
    """
    For as long as it is entered, an update waits for this site, which drains its store; dies with the
    process.
    """

    def __init__(self, lab, site):
        self._lab = lab
        self._site = site
        self._lock = Lock(_announced(lab, site) + ".leaving")

    def __enter__(self):
        if not self._lock.acquire(f"stores withdraw {self._site}", wait=False):
            since = (self._lock.holder() or {}).get("since", "just now")
            raise KitError(
                f"store of {self._site}: is being withdrawn since {since}; wait for that to end, then look "
                "again"
            )
        forget(self._lab, self._site)

    def __exit__(self, *_):
        remove(self._lock.path)
        self._lock.release()


def going(lab, site):
    """
    Lock that is held for as long as somebody takes a site down: with it go an update that waits for its store
    to be drained, and the place for other sites' images that it is.
    """
    return Lock(_announced(lab, site) + ".going")


def is_closing(lab):
    """Whether the control plane itself is being taken down, so that no update of it serves anybody."""
    return going(lab, fragments.CONTROL).holder() is not None


def leaving(lab):
    """Sites that are being taken down, or whose store is being drained, at this moment."""
    return {entry["site"] for entry in announcements(lab) if entry["leaving"]}


_LEAVING = {"leaving": "it is draining its store", "going": "it is being taken down"}


def announcements(lab, grace=GRACE_SECONDS):
    """All announced sites: [{site, since, leaving, waitedFor, why}]."""
    found = []
    directory = os.path.join(lab.stores, "announced")
    for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
        path = os.path.join(directory, name)
        site, _, kind = name.partition(".")
        if kind in _LEAVING:
            holder = Lock(path).holder()
            if holder is not None:
                found.append(
                    {
                        "site": site,
                        "since": holder.get("since"),
                        "leaving": True,
                        # One that has no store any more, or never had, keeps nobody waiting.
                        "waitedFor": any(
                            known["site"] == site for known in fragments.registered(lab).values()
                        ),
                        "why": _LEAVING[kind],
                    }
                )
        elif not kind:
            record = read_json(path)
            if record:
                waited, why = _on_its_way(lab, record, path, grace)
                found.append({**record, "waitedFor": waited, "why": why})
    return found


def _announced(lab, site):
    return os.path.join(lab.stores, "announced", site)


def _on_its_way(lab, record, path, grace):
    """Whether an announced site still comes, and why: by its jobs since it announced itself."""
    records = [jobs.Job(lab, name).record() for name in jobs.names(lab, record["site"])]
    since = [job for job in records if job and job["begin"] >= record["since"]]
    running = next((job for job in records if job and job["state"] in jobs.ACTIVE), None)
    if running:
        return True, f"{running['job']} runs since {running['begin'][:19]}Z"
    latest = max(since, key=lambda job: job["end"] or "", default=None)
    if latest and latest["state"] == "failed":
        return False, f"{latest['job']} failed"
    quiet = time.time() - os.stat(path).st_mtime
    if latest and latest["end"]:
        quiet = min(quiet, seconds_since(latest["end"]))
    if quiet < grace:
        return True, f"it was active {duration(quiet)} ago"
    return False, f"nothing has happened there for {duration(quiet)}"


# -- what the control plane has


def control_job(lab, step):
    """One of the control plane's jobs."""
    return jobs.Job(lab, f"{fragments.CONTROL}/{step}")


def stands(lab):
    """Whether the control plane has been deployed from this undercloud and not been taken away."""
    record = control_job(lab, "overcloud-stack").record()
    return record is not None and record["state"] != "gone"


def included(lab):
    """The stores that the control plane was last configured with successfully: id -> digest."""
    job = control_job(lab, "overcloud-config")
    record = job.record()
    # Also when a later run has failed or is under way; but not from before the control plane was taken away.
    while record and record["kind"] == "run":
        if record["state"] == "succeeded":
            return record["stores"] or {}
        record = job.record(record["number"] - 1)
    return {}


def rendered(lab):
    """The stores that the latest run of the control plane's stack phase took in; None before it did."""
    return (control_job(lab, "overcloud-stack").record() or {}).get("stores")


# -- the update


def commit(lab, wanted, grace):
    """
    Updates the control plane until its stores (id -> digest) are as `wanted(stores)` says, then returns.
    Serves together all who call it side by side, and picks up an update that is under way. Throws KitError
    if the update that was to bring it about fails.
    """
    job = jobs.Job(lab, UPDATE)
    while not is_so(lab, wanted):
        before = job.record()
        running = before is not None and before["state"] in jobs.ACTIVE
        # Decided before waiting: once its stack phase has its store files, what comes is for the next update.
        serves_us = not running or not _has_composed(lab, before) or wanted(rendered(lab))
        if running:
            which = "serves this, too" if serves_us else "is too far on; the next one serves this"
            say(f"{UPDATE}: run {before['number']} is under way since {before['begin'][:19]}Z and {which}")
        record = jobs.wait(job, (before if running else jobs.start(lab, _document(lab, grace)))["number"])
        if record["state"] == "failed" and serves_us:
            # Its log ends with the failure of the job that it ran, which has so many lines itself.
            raise KitError(jobs.failure(job, record, jobs.TAIL + 5))
        if record["state"] == "succeeded" and not running and not is_so(lab, wanted):
            raise KitError(
                f"{UPDATE}: run {record['number']} succeeded, but the control plane's record of its stores "
                f"is {included(lab)}, registered are {fragments.digests(lab)}; look at "
                f"{lab.jobs}/{fragments.CONTROL}"
            )


def is_so(lab, wanted):
    """Whether the stores that the control plane has, and last rendered, are as `wanted(stores)` says."""
    last = rendered(lab)
    return wanted(included(lab)) and (last is None or wanted(last))


def _has_composed(lab, update_record):
    stack = control_job(lab, "overcloud-stack").record()
    return stack is not None and stack["begin"] >= update_record["begin"] and stack["stores"] is not None


def _document(lab, grace):
    document = {
        "job": UPDATE,
        "directory": lab.directory,
        "commands": [[sys.executable, lab.kit, "stores", "update", "--grace", f"{grace:g}"]],
        "limitMinutes": str(_LIMIT_MINUTES),
    }
    return yaml.safe_dump(document)


def update(lab, grace):
    """
    The work of the job stores/update: waits for announced sites, then runs the control plane's steps again.
    """
    _gather(lab, grace)
    faults = [
        f"{fragments.CONTROL}/{step}: has never run here; bring up the stack of {fragments.CONTROL} first"
        for step in fragments.STEPS
        if control_job(lab, step).text() is None
    ]
    if faults:
        raise Refused(faults)
    for step in fragments.STEPS:
        jobs.run(lab, control_job(lab, step).text())
    answer({"stores": included(lab)})


def _gather(lab, grace):
    told = 0.0
    while True:
        waiting = [record for record in announcements(lab, grace) if record["waitedFor"]]
        if not waiting:
            return
        if time.monotonic() - told > 10:
            told = time.monotonic()
            say("waits for " + "; ".join(f"{record['site']} ({record['why']})" for record in waiting))
        time.sleep(0.3)

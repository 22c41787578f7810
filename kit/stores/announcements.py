"""Announcements: sites that are on their way to register their store, or are being taken down."""

import contextlib
import os

import registry
from clock import duration, is_before, seconds_since, stamp
from files import read_json, remove, write_json
from jobs import locks
from jobs.locks import Lock
from jobs.record import ACTIVE, Job, job_names
from lab import CONTROL
from output import Beat
from stores import GRACE_SECONDS


def announce(lab, site):
    """
    Announces a site whose deployment starts: updates of the control plane that start later wait for the site.
    """
    write_json(registry.announcement(lab, site), {"site": site, **stamp("since"), "leaving": False})


def expect(lab, count):
    """
    Announces that a `./dcn up` has still to start so many sites. Updates of the control plane wait for
    GRACE_SECONDS: `./dcn` calls it again and again, and no update waits for a `./dcn` that was killed.
    """
    write_json(registry.expected(lab), {"sites": count, **stamp("at")})


def expected(lab, grace):
    """
    How many sites a `./dcn up` has still to start.

    Args:
        grace: seconds for which a call of `expect` counts.
    """
    record = read_json(registry.expected(lab))
    return record["sites"] if record and seconds_since(record, "at") < grace else 0


def forget(lab, site):
    """Removes the announcement of a site, which has registered its store or withdraws it."""
    remove(registry.announcement(lab, site))
    remove(registry.last_work(lab, site))


@contextlib.contextmanager
def withdrawing(lab, site):
    """
    A context in which a site drains its store: updates of the control plane wait for the site. Ends with the
    process at the latest.

    Raises:
        KitError: another process drains the store.
    """

    def busy(since):
        return f"store of {site}: is being withdrawn since {since}; wait for that to end, then look again"

    with locks.alone(Lock(_withdrawing(lab, site)), f"stores withdraw {site}", busy):
        forget(lab, site)
        yield


def wait_for_withdrawal(lab, site):
    """Waits while another process drains the store of a site."""

    def waiting(_holder, since):
        return f"store of {site}: is being withdrawn since {since}Z; waits for that"

    locks.wait_until_free(Lock(_withdrawing(lab, site)), waiting, Beat(10.0, at_once=True))


@contextlib.contextmanager
def taking_down(lab, site):
    """
    A context in which a site is being taken down: updates of the control plane wait until its store is
    drained, and images of other sites are not saved in that store. Ends with the process at the latest.

    Raises:
        KitError: another process takes the site down.
    """

    def busy(since):
        return f"site {site}: is being taken down since {since}; wait for that to end"

    with locks.alone(Lock(_taking_down(lab, site)), f"site leave {site}", busy):
        yield


def _withdrawing(lab, site):
    return f"{registry.announcement(lab, site)}.leaving"


def _taking_down(lab, site):
    return f"{registry.announcement(lab, site)}.going"


def is_closing(lab):
    """Whether the control plane itself is being taken down, and so needs no more updates."""
    return Lock(_taking_down(lab, CONTROL)).holder() is not None


def leaving(lab):
    """Sites that are being taken down, or whose store is being drained."""
    return {entry["site"] for entry in announcements(lab) if entry["leaving"]}


_LEAVING = {"leaving": "it is draining its store", "going": "it is being taken down"}
"""Ends of the names of locks, and what their holders do."""


def announcements(lab, grace=GRACE_SECONDS):
    """
    All sites that are on their way to register, are being taken down, or drain their store: [{site, since,
    leaving, waitedFor, why}]. waitedFor: whether updates of the control plane wait for the site.

    Args:
        grace: seconds for which a site without a running job still counts as on its way.
    """
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
                        # No update waits for a site that has no store.
                        "waitedFor": any(
                            entry["site"] == site for entry in registry.registered(lab).values()
                        ),
                        "why": _LEAVING[kind],
                    }
                )
        elif not kind:
            record = read_json(path)
            if record:
                waited, why = _on_its_way(lab, record, grace)
                entry = {key: record[key] for key in ("site", "since", "leaving")}
                found.append({**entry, "waitedFor": waited, "why": why})
    return found


def _on_its_way(lab, record, grace):
    """Whether an announced site is still on its way, and why, by its jobs since the announcement."""
    records = [Job(lab, name).record() for name in job_names(lab, record["site"])]
    since = [job for job in records if job and not is_before(job, "begin", record, "since")]
    running = next((job for job in records if job and job["state"] in ACTIVE), None)
    if running:
        return True, f"{running['job']} runs since {running['begin'][:19]}Z"
    ended = [job for job in since if job["end"]]
    latest = min(ended, key=lambda job: seconds_since(job, "end"), default=None)
    if latest and latest["state"] == "failed":
        return False, f"{latest['job']} failed"
    quiet = seconds_since(record, "since")
    work = read_json(registry.last_work(lab, record["site"]))
    if work:
        quiet = min(quiet, seconds_since(work, "at"))
    if latest:
        quiet = min(quiet, seconds_since(latest, "end"))
    if quiet < grace:
        return True, f"it was active {duration(quiet)} ago"
    return False, f"nothing has happened there for {duration(quiet)}"

"""
Group commit: one run of the control plane's steps includes, or takes out, the stores of all sites that are on
their way.

The update is a job, stores/update, so that it survives the process that asked for it: the next process that
asks finds it running and waits for it. The job runs the control plane's stored documents again, as jobs, with
fresh store files.
"""

import sys
import time

import yaml

import registry
from errors import KitError, Refused
from jobs import report, runs, storefiles
from jobs.record import ACTIVE, Job
from lab import CONTROL
from output import Beat, answer, say
from stores.announcements import announcements

UPDATE = "stores/update"
_LIMIT_MINUTES = 24 * 60
"""
Only against a wait without end: the sites for which an update waits, and the jobs that it runs, have their
own limits.
"""


def control_job(lab, step):
    """The control plane's job of a step."""
    return Job(lab, f"{CONTROL}/{step}")


def stands(lab):
    """Whether the control plane has been deployed from this undercloud and not been taken away."""
    record = control_job(lab, "overcloud-stack").record()
    return record is not None and record["state"] != "gone"


def included(lab):
    """The stores of the control plane's last successful configuration: id -> digest."""
    job = control_job(lab, "overcloud-config")
    record = job.record()
    # A later run may have failed or be under way. Runs before an undo are of a control plane that is gone.
    while record and record["kind"] == "run":
        if record["state"] == "succeeded":
            return record["stores"] or {}
        record = job.record(record["number"] - 1)
    return {}


def rendered(lab):
    """
    The stores that the latest run of the control plane's stack phase included; None before it has included
    them.
    """
    return (control_job(lab, "overcloud-stack").record() or {}).get("stores")


def commit(lab, wanted, grace):
    """
    Updates the control plane until its stores are the wanted ones. Processes that call this side by side
    share updates, and join an update that is under way if it serves them.

    Args:
        wanted: function of the control plane's stores (id -> digest): whether they are the wanted ones.
        grace: as in `announcements`.

    Raises:
        KitError: the update that serves this call failed.
    """
    job = Job(lab, UPDATE)
    while not is_so(lab, wanted):
        before = job.record()
        running = before is not None and before["state"] in ACTIVE
        # Decided before waiting: an update whose stack phase has its store files includes no later store.
        serves_us = not running or not _has_composed(lab, before) or wanted(rendered(lab))
        if running:
            which = "serves this, too" if serves_us else "is too far on; the next one serves this"
            say(f"{UPDATE}: run {before['number']} is under way since {before['begin'][:19]}Z and {which}")
        record = runs.wait(job, (before if running else runs.start(lab, _document(lab, grace)))["number"])
        if record["state"] == "failed" and serves_us:
            # The log ends with the failure message of the job that the update ran, which has TAIL lines
            # itself.
            raise KitError(report.failure(job, record, report.TAIL + 5))
        if record["state"] == "succeeded" and not running and not is_so(lab, wanted):
            raise KitError(
                f"{UPDATE}: run {record['number']} succeeded, but the control plane's record of its stores "
                f"is {included(lab)}, registered are {registry.digests(lab)}; look at "
                f"{lab.jobs}/{CONTROL}"
            )


def is_so(lab, wanted):
    """Whether the stores that the control plane has, and last rendered, are the wanted ones."""
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

    Raises:
        Refused: the control plane has never been deployed from this undercloud.
        KitError: a step failed.
    """
    _gather(lab, grace)
    faults = [
        f"{CONTROL}/{step}: has never run here; bring up the stack of {CONTROL} first"
        for step in storefiles.STEPS
        if control_job(lab, step).text() is None
    ]
    if faults:
        raise Refused(faults)
    for step in storefiles.STEPS:
        runs.run(lab, control_job(lab, step).text())
    answer({"stores": included(lab)})


def _gather(lab, grace):
    beat = Beat(10.0, at_once=True)
    while True:
        waiting = [site for site in announcements(lab, grace) if site["waitedFor"]]
        if not waiting:
            return
        beat.say("waits for " + "; ".join(f"{site['site']} ({site['why']})" for site in waiting))
        time.sleep(0.3)

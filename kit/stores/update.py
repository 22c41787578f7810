"""
Updates the control plane's stores by group commit: one run of the control plane's steps adds or removes the
stores of all sites that register or withdraw at the same time.

The update is a job, stores/update, so it outlives the process that started it; the next process joins it. The
job runs the control plane's stored documents again, as jobs, with new store files.
"""

import sys
import time

import yaml

import documents
import registry
from clock import is_before
from errors import KitError, Refused
from jobs import report, runs, storefiles
from jobs.record import ACTIVE, Job, job_names
from lab import CONTROL
from marks import marked
from output import Beat, answer, say
from stores.announcements import announcements, expected, is_closing

UPDATE = "stores/update"
_LIMIT_MINUTES = 7 * 24 * 60
"""
Only a guard against an endless wait: the sites that an update waits for, and its jobs, have their own limits.
With the greatest limits that a lab file may give, the jobs take 30 hours, and a site 100. A lab of
1,000 sites takes about 50 hours (docs/how-it-works.md, "Many sites").
"""


class Closing(KitError):
    """The control plane is being taken down, or is gone: its steps must not run again."""

    def __init__(self):
        super().__init__(
            f"site {CONTROL}: is being taken down or is gone, and is not updated; if it is to stay, bring up "
            "its stack again"
        )


def control_job(lab, step):
    """The control plane's job of a step."""
    return Job(lab, f"{CONTROL}/{step}")


def stands(lab):
    """Whether the control plane has been deployed from this undercloud and not been removed since."""
    record = control_job(lab, "overcloud-stack").record()
    return record is not None and record["state"] != "gone"


def included(lab):
    """The stores of the control plane's last successful configuration: id -> digest."""
    job = control_job(lab, "overcloud-config")
    record = job.record()
    # Later runs may have failed or still run. Runs before an undo belong to a control plane that is gone.
    while record and record["kind"] == "run":
        if record["state"] == "succeeded":
            return record["stores"] or {}
        record = job.record(record["number"] - 1)
    return {}


def rendered(lab):
    """
    The stores in the latest run of the control plane's stack phase: id -> digest; None before the run has
    written its store files.
    """
    return (control_job(lab, "overcloud-stack").record() or {}).get("stores")


def commit(lab, wanted, grace):
    """
    Updates the control plane until it has the wanted stores. Concurrent callers share updates, and join a
    running update that will have their stores.

    Args:
        wanted: function that gets the control plane's stores (id -> digest), and returns whether they are the
            wanted ones.
        grace: as in `announcements`.

    Raises:
        Closing: as `refuse_closing` does.
        KitError: the update for this call failed.
    """
    job = Job(lab, UPDATE)
    while not is_done(lab, wanted):
        refuse_closing(lab)
        before = job.record()
        running = before is not None and before["state"] in ACTIVE
        # Decided before waiting: an update whose stack phase has written its store files gets no later store.
        serves_us = not running or not _has_store_files(lab, before) or wanted(rendered(lab))
        if running:
            use = "serves this, too" if serves_us else "started too early; the next one serves this"
            say(f"{UPDATE}: run {before['number']} runs since {before['begin'][:19]}Z and {use}")
        number = (before if running else runs.start(lab, _document(lab, grace)))["number"]
        say(marked(f"{UPDATE}: waits for the end of run {number}", "updates"))
        record = runs.wait(job, number)
        if record["state"] == "failed" and serves_us:
            refuse_closing(lab)
            # The log ends with the failure message of one of the update's jobs, which already has TAIL lines.
            raise KitError(report.failure(job, record, report.TAIL + 5))
        if record["state"] == "succeeded" and not running and not is_done(lab, wanted):
            raise KitError(
                f"{UPDATE}: run {record['number']} succeeded, but the control plane has the stores "
                f"{included(lab)} instead of the registered {registry.digests(lab)}; look at "
                f"{lab.jobs}/{CONTROL}"
            )


def commit_unless_closing(lab, wanted, grace):
    """As `commit`; only says so if the control plane is being taken down, and the stores go with it."""
    try:
        commit(lab, wanted, grace)
    except Closing as error:
        say(str(error))


def refuse_closing(lab):
    """
    Raises Closing if the control plane is being taken down, or a step of it was undone. An update may outlive
    the Pulumi that asked for it, and would deploy the control plane again.
    """
    records = [control_job(lab, step).record() for step in storefiles.STEPS]
    undone = any(record and record["kind"] == "undo" for record in records)
    if is_closing(lab) or undone or not stands(lab):
        raise Closing


def is_done(lab, wanted):
    """
    Whether the control plane, and the latest run of its stack phase, have the wanted stores, and no step of
    the control plane has failed since.
    """
    last = rendered(lab)
    return wanted(included(lab)) and (last is None or wanted(last)) and not _has_failed_step(lab)


def lacks_withdrawn(lab):
    """
    A condition for `commit`: the control plane has none of the stores that it has now and that are not
    registered. Their sites have ended without an update, with a control plane that stays after all.
    """
    withdrawn = set(included(lab)) - set(registry.registered(lab))
    return lambda stores: not (withdrawn - set(registry.registered(lab))) & set(stores)


def end(lab):
    """Waits for the end of an update that outlives the control plane, and ends what a killed one has left."""
    job = Job(lab, UPDATE)
    record = job.record()
    if record and record["state"] in ACTIVE:
        runs.wait(job, record["number"])
    # A killed update also keeps disk space for its outcome.
    runs.close_lost(job)


def _has_failed_step(lab):
    records = [job.record() for job in store_jobs(lab)]
    return any(record and record["kind"] == "run" and record["state"] == "failed" for record in records)


def store_jobs(lab):
    """The control plane's jobs whose outcome depends on the registered stores, with their hooks, in order."""
    return [control_job(lab, name) for name in _steps_with_hooks(lab)]


def _steps_with_hooks(lab):
    """
    Names of the steps that an update runs and of their hooks, in order. The control plane has the hooks that
    documents of its steps name. A hook that failed in its first run is in none, and may have left the lab
    file: Pulumi has no resource of the hook, and so does not undo its job.
    """
    named = set()
    for name in job_names(lab, CONTROL):
        job, step = Job(lab, name), name.split("/")[1]
        if not storefiles.is_hook(step) and job.record()["kind"] == "run":
            named.update(documents.parse(name, job.text()).get("after", {}))
    return [
        name
        for step in storefiles.STEPS
        for name in storefiles.with_hooks(step)
        if name == step or name in named
    ]


def _has_store_files(lab, update_record):
    stack = control_job(lab, "overcloud-stack").record()
    return (
        stack is not None
        and not is_before(stack, "begin", update_record, "begin")
        and stack["stores"] is not None
    )


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
        Closing: as `refuse_closing` does.
        KitError: a step failed.
    """
    _wait_for_sites(lab, grace)
    faults = [
        f"{CONTROL}/{step}: has never run here; bring up the stack of {CONTROL} first"
        for step in storefiles.STEPS
        if control_job(lab, step).text() is None
    ]
    if faults:
        raise Refused(faults)
    for name in _steps_with_hooks(lab):
        refuse_closing(lab)
        runs.run(lab, control_job(lab, name).text())
    answer({"stores": included(lab)})


def _wait_for_sites(lab, grace):
    beat = Beat(10.0, at_once=True)
    while True:
        refuse_closing(lab)
        waiting = [
            f"{site['site']} ({site['why']})" for site in announcements(lab, grace) if site["waitedFor"]
        ]
        to_start = expected(lab, grace)
        if to_start:
            waiting.append(f"{to_start} site{'s' * (to_start != 1)} that ./dcn up has still to start")
        if not waiting:
            return
        beat.say("waits for " + "; ".join(waiting))
        time.sleep(0.3)

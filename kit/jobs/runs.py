"""Starts runs of jobs, joins runs under way, and waits for runs."""

import os
import sys
import time

import documents
import folder
import registry
import stacks
from clock import stamp
from errors import KitError, Refused
from files import remove, write_private
from jobs import adoption, locks, shell, storefiles
from jobs.document import read_document, revision
from jobs.environments import dropped_settings, named, unusable_settings
from jobs.record import ACTIVE, LOGS_KEPT, LOST, Job, job_names
from jobs.report import failure, heartbeat
from output import Beat, say
from redact import readable_secrets


def run(lab, text, kind="run"):
    """
    Runs a job to its end, unless a run of the same content has succeeded already. Joins a run of the same
    content that is under way; waits for a run of other content first.

    Args:
        text: the job's document, as YAML.
        kind: 'run' for the job's commands, 'undo' for its teardown.

    Returns:
        The record of the run that succeeded.

    Raises:
        KitError: the run failed.
        Refused: the document is faulty, or a file of another step is missing.
    """
    while True:
        job, record, ours = _find_or_start(lab, text, kind, again=False)
        if record["state"] not in ACTIVE:
            return record
        record = wait(job, record["number"])
        if ours and record["state"] == "failed":
            raise KitError(failure(job, record))
        if ours:
            return record


def run_after_needed(lab, text):
    """Runs a job as `run` does, first those steps that it needs and that were undone."""
    document = read_document(lab, text)
    restore(lab, document["job"].split("/")[0], document["after"])
    return run(lab, text)


def restore(lab, site, steps):
    """
    Runs those of a site's steps again that were undone, each after the steps that it needs. Pulumi still has
    such a step in its state, and does not run it itself, if the teardown has failed or Pulumi was killed
    meanwhile.

    Args:
        steps: names of steps that must have run: Pulumi has created them, or what the caller does needs them.

    Raises:
        KitError: a run failed.
    """
    for name in job_names(lab, site):
        job = Job(lab, name)
        if name.split("/")[1] in steps and _is_undone(job):
            say(f"{name}: was undone, and runs again")
            run_after_needed(lab, job.text())


def _is_undone(job):
    """Whether a job has not succeeded since its latest teardown began."""
    record = job.record()
    while record and record["kind"] == "run" and record["state"] != "succeeded":
        record = job.record(record["number"] - 1)
    return record is not None and record["kind"] == "undo"


def start(lab, text):
    """
    Starts a run of a job, even if its latest run has succeeded. Gives the record of that run, or of the run
    that is under way.
    """
    return _find_or_start(lab, text, "run", again=True)[1]


def _find_or_start(lab, text, kind, again):
    """
    Finds or starts a run for a job's document. Gives (job, record of the run, whether the run has the
    document's content); a run of other content must end first.
    """
    document = read_document(lab, text)
    job = Job(lab, document["job"])
    wanted = revision(document)
    adopted = adoption.under_way(lab)
    is_adopted = adoption.is_adopted(adopted, document, kind)
    with locks.entered(job.gate(), job.name):
        record = job.record()
        if record and record["state"] in ACTIVE:
            ours = record["kind"] == kind and (again or _same(lab, record, wanted))
            others = "" if ours else ", with other content; this one runs after it"
            say(
                f"{job.name}: {record['kind']} {record['number']} is under way since "
                f"{record['begin'][:19]}Z{others}"
            )
            return job, record, ours
        if not again and _done(lab, document, record, kind, wanted):
            if job.text() not in (None, text):
                write_private(job.document, text)
            return job, record or {"state": "gone", "digests": {}}, True
        if kind == "run":
            _check_stack(job, record, document)
            _check_inputs(lab, document)
        wish = {"kind": kind, "revision": wanted}
        if is_adopted:
            stack = adopted[job.name.split("/")[0]]
            return job, adoption.record(job, record, document, text, wish, stack), True
        return job, _start(job, record, document, text, wish), True


def _same(lab, record, wanted):
    """Whether a run has the revision `wanted` and, if its job depends on them, the registered stores."""
    if record["revision"] != wanted:
        return False
    return not storefiles.depends_on_stores(record["job"]) or record["stores"] in (
        None,
        registry.digests(lab),
    )


def _done(lab, document, record, kind, wanted):
    if kind == "undo":
        return record is None or record["state"] == "gone"
    return (
        record is not None
        and record["state"] == "succeeded"
        and record["kind"] == "run"
        and _same(lab, record, wanted)
        and all(os.path.exists(lab.path(path)) for path in document["results"])
    )


def _check_stack(job, record, document):
    """Raises Refused if the job has run for another stack, to which the site's addresses belong."""
    text = job.text()
    if text is None or record is None or record["state"] == "gone":
        return
    was, now = (
        ", ".join(sorted(stacks.of_document(each))) for each in (documents.parse(job.name, text), document)
    )
    if was and now and was != now:
        site = job.name.split("/")[0]
        raise Refused(
            f"{job.name}: the site's TripleO stack is {was}, and cannot become {now}: write stack: {was} at "
            f"{site} in the lab file again, or destroy the site first"
        )


def _check_inputs(lab, document):
    """
    Raises Refused with all files of other steps that are missing, and the job that writes each; with the
    operator's environment files whose secrets others can read; with maps that would lose settings, and with
    settings that cannot work.
    """
    faults = []
    for path in document["digests"]:
        if not os.path.exists(lab.path(path)):
            faults.append(f"{document['job']}: {lab.path(path)} is missing; {_writer(lab, path)}")
    faults += [
        f"{document['job']}: {path} has secrets, and others can read it; chmod 600 {path}"
        for path in readable_secrets(set(named(document["commands"])))
    ]
    faults += dropped_settings(document)
    faults += unusable_settings(document)
    if faults:
        raise Refused(faults)


def _writer(lab, path):
    for name in job_names(lab):
        text = Job(lab, name).text()
        if text and path in documents.parse(name, text).get("results", []):
            return f"job {name} writes it: run that job first"
    return "no job on this undercloud has written it: bring up the stack of the site that it comes from first"


def _start(job, before, document, text, wish):
    """Starts a run of the kind and revision in `wish`, and gives its record. The caller holds the gate."""
    lab = job.lab
    _close_lost(job, before)
    alive = locks.take(job.alive)
    if alive is None:
        raise KitError(
            f"{job.name}: {job.alive} is held although no run is on record; see `fuser -v {job.alive}`"
        )
    try:
        for path in _dropped_results(job, document):
            remove(lab.path(path))
        for path, content in document["files"].items():
            write_private(lab.path(path), content)
        for path in document["results"]:
            os.makedirs(os.path.dirname(lab.path(path)), mode=0o700, exist_ok=True)
        write_private(job.document, text)
        record = {
            "job": job.name,
            "number": before["number"] + 1 if before else 1,
            "id": os.urandom(16).hex(),
            **wish,
            "state": "starting",
            **stamp("begin"),
            "end": None,
            "exit": None,
            "reason": None,
            "command": None,
            "waiting": None,
            "waited": 0,
            "digests": {},
            "environments": {},
            "stores": None,
        }
        log = job.log_of(record["number"])
        job.reserve(record["number"])
        job.save(record)
        remove(job.log)
        os.symlink(os.path.join("runs", os.path.basename(log)), job.log)
        remove(job.log_of(record["number"] - LOGS_KEPT))
        _detach([sys.executable, folder.PATH, "supervise", job.name], lab.directory, log, alive)
    finally:
        os.close(alive)
    say(f"{job.name}: {wish['kind']} {record['number']} started")
    return record


def _dropped_results(job, document):
    """
    Results of the job's former document that no job on record writes any more: a private key does not outlast
    its key of the lab file.
    """
    former = job.text()
    if former is None:
        return []
    kept = {*document["results"], *document["files"]}
    dropped = set(documents.parse(job.name, former).get("results") or []) - kept
    for name in job_names(job.lab) if dropped else []:
        text = Job(job.lab, name).text()
        if text and name != job.name:
            dropped -= set(documents.parse(name, text).get("results") or [])
    return sorted(dropped)


def close_lost(job):
    """Ends what is left of a job's latest run if its supervisor was killed, and writes the run's outcome."""
    if (job.record() or {}).get("lost"):
        with locks.entered(job.gate(), job.name):
            _close_lost(job, job.record())


def _close_lost(job, record):
    """As `close_lost`, with the record of the latest run or None. The caller holds the gate."""
    if record and record.get("lost"):
        left = shell.end(record["id"])
        job.close(record)
        say(
            f"{job.name}: run {record['number']}: "
            f"{LOST}{f'; ended {left} processes that it left' if left else ''}"
        )


def _detach(argv, directory, log, alive):
    """Starts `argv` in a session of its own, which outlives the caller and inherits the lock `alive`."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            if os.fork():
                os._exit(0)
            os.chdir(directory)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.set_inheritable(alive, True)
            os.execve(argv[0], argv, shell.environment())
        finally:
            os._exit(127)
    os.close(output)
    os.waitpid(child, 0)


def wait(job, number):
    """Waits until a run has ended, with heartbeats on stderr. Gives the run's record."""
    began = time.monotonic()
    beat = Beat()
    looked = 0.0
    stamp = None
    while True:
        clock = time.monotonic()
        changed = _stamp(job)
        # A change of the record is seen at once. A killed run does not change its record: check its lock each
        # second.
        if changed != stamp or clock - looked > 1.0:
            stamp, looked = changed, clock
            record = job.record(number)
            if record is None:
                raise KitError(f"{job.name}: run {number} is no longer on record in {job.directory}")
            if record["state"] not in ACTIVE:
                return record
        if beat.due():
            say(heartbeat(job, record))
            beat.seconds = 5.0 if clock - began < 60 else 10.0 if clock - began < 600 else 30.0
        time.sleep(0.1)


def _stamp(job):
    try:
        return os.stat(os.path.join(job.directory, "state.json")).st_mtime_ns
    except FileNotFoundError:
        return None

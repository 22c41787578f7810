"""
Jobs: one TripleO verb (or a few) that runs detached from whoever asked for it.

A job's directory, jobs/<site>/<step> (0700):

    doc.yaml     the document it was last asked with
    state.json   its latest run, as in runs/
    log          symbolic link to the log of the latest run
    runs/N.json  one record for each run, runs/N.log its log
    alive        held (flock) by the run's supervisor for as long as it lives
    gate         held for the moment in which it is decided whether to start one

A record: number, id, kind (run, undo), revision, state (starting, waiting, running; succeeded, failed, gone),
begin, end, exit, reason, command, waiting, waited, digests, and `stores` where the control plane's store
files belong to the job.
"""

import glob
import hashlib
import json
import os
import re
import sys
import time

import documents
from common import (
    KitError,
    Refused,
    duration,
    last_lines,
    moment,
    now,
    read_json,
    remove,
    say,
    seconds_since,
    write_json,
    write_private,
)
from jobs import fragments, locks, shell
from jobs.redact import Redactor

ACTIVE = ("starting", "waiting", "running")
LOGS_KEPT = 10
TAIL = 15

LOST = "its processes ended without an exit status (killed, or the undercloud restarted)"


def read_document(lab, text):
    """Reads and checks a job's document. Throws Refused with all its faults."""
    reader = documents.Reader("job document", documents.parse("job document", text))
    document = {
        "job": reader.text("job", documents.JOB),
        "directory": reader.text("directory"),
        "after": reader.text_map("after", {}),
        "nodes": reader.text_map("nodes", {}),
        "digests": reader.text_map("digests", {}),
        "files": reader.text_map("files", {}),
        "commands": _commands(reader, "commands"),
        "fragments": reader.text_map("fragments", {}),
        "results": reader.texts("results", default=[]),
        "lock": reader.text("lock", documents.NAME, ""),
        "limitMinutes": reader.number("limitMinutes"),
        "teardown": _commands(reader, "teardown", []),
    }
    if document["directory"] != lab.directory:
        reader.fault(
            "directory",
            f"is {document['directory']!r}, but this kit belongs to {lab.directory}: call the kit there",
        )
    if document["fragments"] and set(document["fragments"]) != {"stores", "ceph"}:
        reader.fault("fragments", "needs the files `stores` and `ceph`")
    for key in ("files", "digests", "results"):
        reader.paths(key, document[key])
    reader.paths("fragments", document["fragments"].values())
    reader.finish()
    return document


def _commands(reader, key, default=None):
    commands = reader.get(key, list, default)
    for command in commands:
        if not isinstance(command, list) or not command or not all(isinstance(word, str) for word in command):
            reader.fault(key, f"must be a list of argument lists, one is {command!r}")
    return commands


def revision(document):
    """
    sha256 of everything in a document that makes a difference to what its run leaves behind. How long it may
    take, what it waits for and how it is undone do not.
    """
    content = {
        key: value for key, value in document.items() if key not in ("limitMinutes", "lock", "teardown")
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class Job:
    """What is on record of one job, and whether it lives."""

    def __init__(self, lab, name):
        self.lab = lab
        self.name = name
        self.directory = os.path.join(lab.jobs, *name.split("/"))
        self.document = self._path("doc.yaml")
        self.log = self._path("log")
        self.alive = self._path("alive")

    def _path(self, *names):
        return os.path.join(self.directory, *names)

    def text(self):
        """The document that it was last asked with; None if it never was."""
        try:
            with open(self.document, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def record(self, number=None):
        """
        The record of a run, by default of the latest, a lost run marked as failed; None if there is none.
        """
        for attempt in (1, 2):
            state = read_json(self._path("state.json"))
            if number is not None and state and state["number"] != number:
                state = read_json(self._path("runs", f"{number}.json"))
            if not state or state["state"] not in ACTIVE or locks.held(self.alive):
                return state
            # It may have ended between the two looks; the second time it has not, and is lost.
            if attempt == 2:
                end = state["end"] or self._last_sign(state)
                return {**state, "state": "failed", "reason": LOST, "end": end, "lost": True}
        return None

    def _last_sign(self, state):
        try:
            return moment(os.stat(self.log_of(state["number"])).st_mtime)
        except FileNotFoundError:
            return state["begin"]

    def save(self, record):
        """Puts a run's record down."""
        write_json(self._path("runs", f"{record['number']}.json"), record)
        write_json(self._path("state.json"), record)

    def log_of(self, number):
        """Path of the log of one run."""
        return self._path("runs", f"{number}.log")

    def last_line(self):
        """The last line of its log, without secrets and without colours; '' if there is none."""
        lines = last_lines(self.log, 1, 4096)
        return Redactor().clean(re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", lines[0])) if lines else ""

    def gate(self):
        """A lock to hold while deciding whether to start a run."""
        return locks.Lock(self._path("gate"))


def names(lab, site="*"):
    """Names of all jobs on record, or of those of one site, sorted."""
    found = glob.glob(os.path.join(lab.jobs, site, "*", "state.json"))
    return sorted("/".join(path.split("/")[-3:-1]) for path in found)


def run(lab, text, kind="run"):
    """
    Brings a job to where the document `text` wants it, and gives the record of the run that did.

    A run of the same content that has succeeded is enough; one that is under way is waited for; another one
    is waited for and then this one is run; one that failed is run again.

    kind: 'run' its commands, or 'undo' them by its teardown.
    Throws KitError if the run fails, Refused if the document is wrong.
    """
    while True:
        job, record, ours = _begin(lab, text, kind, again=False)
        if record["state"] not in ACTIVE:
            return record
        record = wait(job, record["number"])
        if ours and record["state"] == "failed":
            raise KitError(failure(job, record))
        if ours:
            return record


def start(lab, text):
    """
    Starts a run of a job, also if the last one has succeeded, unless one is under way; gives the record of
    that run.
    """
    return _begin(lab, text, "run", again=True)[1]


def _begin(lab, text, kind, again):
    """
    Finds or starts the run that brings the job to where the document wants it. Gives the job, the run's
    record, and whether it is that run, or another that must end first.
    """
    document = read_document(lab, text)
    job = Job(lab, document["job"])
    wanted = revision(document)
    gate = job.gate()
    gate.acquire(job.name)
    try:
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
            _check_inputs(lab, document)
        return job, _start(job, record, document, text, {"kind": kind, "revision": wanted}), True
    finally:
        gate.release()


def _same(lab, record, wanted):
    """Whether a run has, or will have, the content that is wanted."""
    if record["revision"] != wanted:
        return False
    return not fragments.belong_to(record["job"]) or record["stores"] in (None, fragments.digests(lab))


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


def _check_inputs(lab, document):
    """Throws Refused with all files of other steps that are missing, and who makes them."""
    faults = []
    for path in document["digests"]:
        if not os.path.exists(lab.path(path)):
            faults.append(f"{document['job']}: {lab.path(path)} is missing; {_maker(lab, path)}")
    if faults:
        raise Refused(faults)


def _maker(lab, path):
    for name in names(lab):
        text = Job(lab, name).text()
        if text and path in documents.parse(name, text).get("results", []):
            return f"job {name} makes it: run that first"
    return "no job on this undercloud has made it: bring up the stack of the site that it comes from first"


def _start(job, before, document, text, wish):
    """Starts a run of the kind and revision in `wish`, and gives its record. The gate is held."""
    lab = job.lab
    if before and before.get("lost"):
        left = shell.end(before["id"])
        job.save(before)
        say(
            f"{job.name}: run {before['number']}: "
            f"{LOST}{f'; ended {left} processes that it left' if left else ''}"
        )
    alive = locks.take(job.alive)
    if alive is None:
        raise KitError(
            f"{job.name}: {job.alive} is held although no run is on record; see `fuser -v {job.alive}`"
        )
    try:
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
            "begin": now(),
            "end": None,
            "exit": None,
            "reason": None,
            "command": None,
            "waiting": None,
            "waited": 0,
            "digests": {},
            "stores": None,
        }
        log = job.log_of(record["number"])
        job.save(record)
        remove(job.log)
        os.symlink(os.path.join("runs", os.path.basename(log)), job.log)
        remove(job.log_of(record["number"] - LOGS_KEPT))
        _detach([sys.executable, lab.kit, "supervise", job.name], lab.directory, log, alive)
    finally:
        os.close(alive)
    say(f"{job.name}: {wish['kind']} {record['number']} started")
    return record


def _detach(argv, directory, log, alive):
    """Starts `argv` so that nothing which ends the caller ends it; it inherits the lock `alive`."""
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
    """Waits until a run has ended, with a line on stderr now and then; gives its record."""
    began = time.monotonic()
    beat = 5.0
    told = began
    looked = 0.0
    stamp = None
    while True:
        clock = time.monotonic()
        changed = _stamp(job)
        # A changed record is seen at once; a run that was killed leaves none: look at its lock each second.
        if changed != stamp or clock - looked > 1.0:
            stamp, looked = changed, clock
            record = job.record(number)
            if record is None:
                raise KitError(f"{job.name}: run {number} is no longer on record in {job.directory}")
            if record["state"] not in ACTIVE:
                return record
        if clock - told >= beat:
            say(heartbeat(job, record))
            told = clock
            beat = 5.0 if clock - began < 60 else 10.0 if clock - began < 600 else 30.0
        time.sleep(0.1)


def _stamp(job):
    try:
        return os.stat(os.path.join(job.directory, "state.json")).st_mtime_ns
    except FileNotFoundError:
        return None


def heartbeat(job, record):
    """What a run does at the moment, since when, and the last line of its log, in one line."""
    head = f"{job.name}: run {record['number']}, {duration(seconds_since(record['begin']))}"
    if record["state"] == "waiting":
        return f"{head}, waits for {waits_for(record['waiting'])}"
    return f"{head}, {_doing(job, record)}"


def _doing(job, record):
    command = record["command"] or "starting"
    # Short, so that the line has room for what the log says.
    command = command if len(command) <= 60 else command[:59] + "…"
    return f"{command} | {job.last_line()}"


def waits_for(waiting):
    """What a run waits for, who has it, and since when; `waiting` as in a record."""
    text = waiting["for"]
    holder = locks.Lock(waiting["lock"]).holder() if waiting.get("lock") else None
    if holder:
        text += f", which {holder['holder']} has since {holder['since'][:19]}Z"
    return f"{text} ({duration(seconds_since(waiting['since']))})"


def failure(job, record, lines=TAIL):
    """One message for a run that failed: what, why, where, the log's last `lines`."""
    log = job.log_of(record["number"])
    tail = Redactor().clean("\n".join(last_lines(log, lines)))
    return (
        f"{job.name}: {record['kind']} {record['number']} failed after {duration(took(record))}: "
        f"{record['reason']}. Mend what it names and run it again; all of its log is in {log} on the "
        f"undercloud, the last lines:\n{tail}"
    )


def took(record):
    """Seconds that a run took, or has taken so far."""
    end = seconds_since(record["end"]) if record["end"] else 0
    return seconds_since(record["begin"]) - end


def listing(lab):
    """All jobs: [{job, state, kind, run, since, end, seconds, reason, doing, log}], the most recent last."""
    found = []
    for name in names(lab):
        job = Job(lab, name)
        record = job.record()
        if record:
            found.append(_told(job, record))
    return sorted(found, key=lambda entry: entry["since"])


def _told(job, record):
    active = record["state"] in ACTIVE
    doing = None
    if record["state"] == "waiting":
        doing = f"waits for {waits_for(record['waiting'])}"
    elif active:
        doing = _doing(job, record)
    return {
        "job": job.name,
        "state": record["state"],
        "kind": record["kind"],
        "run": record["number"],
        "since": record["begin"],
        "end": record["end"],
        "seconds": round(took(record), 1),
        "reason": record["reason"],
        "doing": doing,
        "log": job.log,
    }

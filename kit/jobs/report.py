"""Texts about runs of jobs: heartbeats, failures, the list of jobs."""

from clock import duration, seconds_between, seconds_since
from files import last_lines
from jobs import locks
from jobs.record import ACTIVE, Job, job_names
from marks import marked

TAIL = 15
"""How many lines of the log the message for a failed run quotes."""


def heartbeat(job, record):
    """
    One line about a run under way, with a mark: how long it has taken, and what it waits for, or its command
    and the last line of its log.
    """
    head = f"{job.name}: run {record['number']}, {duration(seconds_since(record, 'begin'))}"
    if record["state"] == "waiting":
        waiting = record["waiting"]
        holder = _holder(waiting)
        return marked(
            f"{head}, waits for {_wait_text(waiting, holder)}", "waits", {"for": waiting["for"], **holder}
        )
    line = f"{head}, {_doing(job, record)}"
    return marked(line, "runs") if record["state"] == "running" else line


def _doing(job, record):
    command = record["command"] or "starting"
    # Short, so that the line has room for the log's last line.
    command = command if len(command) <= 60 else command[:59] + "…"
    return f"{command} | {job.last_line()}"


def _holder(waiting):
    """The holder of the lock that a run waits for, {holder, since}; {} if there is no name."""
    holder = locks.Lock(waiting["lock"]).holder() if waiting.get("lock") else None
    return {"holder": holder["holder"], "since": f"{holder['since'][:19]}Z"} if holder else {}


def _wait_text(waiting, holder):
    text = waiting["for"]
    if waiting.get("images"):
        text += f": {', '.join(waiting['images'])}"
    if holder:
        text += f", held by {holder['holder']} since {holder['since']}"
    return f"{text} ({duration(seconds_since(waiting, 'since'))})"


def failure(job, record, lines=TAIL):
    """
    The message for a run that failed: job and reason in one line with a mark, path of the log, and the log's
    last `lines`.
    """
    log = job.log_of(record["number"])
    tail = "\n".join(last_lines(log, lines))
    reason = " ".join(record["reason"].split())
    sentence = (
        f"{job.name}: {record['kind']} {record['number']} failed after {duration(took(record))}: {reason}"
    )
    return (
        f"{marked(sentence, 'failed', {'job': job.name, 'log': log})}\n"
        f"Mend the cause and run it again. The whole log is in {log} on the undercloud; its last lines:\n"
        f"{tail}"
    )


def outcome(job, record):
    """One line about a run: its state, and how long it took or has taken so far."""
    return f"{job.name}: {record['kind']} {record['number']} {record['state']}, {duration(took(record))}"


def took(record):
    """How many seconds a run took, or has taken so far."""
    if record["end"]:
        return seconds_between(record, "begin", "end")
    return seconds_since(record, "begin")


def listing(lab):
    """
    All jobs, [{job, state, kind, run, since, end, seconds, reason, doing, command, log}], by the start of
    their latest runs. command: the one that writes the log now, or wrote last, `2/3 openstack …`; None: none
    has started, or the job was put on record by an adoption.
    """
    found = []
    for name in job_names(lab):
        job = Job(lab, name)
        record = job.record()
        if record:
            found.append(_entry(job, record))
    return sorted(found, key=lambda entry: entry["since"])


def _entry(job, record):
    active = record["state"] in ACTIVE
    doing = None
    if record["state"] == "waiting":
        doing = f"waits for {_wait_text(record['waiting'], _holder(record['waiting']))}"
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
        "command": record["command"],
        "log": job.log,
    }

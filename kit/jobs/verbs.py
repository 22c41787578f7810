"""The verbs of jobs: run, list, log, wait. `job undo` is in sites.verbs."""

import sys

from errors import KitError, Refused
from jobs import logs, report, runs
from jobs.record import Job, job_names
from output import answer, list_entries, say


def run(lab, _):
    """`job run`: document on stdin."""
    record = runs.run_after_needed(lab, sys.stdin.read())
    answer({"job": record["job"], "digests": record["digests"]})


def listing(lab, arguments):
    """`job list [--json]`."""
    list_entries(report.listing(lab), arguments.json, _job_text)


def _job_text(entry):
    return f"{entry['since'][:19]}Z  {entry['state']:<10} {entry['job']} ({entry['kind']} {entry['run']})"


def log(lab, arguments):
    """`job log JOB [--follow]`: of its latest run."""
    job = _named(lab, arguments.job)
    record = logs.follow(job) if arguments.follow else logs.print_all(job)
    say(report.outcome(job, record))


def wait(lab, arguments):
    """`job wait JOB`: for its latest run."""
    job = _named(lab, arguments.job)
    record = runs.wait(job, job.record()["number"])
    if record["state"] == "failed":
        raise KitError(report.failure(job, record))
    answer({"job": job.name, "state": record["state"], "digests": record["digests"]})


def _named(lab, name):
    if name not in job_names(lab):
        raise Refused(f"job {name}: does not exist; jobs: {', '.join(job_names(lab)) or 'none yet'}")
    return Job(lab, name)

"""
The records of jobs. A job's directory, jobs/<site>/<step> (0700):

    doc.yaml     the job's latest document
    state.json   the record of the latest run, as in runs/
    log          symbolic link to the log of the latest run
    runs/N.json  the record of each run, runs/N.log its log
    *.reserved   disk space for the outcome of a run under way
    alive        held (flock) by the run's supervisor until it exits
    gate         held while a process decides whether to start a run

The record of a run: number, id, kind (run, undo), revision, state (starting, waiting, running; succeeded,
failed, gone), begin, end, exit, reason, command, waiting, waited, digests, environments (sha256 of each of
the operator's environment files, by path), and `stores` where the job depends on the registered stores.
"""

import glob
import os
import re

import marks
from clock import moment
from files import last_lines, read_json, reserve, write_json, write_reserved
from jobs import locks
from redact import clean

# tripleo-ansible ansible_plugins/callback/tripleo_dense.py: time | id | state | task | …
_DENSE_HEAD = re.compile(r"^\d{4}-\d\d-\d\d [0-9:.]+ \| (?:[0-9a-f-]{36} \| +)?")

ACTIVE = ("starting", "waiting", "running")
LOGS_KEPT = 10
LOST = "its processes ended without an exit status (killed, or the undercloud restarted)"


class Job:
    """The files of one job in its directory."""

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
        """The job's latest document, as text; None if there is none."""
        try:
            with open(self.document, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def record(self, number=None):
        """
        The record of run `number`, by default of the latest; None if there is none. A run whose processes
        were killed is given as failed, with `lost`.
        """
        for attempt in (1, 2):
            state = read_json(self._path("state.json"))
            if number is not None and state and state["number"] != number:
                state = read_json(self._path("runs", f"{number}.json"))
            if not state or state["state"] not in ACTIVE or locks.held(self.alive):
                return state
            # The run may have ended between the reading of its record and the check of its lock: the second
            # reading gives its outcome.
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
        """Writes the record of the latest run."""
        for path in self._records(record["number"]):
            write_json(path, record)

    def reserve(self, number):
        """Reserves disk space for the outcome of a run."""
        for path in self._records(number):
            reserve(path)

    def close(self, record):
        """Writes the outcome of the latest run, into the reserved space: a full disk does not lose it."""
        for path in self._records(record["number"]):
            write_reserved(path, record)

    def _records(self, number):
        return self._path("runs", f"{number}.json"), self._path("state.json")

    def log_of(self, number):
        """Path of the log of one run."""
        return self._path("runs", f"{number}.log")

    def last_line(self):
        """
        The last line of the latest run's log, without secrets, colours and mark, and without the time and id
        with which a line of TripleO's callback for Ansible begins; '' if there is none.
        """
        lines = last_lines(self.log, 1, 4096)
        sentence, _ = marks.split(re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", lines[0] if lines else ""))
        return clean(_DENSE_HEAD.sub("", sentence))

    def gate(self):
        """The lock to hold while deciding whether to start a run."""
        return locks.Lock(self._path("gate"))


def job_names(lab, site="*"):
    """Sorted names, `<site>/<step>`, of all jobs that have run, or of those of one site."""
    found = glob.glob(os.path.join(lab.jobs, site, "*", "state.json"))
    return sorted("/".join(path.split("/")[-3:-1]) for path in found)

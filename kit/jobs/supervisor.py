"""
The supervisor of a run: the process that takes the run's locks, runs the job's commands one after the other
under a time limit, checks their results, and writes the outcome into the run's record. runs.py starts it; it
outlives its caller.
"""

import contextlib
import importlib
import os
import select
import signal
import subprocess
import sys
import time
import traceback

import publicca
import registry
import stacks
from clock import duration, now, stamp
from errors import KitError, system_fault
from files import file_digest, read_yaml, remove, write_private
from jobs import cephexport, locks, shell, storefiles
from jobs.causes import causes_in
from jobs.document import read_document
from jobs.environments import own_digests
from jobs.locks import Lock
from jobs.record import Job
from lab import CONTROL, home

IMPORTS_LIMIT_MINUTES = 90
"""How long a deployment of the control plane waits for image imports that the kit has not started."""

_FULL_BYTES = 1024 * 1024
"""A disk with less free space counts as full."""


class Ended(KitError):
    """The supervisor got TERM."""


def supervise(lab, arguments):
    """Supervises the latest run of a job; runs.py has written the run's record, in state `starting`."""
    job = Job(lab, arguments.job)
    Supervisor(lab, job, read_document(lab, job.text()), job.record()).run()


class Supervisor:
    """One run of one job."""

    def __init__(self, lab, job, document, record):
        self.lab = lab
        self.job = job
        self.document = document
        self.record = record
        self.locks = []
        self.deadline = None
        self.clusters = []
        self.export = None

    def run(self):
        """Runs all commands and writes the outcome into the record."""
        signal.signal(signal.SIGTERM, _ended)
        # A caller in the background of a shell ignores INT, and so would the commands.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        undo = self.record["kind"] == "undo"
        outcome = {"state": "gone" if undo else "succeeded"}
        try:
            self._take_locks()
            self._save(state="running", environments=own_digests(self.document["commands"]))
            self.deadline = time.monotonic() + self.document["limitMinutes"] * 60
            commands = self.document["teardown"] if undo else [*self._prepare(), *self.document["commands"]]
            for index, command in enumerate(commands):
                self._command(command, f"{index + 1}/{len(commands)}")
                self._finish_export()
            if undo:
                for path in self.document["results"]:
                    remove(self.lab.path(path))
            else:
                self._check_results()
                if self._configures_control_plane():
                    publicca.note(self.lab)
        except Exception as error:
            # Also a fault of the kit: without an outcome the run would count as lost.
            reason = self._reason(error)
            outcome = {"state": "failed", "reason": reason}
            self._log(f"failed: {reason}")
            if self.export:
                with contextlib.suppress(OSError):
                    cephexport.clear(self.export)
        for lock in reversed(self.locks):
            lock.release()
        self.record.update(outcome, **stamp("end"), waiting=None)
        self.job.close(self.record)

    def _reason(self, error):
        """Why the run failed. A full disk fails commands in many ways, and is named."""
        if isinstance(error, OSError):
            return system_fault(error)
        if not isinstance(error, KitError):
            with contextlib.suppress(OSError):
                traceback.print_exc(file=sys.stdout)
            return f"fault of the kit, {type(error).__name__}: {error}; the log has its traceback"
        disk = os.statvfs(self.job.directory)
        if disk.f_bavail * disk.f_frsize > _FULL_BYTES:
            return str(error)
        return f"{error}; the disk of {self.lab.directory} is full: free space there, then run it again"

    def _save(self, **changes):
        """Writes the record of a run under way. On a full disk, `close` writes the changes at the end."""
        self.record.update(changes)
        with contextlib.suppress(OSError):
            self.job.save(self.record)

    def _log(self, text):
        with contextlib.suppress(OSError):
            print(f"### {now()[:19]}Z {text}", flush=True)

    # -- before the first command

    def _take_locks(self):
        holder = f"{self.job.name} (lab {self.lab.name})"
        commands = self.document["teardown" if self.record["kind"] == "undo" else "commands"]
        found = sorted(filter(None, map(stacks.of_command, commands)))
        for stack in dict.fromkeys(found):
            # Two verbs on one stack would write the same ~/overcloud-deploy/<stack> at once.
            self._take(Lock(home("dcn", "locks", f"stack-{stack}")), f"stack {stack}", holder)
        if self.document["lock"] and self.record["kind"] == "run":
            name = self.document["lock"]
            self._take(Lock(home("dcn", "locks", name)), f"lock {name}", holder)
        if self._configures_control_plane():
            self._take(locks.image_imports(self.lab), "image copies of the kit", holder)
            self._wait_for_imports()

    def _take(self, lock, what, holder):
        if not lock.acquire(holder, wait=False):
            since = time.monotonic()
            self._save(state="waiting", waiting={"for": what, "lock": lock.path, **stamp("since")})
            lock.acquire(holder)
            self._waited(since)
        self.locks.append(lock)

    def _waited(self, since):
        waited = time.monotonic() - since
        self._log(f"waited {duration(waited)} for {self.record['waiting']['for']}")
        self._save(state="running", waiting=None, waited=round(self.record["waited"] + waited, 1))

    def _configures_control_plane(self):
        return self.job.name == f"{CONTROL}/overcloud-config" and self.record["kind"] == "run"

    def _wait_for_imports(self):
        """
        Waits until no image import runs: a restart of glance-api would kill the import and leave its image
        locked.
        """
        # Imported here because loading its HTTP client takes as long as all other modules, and no other job
        # needs it.
        imports = importlib.import_module("cloud.imports")
        since, began = time.monotonic(), stamp("since")
        while True:
            try:
                found = imports.now_running(self.lab, timeout=20)
            except KitError as error:
                # The control plane does not exist yet, or this run repairs it.
                self._log(f"image imports could not be listed: {error}")
                found = []
            if not found:
                break
            if time.monotonic() - since > IMPORTS_LIMIT_MINUTES * 60:
                raise KitError(
                    f"image imports still run after {IMPORTS_LIMIT_MINUTES} minutes and a deployment of the "
                    f"control plane would kill them: {', '.join(found)}; wait for them or delete these "
                    "images, then run the job again"
                )
            self._save(state="waiting", waiting={"for": "image imports", "images": found, **began})
            time.sleep(2)
        if self.record["waiting"]:
            self._waited(since)

    def _prepare(self):
        """
        Writes the store files from the stores that are registered now. Gives the commands to run before those
        of the document.
        """
        if not storefiles.depends_on_stores(self.job.name):
            return []
        source = storefiles.stores_from(self.job.name)
        if source:
            # Not the stores that were registered after that step began.
            step = Job(self.lab, f"{CONTROL}/{source}").record()
            self._save(stores=step["stores"] if step and step["state"] == "succeeded" else None)
            return []
        stores = registry.registered(self.lab)
        files = self.document["fragments"]
        commands = []
        if files:
            composed = storefiles.compose_stores(stores, registry.own(self.lab))
            write_private(self.lab.path(files["stores"]), composed)
            if stores:
                self.export = self._new_ceph()
                commands = cephexport.begin(self.lab, stores.values(), self.export)
            else:
                write_private(self.lab.path(files["ceph"]), storefiles.compose_no_ceph())
        self.record.update(stores={store: entry["digest"] for store, entry in stores.items()})
        # A failure ends the run: registrations that wait read there whether it has their store.
        self.job.save(self.record)
        self.clusters = [entry["cluster"] for entry in stores.values()]
        return commands

    def _new_ceph(self):
        return self.lab.path(self.document["fragments"]["ceph"]) + ".new"

    def _finish_export(self):
        """Checks the export of the clusters, and renames it to the file that the stack phase reads."""
        files = self.document["fragments"]
        if files and self.record["kind"] == "run" and os.path.exists(self._new_ceph()):
            os.chmod(self._new_ceph(), 0o600)
            cephexport.read(self._new_ceph(), self.clusters)
            os.replace(self._new_ceph(), self.lab.path(files["ceph"]))

    # -- the commands

    def _command(self, argv, position):
        self._save(command=f"{position} {' '.join(argv)}"[:300])
        self._log(f"$ {' '.join(argv)}")
        log = self.job.log_of(self.record["number"])
        start = os.path.getsize(log)
        process = subprocess.Popen(
            shell.login(argv),
            cwd=self.document["directory"],
            env=shell.environment(**{shell.RUN_ID: self.record["id"]}),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            # The locks stay held while the command lives, even if this process is killed.
            pass_fds=[lock.descriptor for lock in self.locks],
        )
        try:
            self._until_ended(process)
        except KitError:
            self._end(process)
            raise
        self._save(exit=process.returncode)
        what = f"`{' '.join(argv[:4])} …`" if len(argv) > 4 else f"`{' '.join(argv)}`"
        if process.returncode < 0:
            raise KitError(f"{what} was killed by signal {-process.returncode}")
        problem = (
            f"{what} exited with {process.returncode}"
            if process.returncode
            else self._deployment_fault(argv, what)
        )
        if problem:
            raise KitError("; ".join([*causes_in(log, start), problem]))

    def _until_ended(self, process):
        descriptor = os.pidfd_open(process.pid)
        try:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            left = max(0.0, self.deadline - time.monotonic())
            if not poll.poll(left * 1000):
                limit = self.document["limitMinutes"]
                raise KitError(f"not done after its limit of {limit:g} minutes, and ended (INT, TERM, KILL)")
        finally:
            os.close(descriptor)
        process.wait()

    def _end(self, process):
        """
        Ends the command and all processes that it started: those of its process group, then all that have the
        run's id in their environment.
        """
        for number, patience in shell.ENDING:
            try:
                os.killpg(process.pid, number)
            except (ProcessLookupError, PermissionError):
                break
            try:
                process.wait(patience)
                break
            except subprocess.TimeoutExpired:
                continue
        shell.end(self.record["id"], shell.ENDING[1:])
        self._save(exit=process.poll())

    def _deployment_fault(self, argv, what):
        """
        A sentence if the deployment has failed, otherwise None: `overcloud deploy` may exit with 0 even then,
        but writes the status into a file (tripleoclient v1/overcloud_deploy.py).
        """
        stack = stacks.of_command(argv)
        if argv[:3] != ["openstack", "overcloud", "deploy"] or not stack:
            return None
        path = home("overcloud-deploy", stack, f"{stack}-deployment_status.yaml")
        try:
            status = read_yaml(path).get("deployment_status")
        except FileNotFoundError:
            return None
        return None if status == "DEPLOY_SUCCESS" else f"{what} exited with 0, but {path} says {status}"

    def _check_results(self):
        missing = [path for path in self.document["results"] if not os.path.exists(self.lab.path(path))]
        if missing:
            raise KitError(
                f"all commands exited with 0, but did not write {', '.join(map(self.lab.path, missing))}"
            )
        for path in self.document["results"]:
            os.chmod(self.lab.path(path), 0o600)
        self._save(digests={path: file_digest(self.lab.path(path)) for path in self.document["results"]})


def _ended(_number, _frame):
    raise Ended("it was ended by TERM")

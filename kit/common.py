"""What every part of the kit uses: its errors, its places on the undercloud, private files, times."""

import contextlib
import hashlib
import json
import os
import sys
import threading
import time
from datetime import datetime, timezone

import yaml

# libyaml's loader where PyYAML was built with it (RHEL 9 and Debian are): ten times faster.
SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

GRACE_SECONDS = 90
"""
How long a site without a running job is still taken to be on its way: Pulumi may be between two of its steps.
"""

LINE_LIMIT = 200
"""Longest line on stderr: the log pump of Pulumi's command provider hangs on long ones."""


class KitError(Exception):
    """Work failed. The message names place, value and remedy; the kit exits with 1."""

    exit_code = 1


class Refused(KitError):
    """
    Asked for something that cannot be: nothing was touched. One line for each fault; the kit exits with 2.
    """

    exit_code = 2

    def __init__(self, faults):
        super().__init__(faults if isinstance(faults, str) else "\n".join(faults))


def refuse(faults):
    """Throws Refused if there is any fault, one line for each."""
    found = list(faults)
    if found:
        raise Refused(found)


class Lab:
    """Where one lab keeps its things on the undercloud; `directory` is absolute."""

    def __init__(self, directory):
        self.directory = directory
        self.name = os.path.basename(directory)
        self.kit = os.path.join(directory, "kit")
        self.jobs = os.path.join(directory, "jobs")
        self.stores = os.path.join(directory, "stores")
        self.images = os.path.join(directory, "images")
        self.caches = os.path.join(directory, "caches")

    def path(self, relative):
        """Absolute path of a file that a document names relative to the lab's directory."""
        return os.path.join(self.directory, relative)

    def prepare(self):
        """
        Makes the lab's directory private: TripleO's verbs write exports and keys into it under their own
        umask.
        """
        os.umask(0o077)
        os.makedirs(self.directory, exist_ok=True)
        if os.stat(self.directory).st_mode & 0o077:
            os.chmod(self.directory, 0o700)


def this_lab():
    """The lab that this copy of the kit belongs to: the directory that holds it."""
    return Lab(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def home(*names):
    """A path below the home directory of the undercloud's user."""
    return os.path.join(os.path.expanduser("~"), *names)


def now():
    """This moment, ISO 8601 in UTC with milliseconds."""
    return moment(time.time())


def moment(seconds):
    """A moment of the system's clock as `now` gives it."""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")


def seconds_since(moment):
    """Seconds from an ISO 8601 moment until now; never negative, clocks may have been set."""
    return max(0.0, (datetime.now(timezone.utc) - datetime.fromisoformat(moment)).total_seconds())


def duration(seconds):
    """Seconds as people read them: 7s, 2m05s, 1h10m."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


def say(text):
    """One short line of progress on stderr."""
    line = " ".join(text.split())
    if len(line) > LINE_LIMIT:
        line = line[: LINE_LIMIT - 1] + "…"
    print(line, file=sys.stderr, flush=True)


def answer(value):
    """The verb's result: one line of JSON on stdout."""
    print(json.dumps(value, sort_keys=True), flush=True)


def write_private(path, text):
    """
    Writes a file of mode 0600 so that a reader, or the next boot, sees the old content or the new, never a
    part.
    """
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    part = f"{path}.{os.getpid()}.{threading.get_ident()}.part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        remove(part)
        raise


def write_json(path, value):
    """`write_private` of a value as JSON that people can read."""
    write_private(path, json.dumps(value, indent=1, sort_keys=True) + "\n")


def read_json(path):
    """The JSON in a file; None if there is no such file."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def remove(path):
    """Removes a file that may not be there."""
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)


def last_lines(path, count, most=64 * 1024):
    """The last `count` lines of a log that hold anything, as a list; only its last `most` bytes are read."""
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - most))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    return [line.rstrip() for line in text.splitlines() if line.strip()][-count:]


def file_digest(path, algorithm="sha256"):
    """Digest of a file's content, in hex."""
    total = hashlib.new(algorithm)
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            total.update(block)
    return total.hexdigest()

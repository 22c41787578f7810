"""Reads the documents that come on stdin, and refuses what is wrong in them: all faults at once, before
anything is done.

Every scalar is taken as the text that it is: documents are written as YAML 1.2 and PyYAML reads 1.1, which
would make a boolean of `on` and a number of a digest such as 12e4.
"""

import os
import re
import signal
import sys
import threading

import yaml

from common import Refused

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

NAME = r"[a-z0-9][a-z0-9_-]*"
JOB = rf"{NAME}/{NAME}"
STORE = r"[A-Za-z0-9_-]+"
"""Ids of Glance stores (THT deployment/glance/glance-api-container-puppet.yaml, GlanceBackendID)."""
CLUSTER = r"[A-Za-z0-9]+"
"""Names of Ceph clusters (THT deployment/cephadm/ceph-base.yaml, CephClusterName)."""
IMAGE = r"[A-Za-z0-9][A-Za-z0-9._-]*"
ADDRESS = r"[0-9A-Fa-f.:]+"
DEVICE = r"/dev/[A-Za-z0-9/_.:-]+"


class Reader:
    """
    One mapping of a document. Each method gives the value of a key, or notes a fault and gives something
    harmless; `finish` throws all faults together.
    """

    def __init__(self, what, mapping, faults=None):
        self.what = what
        self.faults = [] if faults is None else faults
        self.known = set()
        self.mapping = mapping if isinstance(mapping, dict) else {}
        if not isinstance(mapping, dict):
            self.faults.append(f"{what}: must be a mapping, is {_shown(mapping)}")

    def fault(self, key, text):
        """Notes a fault of a key."""
        self.faults.append(f"{self.what}: {key}: {text}")

    def has(self, key):
        """Whether the key is there."""
        return key in self.mapping

    def get(self, key, kind, default=None):
        """
        The key's raw value if it is of the `kind` (str, list, dict); without a `default` it must be there.
        """
        self.known.add(key)
        value = self.mapping.get(key, default)
        if value is None:
            self.fault(key, "is missing")
        elif not isinstance(value, kind):
            words = {str: "a text", list: "a list", dict: "a mapping"}
            self.fault(key, f"must be {words[kind]}, is {_shown(value)}")
        else:
            return value
        return kind()

    def text(self, key, pattern=None, default=None):
        """A text that matches the whole `pattern`."""
        value = self.get(key, str, default)
        if pattern and value != default and isinstance(self.mapping.get(key), str):
            self.matches(key, value, pattern)
        return value

    def matches(self, key, value, pattern):
        """Notes a fault unless `value` is a text that matches the whole `pattern`."""
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            self.fault(key, f"{_shown(value)} does not match {pattern}")

    def texts(self, key, pattern=None, default=None):
        """A list of texts that match the whole `pattern`."""
        values = self.get(key, list, default)
        for value in values:
            if pattern:
                self.matches(key, value, pattern)
            elif not isinstance(value, str):
                self.fault(key, f"must be a list of texts, one is {_shown(value)}")
        return values

    def text_map(self, key, default=None):
        """A mapping of texts to texts."""
        values = self.get(key, dict, default)
        for name, value in values.items():
            if not isinstance(value, str):
                self.fault(key, f"{name} must be a text, is {_shown(value)}")
        return values

    def number(self, key, default=None):
        """A number above 0."""
        text = self.get(key, str, default)
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if value <= 0 and isinstance(self.mapping.get(key, default), str):
            self.fault(key, f"must be a number above 0, is {_shown(text)}")
        return value

    def paths(self, key, names):
        """Notes a fault for each of `names` that is not a path below the lab's directory."""
        for name in names:
            if isinstance(name, str) and (os.path.isabs(name) or ".." in name.split("/") or not name):
                self.fault(key, f"{_shown(name)} must be a path below the lab's directory")

    def finish(self):
        """Throws Refused with all faults, keys that nobody asked for included."""
        for key in self.mapping:
            if key not in self.known:
                self.fault(key, f"is not a key of this document; its keys: {', '.join(sorted(self.known))}")
        if self.faults:
            raise Refused(self.faults)


def read_held():
    """
    The document on stdin, of a verb that must not outlive whoever asks for it. If it ends with a line `...`,
    stdin stays open after that for as long as somebody waits, and its end is an interruption (SIGINT): a lost
    connection is noticed at once, and sshd hands on no signals.
    """
    lines = []
    for line in sys.stdin:
        if line.rstrip() == "...":
            threading.Thread(target=_interrupt_at_end, daemon=True).start()
            break
        lines.append(line)
    return "".join(lines)


def _interrupt_at_end():
    # Not sys.stdin, whose lock the interpreter would want when it exits.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGINT)


def parse(what, text):
    """What a YAML text says, every scalar as text."""
    try:
        value = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}: " if mark else ""
        raise Refused(f"{what}: {place}not YAML: {getattr(error, 'problem', error)}") from None
    if value in (None, ""):
        raise Refused(f"{what}: nothing on stdin; the document must come there")
    return value


def _shown(value):
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"

"""
Reads the documents that come on stdin, and finds all their faults at once, before anything is done.

Every scalar is read as text: documents are written as YAML 1.2 and PyYAML reads 1.1, which would make a
boolean of `on` and a number of a digest such as 12e4.
"""

import os
import re
import signal
import sys
import threading

import yaml

from errors import Refused

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

NAME = r"[a-z0-9][a-z0-9_-]*"
JOB = rf"{NAME}/{NAME}"
STORE = r"[A-Za-z0-9_-]+"
"""Ids of Glance stores (THT deployment/glance/glance-api-container-puppet.yaml, GlanceBackendID)."""
CLUSTER = r"[A-Za-z0-9]+"
"""Names of Ceph clusters (THT deployment/cephadm/ceph-base.yaml, CephClusterName)."""
ZONE = r"[A-Za-z0-9][A-Za-z0-9._-]*"
"""Names of availability zones."""
IMAGE = r"[A-Za-z0-9][A-Za-z0-9._-]*"
POOL = r"[A-Za-z0-9][A-Za-z0-9._-]*"
USER = r"[A-Za-z0-9][A-Za-z0-9._-]*"
"""Users of Ceph, without `client.`."""
ADDRESS = r"[0-9A-Fa-f.:]+"
DEVICE = r"/dev/[A-Za-z0-9/_.:-]+"


class Reader:
    """
    Reads one mapping of a document. Each method gives the value of a key, or notes a fault and gives an empty
    value; `finish` raises all faults together.

    Args:
        what: name of the mapping, with which its faults start.
        mapping: its content; another value than a mapping is a fault.
        noun: what the mapping describes, for the fault of an unknown key.
        faults: list to which faults are added.
    """

    def __init__(self, what, mapping, noun="this document", faults=None):
        self.what = what
        self.noun = noun
        self.faults = [] if faults is None else faults
        self.known = set()
        self.mapping = mapping if isinstance(mapping, dict) else {}
        self._parts = []
        if not isinstance(mapping, dict):
            self.faults.append(f"{what}: must be a mapping, is {shown(mapping)}")

    def part(self, key, noun):
        """Reader of the mapping under a key. `finish` also checks its keys."""
        return self._add(Reader(f"{self.what}: {key}", self.get(key, dict), noun, self.faults))

    def items(self, key, what, noun):
        """
        Readers of the mappings in the list under a key, all called `what`. `finish` also checks their keys.
        """
        return [self._add(Reader(what, item, noun, self.faults)) for item in self.get(key, list)]

    def _add(self, part):
        self._parts.append(part)
        return part

    def fault(self, key, text):
        """Notes a fault of a key."""
        self.faults.append(f"{self.what}: {plain(key)}: {text}")

    def has(self, key):
        """Whether the mapping has the key."""
        return key in self.mapping

    def get(self, key, kind, default=None):
        """
        The key's raw value if it is of the `kind` (str, list, dict, or a tuple of them); without a `default`
        the key is required.
        """
        self.known.add(key)
        kinds = kind if isinstance(kind, tuple) else (kind,)
        value = self.mapping.get(key, default)
        if value is None:
            self.fault(key, "is missing")
        elif not isinstance(value, kinds):
            words = {str: "a text", list: "a list", dict: "a mapping"}
            self.fault(key, f"must be {' or '.join(words[one] for one in kinds)}, is {shown(value)}")
        else:
            return value
        return kinds[0]()

    def text(self, key, pattern=None, default=None):
        """A text that matches the whole `pattern`."""
        value = self.get(key, str, default)
        if pattern and value != default and isinstance(self.mapping.get(key), str):
            self.matches(key, value, pattern)
        return value

    def matches(self, key, value, pattern):
        """Notes a fault unless `value` is a text that matches the whole `pattern`."""
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            self.fault(key, f"{shown(value)} does not match {pattern}")

    def texts(self, key, pattern=None, default=None):
        """A list of texts that match the whole `pattern`."""
        values = self.get(key, list, default)
        for value in values:
            if pattern:
                self.matches(key, value, pattern)
            elif not isinstance(value, str):
                self.fault(key, f"must be a list of texts, one is {shown(value)}")
        return values

    def text_map(self, key, default=None):
        """A mapping of texts to texts."""
        values = self.get(key, dict, default)
        for name, value in values.items():
            if not isinstance(value, str):
                self.fault(key, f"{plain(name)} must be a text, is {shown(value)}")
        return values

    def number(self, key, default=None, below=10**9):
        """A number above 0 and below `below`: a plain decimal."""
        text = self.get(key, str, default)
        value = float(text) if re.fullmatch(r"[0-9]{1,16}(\.[0-9]{0,9})?", text) else 0.0
        if not 0 < value < below and isinstance(self.mapping.get(key, default), str):
            self.fault(key, f"must be a number above 0 and below {below}, is {shown(text)}")
        return value

    def paths(self, key, names):
        """Notes a fault for each of `names` that is not a path below the lab's directory."""
        for name in names:
            if isinstance(name, str) and (os.path.isabs(name) or ".." in name.split("/") or not name):
                self.fault(key, f"{shown(name)} must be a path below the lab's directory")

    def finish(self):
        """
        Raises Refused with all faults, among them the keys of the mapping and its parts that no method read.
        """
        self._check_keys()
        if self.faults:
            raise Refused(self.faults)

    def _check_keys(self):
        for key in self.mapping:
            if key not in self.known:
                self.fault(key, f"is not a key of {self.noun}; its keys: {', '.join(sorted(self.known))}")
        for part in self._parts:
            part._check_keys()


def read_held():
    """
    Reads the document on stdin for a verb that must not outlive its caller. If the document ends with a line
    `...`, the end of stdin interrupts the verb (SIGINT): a lost connection ends stdin at once, and sshd
    passes on no signals.
    """
    lines = []
    for line in sys.stdin:
        if line.rstrip() == "...":
            threading.Thread(target=_interrupt_at_end, daemon=True).start()
            break
        lines.append(line)
    return "".join(lines)


def _interrupt_at_end():
    # Not sys.stdin: the interpreter needs its lock to exit.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGINT)


def parse(what, text):
    """The content of a YAML text, every scalar as text. Raises Refused if it is empty or no YAML."""
    try:
        value = yaml.load(text, Loader=_Loader)
    except UnicodeEncodeError as error:
        raise Refused(f"{what}: character {error.start + 1}: not UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        position = f"line {mark.line + 1}: " if mark else ""
        raise Refused(f"{what}: {position}not YAML: {getattr(error, 'problem', error)}") from None
    if value in (None, ""):
        raise Refused(f"{what}: stdin is empty, and must have the document")
    return value


def plain(name):
    """A name of a document as a message has it: itself if it is short and printable, else as `shown`."""
    return name if re.fullmatch(r"[!-~]([ -~]{0,78}[!-~])?", name) else shown(name)


def shown(value):
    """A value of a document as a message has it: as Python writes it, at most 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"

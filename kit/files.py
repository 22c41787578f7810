"""Writes private files atomically, and reads files."""

import contextlib
import glob
import hashlib
import json
import os
import re
import threading

import yaml

from errors import KitError

# libyaml's loader where PyYAML was built with it (RHEL 9 and Debian are): ten times faster.
SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_DAMAGED = "restore it from a backup, or remove it and run the job that writes it again"

_RESERVED_BYTES = 256 * 1024
"""Several times the record of a run with a hundred stores."""


def write_private(path, text):
    """
    Writes a file of mode 0600. A reader, also after a crash, sees the old content or the new, never a part.
    """
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    part = part_of(path)
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


def part_of(path):
    """
    A name of its own for what becomes the file `path` by os.replace. Removes the files of this kind that
    killed processes have left in its directory.
    """
    remove_parts(os.path.dirname(path))
    return f"{path}.{os.getpid()}-{_start('self')}.{threading.get_ident()}.part"


def remove_parts(directory):
    """Removes what killed processes have written half in a directory."""
    for name in os.listdir(directory):
        left = re.fullmatch(r".*\.(\d+)-(\d+)\.\d+\.part", name)
        if left and _start(left[1]) != left[2]:
            remove(os.path.join(directory, name))


def remove_reserved(directory):
    """Frees what is reserved for files of a directory. No process may be about to write them."""
    for path in glob.glob(os.path.join(glob.escape(directory), _spare("*"))):
        remove(path)


def _start(pid):
    """
    When a process started, in clock ticks since the boot, as text; None if there is no such process. The
    number of a dead process may have gone to another one, for instance after a restart (proc(5), stat).
    """
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return None


def write_json(path, value):
    """Writes a value as indented JSON, by `write_private`."""
    write_private(path, _json(value))


def reserve(path):
    """Allocates disk space for a later `write_reserved` of the file. Raises OSError if the disk is full."""
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    spare = _spare(path)
    descriptor = os.open(spare, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, _RESERVED_BYTES)
    except OSError:
        remove(spare)
        raise
    finally:
        os.close(descriptor)


def write_reserved(path, value):
    """
    Writes a value as `write_json` does, into the space that `reserve` allocated: a full disk does not prevent
    it. Without such space it is `write_json`.
    """
    spare = _spare(path)
    try:
        descriptor = os.open(spare, os.O_WRONLY)
    except FileNotFoundError:
        write_json(path, value)
        return
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(_json(value))
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
    os.replace(spare, path)


def _spare(path):
    return f"{path}.reserved"


def _json(value):
    return json.dumps(value, indent=1, sort_keys=True) + "\n"


def read_json(path):
    """The JSON value in a file; None if the file does not exist. Raises KitError if it is no JSON."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise KitError(f"{path}: is not JSON ({error}); {_DAMAGED}") from None


def read_yaml(path):
    """
    The content of a YAML file of TripleO, a dict; {} if it is empty.

    Raises:
        FileNotFoundError: the file does not exist.
        KitError: it is no YAML, or no mapping.
    """
    try:
        with open(path, encoding="utf-8") as file:
            content = yaml.load(file, Loader=SafeLoader) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise KitError(f"{path}: is not YAML ({' '.join(str(error).split())}); {_DAMAGED}") from None
    if not isinstance(content, dict):
        raise KitError(f"{path}: must be a mapping, is a {type(content).__name__}; {_DAMAGED}")
    return content


def remove(path):
    """Removes a file, if it exists."""
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)


def last_lines(path, count, most=64 * 1024):
    """
    The last `count` lines of a log that are not blank. Only its last `most` bytes are read, from the start of
    a word: a part of a secret would not be recognised.
    """
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            start = max(0, file.tell() - most)
            file.seek(start)
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    if start:
        text = re.sub(r"^\S+", "", text)
    return [line.rstrip() for line in text.splitlines() if line.strip()][-count:]


def file_digest(path, algorithm="sha256"):
    """Digest of a file's content, in hex."""
    total = hashlib.new(algorithm)
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            total.update(block)
    return total.hexdigest()

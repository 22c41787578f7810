"""Prints the logs of runs, without secrets."""

import codecs
import select
import sys

import marks
from files import last_lines
from jobs.record import ACTIVE
from output import show
from redact import settled

_PAUSE_MILLISECONDS = 500


def print_all(job):
    """Prints the log of the latest run, and gives the run's record."""
    record = job.record()
    _print("\n".join(last_lines(job.log_of(record["number"]), sys.maxsize, sys.maxsize)))
    return record


def follow(job):
    """
    Prints the log of the latest run as the log grows, until the run has ended or the reader of stdout is
    gone. Gives the run's record.
    """
    number = job.record()["number"]
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    offset, text = 0, ""
    while True:
        # Read before the log, so that the log of a run that has ended is complete.
        record = job.record(number)
        is_running = record["state"] in ACTIVE
        new = _read(job.log_of(number), offset)
        offset += len(new)
        text += decoder.decode(new, final=not is_running)
        end = settled(text) if is_running else len(text)
        _print(text[:end])
        text = text[end:]
        if not is_running or _reader_is_gone():
            return record


def _print(text):
    lines = [marks.split(line.rstrip())[0] for line in text.splitlines() if line.strip()]
    if lines:
        show("\n".join(lines))


def _read(path, offset):
    try:
        with open(path, "rb") as file:
            file.seek(offset)
            return file.read()
    except FileNotFoundError:
        return b""


def _reader_is_gone():
    """Waits for a pause, or until the reader of stdout is gone. Gives whether it is gone."""
    poll = select.poll()
    # Without events to wait for, only errors are reported: the other end of the pipe is closed.
    poll.register(sys.stdout.fileno(), 0)
    return bool(poll.poll(_PAUSE_MILLISECONDS))

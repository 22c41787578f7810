"""Results on stdout and progress on stderr."""

import json
import sys
import time

LINE_LIMIT = 200
"""Longest line on stderr: the log pump of Pulumi's command provider hangs on long lines."""


def say(text):
    """Prints one line of progress on stderr, cut off after LINE_LIMIT characters."""
    line = " ".join(text.split())
    if len(line) > LINE_LIMIT:
        line = line[: LINE_LIMIT - 1] + "…"
    print(line, file=sys.stderr, flush=True)


def answer(value):
    """Prints the verb's result on stdout, as one line of JSON."""
    print(json.dumps(value, sort_keys=True), flush=True)


def list_entries(entries, as_json, text):
    """
    Prints the result of a verb that lists something.

    Args:
        entries: a list of JSON values.
        as_json: one line of JSON for programs, otherwise a line for each entry.
        text: gives an entry's line for people.
    """
    if as_json:
        answer(entries)
        return
    for entry in entries:
        print(text(entry))


class Beat:
    """
    Limits how often a wait is reported.

    Args:
        seconds: the pause between two reports; may be changed later.
        at_once: whether the first report is due at once, not after a pause.
    """

    def __init__(self, seconds=5.0, at_once=False):
        self.seconds = seconds
        self._last = float("-inf") if at_once else time.monotonic()

    def due(self):
        """Whether to report now; if so, the next pause starts."""
        now = time.monotonic()
        if now - self._last < self.seconds:
            return False
        self._last = now
        return True

    def say(self, text):
        """`say`, if a report is due."""
        if self.due():
            say(text)

"""
Results on stdout, progress and errors on stderr. The one exit of the kit: texts of other programs leave
without secrets, and to people without characters that act on a terminal.
"""

import json
import re
import sys
import time

import marks
from redact import Redactor, clean

# The log pump of Pulumi's command provider hangs on a line of more than 64 KiB.
LINE_LIMIT = 200
"""Longest line of progress, in characters."""
_ACTING = re.compile(r"\x1b\[[0-9;]*m|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Colours, and control characters except tabs and ends of lines."""
ERROR_LINE_LIMIT = 4000
"""Longest line of an error, in characters: logs that errors quote have lines of any length."""


def say(text):
    """Prints one line of progress on stderr, without secrets, at most LINE_LIMIT characters of it."""
    _print_cut(" ".join(clean(text).split()), LINE_LIMIT)


def say_error(error):
    """
    Prints an error on stderr, without secrets, of each line at most ERROR_LINE_LIMIT characters. The first
    line has a mark, by which programs tell it from the progress before it.
    """
    first, *others = clean(str(error)).splitlines() or [""]
    for line in [first if marks.split(first)[1] else marks.marked(first, "error"), *others]:
        _print_cut(line, ERROR_LINE_LIMIT)


def _print_cut(line, limit):
    """Cuts off the end of the line's sentence; its mark stays whole."""
    sentence, mark = marks.split(_printable(line))
    room = max(limit - len(mark), 1)
    if len(sentence) > room:
        sentence = sentence[: room - 1] + "…"
    print(sentence + mark, file=sys.stderr, flush=True)


def show(text):
    """Prints a text of several lines on stdout, without secrets."""
    print(_printable(clean(text)), flush=True)


def _printable(text):
    """
    A text without colours, and with ? in place of control characters: whoever may make images and servers
    gives them names, and logs quote hosts.
    """
    return _ACTING.sub(lambda found: "?" if len(found.group()) == 1 else "", text)


def answer(value):
    """Prints the verb's result on stdout, without secrets, as one line of JSON."""
    print(json.dumps(Redactor().clean_texts(value), sort_keys=True), flush=True)


def list_entries(entries, as_json, text):
    """
    Prints the result of a verb that lists something, each entry as soon as it is there.

    Args:
        entries: JSON values.
        as_json: an array for programs, with a line for each entry; otherwise only a line for each entry.
        text: gives an entry's line for people.
    """
    redactor = Redactor()
    if not as_json:
        for entry in entries:
            print(_printable(redactor.clean(text(entry).replace("\n", "?"))), flush=True)
        return
    before = "["
    for entry in entries:
        line = json.dumps(redactor.clean_texts(entry), sort_keys=True)
        print(f"{before}\n{line}", end="", flush=True)
        before = ","
    print("[]" if before == "[" else "\n]", flush=True)


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

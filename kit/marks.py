"""
Marks at the ends of lines: programs read the mark, people the sentence before it.

    dcn0/overcloud-stack: run 1, 5s, waits for lock heat (5s) [dcn:waits for="lock heat"]

A mark has the form of a structured-data element of RFC 5424 (section 6.3). kit/marks.ts lists all marks and
reads them.
"""

import re

_MARK = re.compile(r' \[dcn:[a-z]+(?: [a-z]+="(?:[^"\\\]]|\\.)*")*\]$')


def marked(sentence, name, values=None):
    """The sentence with a mark of this name and these values: a dict of texts."""
    words = [f"dcn:{name}", *(f'{key}="{_escaped(value)}"' for key, value in (values or {}).items())]
    return f"{sentence} [{' '.join(words)}]"


def split(line):
    """Splits a line into its sentence, and the space and mark after it; '' if it has no mark."""
    found = _MARK.search(line)
    return (line[: found.start()], found.group()) if found else (line, "")


def _escaped(value):
    return re.sub(r'(["\\\]])', r"\\\1", value)

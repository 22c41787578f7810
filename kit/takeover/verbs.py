"""The verbs of adoptions."""

import sys

from errors import Refused
from jobs import adoption
from output import answer
from takeover import begin as beginning
from takeover import forget as forgetting


def begin(lab, _):
    """`adoption begin`: document on stdin, which ends with a line `...`; then stdin stays open."""
    lines = []
    for line in sys.stdin:
        if line.rstrip() == "...":
            break
        lines.append(line)
    document = beginning.read_document("".join(lines))
    lock = adoption.lock(lab)
    if not lock.acquire("adoption", wait=False):
        raise Refused(f"lab {lab.name}: is being adopted by another process: wait until that has ended")
    try:
        answer(beginning.begin(lab, document))
        sys.stdin.read()
    finally:
        lock.remove()


def end(lab, _):
    """`adoption end`."""
    answer(beginning.end(lab))


def forget(lab, arguments):
    """`adoption forget [--check]`."""
    answer(forgetting.check(lab) if arguments.check else forgetting.forget(lab))

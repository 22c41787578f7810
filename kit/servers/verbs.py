"""The verbs of servers."""

import sys

import documents
from output import answer
from servers import proof


def boot(lab, _):
    """`servers boot`."""
    answer(proof.boot(lab, sys.stdin.read()))


def prove(lab, _):
    """`servers prove`."""
    answer(proof.prove(lab, documents.read_held()))

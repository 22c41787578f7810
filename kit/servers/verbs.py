"""The verbs of servers."""

import sys

import documents
from output import answer, list_entries
from servers import listing, proof


def boot(lab, _):
    """`servers boot`."""
    answer(proof.boot(lab, sys.stdin.read()))


def prove(lab, _):
    """`servers prove`."""
    answer(proof.prove(lab, documents.read_held()))


def list_servers(lab, arguments):
    """`servers list [--json]`."""
    list_entries(
        listing.listing(lab),
        arguments.json,
        lambda server: f"{server['name']}  {server['zone']}  {server['status']}  {server['id']}",
    )

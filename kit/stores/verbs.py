"""The verbs of Glance stores."""

import sys

from output import answer, list_entries
from stores import announcements, listing, lost
from stores import register as registration
from stores import update as updates
from stores import withdraw as withdrawal


def announce(lab, arguments):
    """`stores announce SITE`."""
    announcements.announce(lab, arguments.site)
    answer({"site": arguments.site})


def expect(lab, arguments):
    """`stores expect COUNT`."""
    announcements.expect(lab, arguments.count)
    answer({"sites": arguments.count})


def record(lab, _):
    """`stores record`."""
    answer(registration.record(lab, sys.stdin.read()))


def register(lab, arguments):
    """`stores register`."""
    answer(registration.register(lab, sys.stdin.read(), arguments.grace))


def withdraw(lab, arguments):
    """`stores withdraw`."""
    answer(withdrawal.withdraw(lab, sys.stdin.read(), arguments.grace))


def show_lost(lab, arguments):
    """`stores lost SITE`."""
    answer(lost.summary(lab, arguments.site))


def forget(lab, arguments):
    """`stores forget SITE`."""
    answer(lost.forget(lab, arguments.site, arguments.grace))


def update(lab, arguments):
    """`stores update`."""
    updates.update(lab, arguments.grace)


def list_stores(lab, arguments):
    """`stores list [--json]`."""
    list_entries(listing.listing(lab), arguments.json, _store_text)


def _store_text(entry):
    state = "included" if entry["included"] else "not yet included"
    return f"{entry['store']:<12} {entry['site']:<14} {state}"

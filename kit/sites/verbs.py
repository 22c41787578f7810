"""The verbs of sites, and the status of the lab."""

import sys

from output import answer, show
from sites import check, end, status


def check_site(lab, _):
    """`site check`."""
    answer(check.check(lab, sys.stdin.read()))


def leave(lab, arguments):
    """`site leave SITE`."""
    end.leave(lab, arguments.site)


def close(lab, arguments):
    """`site close SITE`."""
    answer(end.close(lab, arguments.site))


def show_status(lab, arguments):
    """`status [--json]`."""
    if arguments.json:
        answer(status.status(lab))
    else:
        show(status.text(lab))

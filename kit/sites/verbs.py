"""The verbs of sites, and the status of the lab."""

from output import answer, show
from sites import end, status


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

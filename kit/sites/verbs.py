"""The verbs of sites, and the status of the lab."""

import sys

from output import answer, show
from sites import check, drain, end, status
from sites import restore as restoration


def check_site(lab, _):
    """`site check`."""
    answer(check.check(lab, sys.stdin.read()))


def undo_job(lab, _):
    """`job undo`: the document of `job run` on stdin."""
    answer({"job": end.undo(lab, sys.stdin.read()), "digests": {}})


def leave(lab, arguments):
    """`site leave SITE`."""
    end.leave(lab, arguments.site)


def close(lab, arguments):
    """`site close SITE`."""
    answer(end.close(lab, arguments.site))


def restore(lab, arguments):
    """`site restore SITE`."""
    answer(restoration.restore(lab, arguments.site, sys.stdin.read(), arguments.grace))


def drain_nodes(lab, arguments):
    """`nodes drain NODE… --site S [--cluster C] [--dead] [--stack STACK] [--check]`."""
    work = drain.check if arguments.check else drain.drain
    site, cluster, stack = arguments.site, arguments.cluster, arguments.stack
    answer(work(lab, site, cluster, arguments.nodes, arguments.dead, stack))


def show_status(lab, arguments):
    """`status [--json]`."""
    if arguments.json:
        answer(status.status(lab))
    else:
        show(status.text(lab))

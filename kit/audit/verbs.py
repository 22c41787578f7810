"""The verb of audits."""

import sys

from audit import whole
from output import answer


def audit(lab, arguments):
    """`audit [SITE…] [--content MIB]`."""
    answer(whole.audit(lab, sys.stdin.read(), arguments.sites, arguments.content * 2**20))

"""The verb of audits."""

import sys

from audit import whole
from output import answer


def audit(lab, arguments):
    """`audit [SITE…]`."""
    answer(whole.audit(lab, sys.stdin.read(), arguments.sites))

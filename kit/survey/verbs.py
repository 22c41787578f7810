"""The verb of surveys."""

from output import answer
from survey import whole


def survey(lab, arguments):
    """`survey [STACK…]`."""
    answer(whole.survey(lab, arguments.stacks))

"""The verbs of nodes and of the undercloud."""

import sys

from hosts import containerimages, nodes, roles, undercloud
from output import answer


def wait(lab, arguments):
    """`nodes wait [--again]`."""
    answer(nodes.wait(lab, sys.stdin.read(), arguments.again))


def prepare(lab, arguments):
    """`nodes prepare [--again]`."""
    answer(nodes.prepare(lab, sys.stdin.read(), arguments.again))


def check(lab, arguments):
    """`nodes check [--again]`."""
    answer(nodes.check(lab, sys.stdin.read(), arguments.again))


def check_undercloud(lab, _):
    """`check`."""
    answer(undercloud.check(lab))


def subnets(_, arguments):
    """`roles subnets`."""
    roles.subnets(arguments.file, arguments.subnet, arguments.without, arguments.default_route)


def prepare_images(_, arguments):
    """`containers prepare`."""
    containerimages.prepare(arguments.environments, arguments.roles, arguments.output)

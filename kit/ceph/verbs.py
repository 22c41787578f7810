"""The verbs of Ceph clusters."""

from ceph import external, pools


def clients(_, arguments):
    """`ceph clients`."""
    external.clients(arguments.export, arguments.parameters, arguments.variables)


def adopt(lab, arguments):
    """`ceph adopt`."""
    external.adopt(lab, arguments)


def spread(lab, arguments):
    """`ceph spread`."""
    node = {"name": arguments.node, "address": arguments.address}
    pools.spread(lab, arguments.site, arguments.cluster, node)


def release(lab, arguments):
    """`ceph release`."""
    external.release(lab, arguments.cluster, arguments.files)

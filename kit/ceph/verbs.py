"""The verbs of external Ceph clusters."""

from ceph import external


def clients(_, arguments):
    """`ceph clients`."""
    external.clients(arguments.export, arguments.parameters, arguments.variables)


def adopt(lab, arguments):
    """`ceph adopt`."""
    external.adopt(lab, arguments)


def release(lab, arguments):
    """`ceph release`."""
    external.release(lab, arguments.cluster, arguments.files)

"""The verbs of Ceph clusters."""

from ceph import config, external, hierarchy, keys, pools
from jobs import cephexport


def clients(_, arguments):
    """`ceph clients`."""
    external.clients(arguments.export, arguments.parameters, arguments.variables)


def combine(_, arguments):
    """`ceph combine`."""
    cephexport.combine(arguments.exports, arguments.output)


def give_keys(_, arguments):
    """`ceph keys`."""
    keys.give(arguments.variables, arguments.clients, arguments.output)


def adopt(lab, arguments):
    """`ceph adopt`."""
    external.adopt(lab, arguments)


def settle_pools(lab, arguments):
    """`ceph pools`."""
    node = {"name": arguments.node, "address": arguments.address}
    wanted = pools.read_settings(arguments.settings)
    pools.settle(lab, arguments.site, arguments.cluster, node, wanted, arguments.over_hosts)


def settle_config(lab, arguments):
    """`ceph config`."""
    node = {"name": arguments.node, "address": arguments.address}
    wanted = config.read_settings(arguments.settings)
    config.settle(lab, arguments.site, arguments.cluster, node, wanted)


def settle_hierarchy(lab, arguments):
    """`ceph hierarchy`."""
    node = {"name": arguments.node, "address": arguments.address}
    hosts = hierarchy.read_hosts(arguments.hosts)
    hierarchy.settle(lab, arguments.site, arguments.cluster, node, hosts)


def release(lab, arguments):
    """`ceph release`."""
    external.release(lab, arguments.cluster, arguments.files)

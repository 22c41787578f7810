"""Where the pools of a Ceph cluster place their copies."""

import json

from ceph import cluster as ceph_cluster
from output import say

DEFAULT_RULE = "replicated_rule"
"""The CRUSH rule of a new cluster, which TripleO gives to all pools."""
HOST_RULE = "replicated_host"
_LIMIT_SECONDS = 300


def spread(lab, site, cluster, node):
    """
    Lets the pools of a site's cluster place each copy on a different host. A cluster that was made of one
    host places copies on different disks (`cephadm bootstrap --single-host-defaults`), and keeps its rule
    when hosts are added. Pools with another rule, which an operator has made, stay as they are.

    Args:
        cluster: name of the cluster.
        node: {name, address} of a node of the site with the administrator's keyring.
    """
    access = {"site": site, "cluster": cluster, "node": node}
    lines = ceph_cluster.run(lab, access, "pools.sh", limit_seconds=_LIMIT_SECONDS).splitlines()
    rules, pools = (json.loads(line) for line in lines if line)
    over_disks = {rule["rule_id"] for rule in rules if _is_over_disks(rule)}
    moved = [pool["pool_name"] for pool in pools if pool["crush_rule"] in over_disks]
    if moved:
        ceph_cluster.run(lab, access, "set_rule.sh", [HOST_RULE, *moved], _LIMIT_SECONDS)
        say(f"Ceph cluster {cluster}: copies are on different hosts now, in {', '.join(moved)}")


def _is_over_disks(rule):
    kinds = {step["type"] for step in rule["steps"] if "type" in step}
    return rule["rule_name"] == DEFAULT_RULE and "osd" in kinds

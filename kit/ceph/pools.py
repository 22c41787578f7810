"""Settings of the pools of a Ceph cluster: copies, placement groups, CRUSH rules."""

import re

import documents
from ceph import cluster as ceph_cluster
from errors import KitError, Refused
from output import say

DEFAULT_RULE = "replicated_rule"
"""The CRUSH rule of a new cluster, which TripleO gives to all pools."""
HOST_RULE = "replicated_host"
_SETTINGS = {
    "size": r"[0-9]+",
    "pg_num": r"[0-9]+",
    "target_size_ratio": r"[0-9]+(\.[0-9]+)?",
    "crush_rule": r"[A-Za-z0-9_.-]+",
}
"""Settings of a pool that a lab file has, under the names of `ceph osd pool set`; forms of their values."""
_DIGITS = 5
"""Digits of a ratio that Ceph prints."""
_LIMIT_SECONDS = 300


def read_settings(words):
    """
    Reads texts `POOL,SETTING=VALUE,…`: name of a pool -> {setting: text}.

    Raises:
        Refused: one line for each text of another form.
    """
    wanted, faults = {}, []
    for word in words:
        name, *pairs = word.split(",")
        wanted[name] = dict(pair.partition("=")[::2] for pair in pairs)
        known = all(
            key in _SETTINGS and re.fullmatch(_SETTINGS[key], value) for key, value in wanted[name].items()
        )
        if not (known and re.fullmatch(documents.POOL, name)):
            faults.append(
                f"--pool {word!r}: write NAME,SETTING=VALUE,… with the settings {', '.join(_SETTINGS)}"
            )
    if faults:
        raise Refused(faults)
    return wanted


def settle(lab, site, cluster, node, wanted, over_hosts):
    """
    Gives the pools of a site's cluster their settings of the lab file, where they differ. tripleo-ansible
    since May 2023 changes no pool that exists, and gives a new one neither its number of copies nor fixed
    placement groups (roles/tripleo_cephadm/tasks/pools.yaml); releases before change no rule.

    A cluster that was made of one host places copies on different disks (`cephadm bootstrap
    --single-host-defaults`), and keeps its rule when hosts are added. Pools with another rule, which an
    operator has made, stay as they are.

    Args:
        cluster: name of the cluster.
        node: {name, address} of a node of the site with the administrator's keyring.
        wanted: as from `read_settings`; settings that are missing stay as they are.
        over_hosts: whether pools with the default rule, also those not in `wanted`, must place each copy on a
            different host.

    Raises:
        KitError: the cluster lacks a pool or a rule, or refuses a setting.
    """
    access = {"site": site, "cluster": cluster, "node": node}
    rules, pools = read(lab, access, _LIMIT_SECONDS)
    _check(cluster, wanted, pools, [rule["rule_name"] for rule in rules])
    changes = differences(wanted, rules, pools, over_hosts)
    if changes:
        rule = [HOST_RULE] if any(value == HOST_RULE for *_, value in changes) else []
        settings = "".join(f"{name} {key} {value}\n" for name, key, _, value in changes)
        ceph_cluster.run(lab, access, "set_pools.sh", rule, _LIMIT_SECONDS, settings)
    for name, key, before, value in changes:
        say(f"Ceph cluster {cluster}: pool {name}: {key} was {before}, is {value}")


def read(lab, access, limit_seconds):
    """
    The CRUSH rules and the pools of a cluster, (rules, {name: pool}), as Ceph lists them.

    Args:
        access: as `store` of ceph.cluster.run.
    """
    text = ceph_cluster.run(lab, access, "pools.sh", limit_seconds=limit_seconds)
    rules, found = ceph_cluster.values(access, text, 2)
    return rules, {pool["pool_name"]: pool for pool in found}


def differences(wanted, rules, pools, over_hosts=False):
    """
    The settings of pools that differ from the lab file: [(pool, setting, value in Ceph, wanted value)], in
    the order in which Ceph takes them.

    Args:
        wanted, over_hosts: as in `settle`.
        rules, pools: as from `read`.
    """
    rule_names = {rule["rule_id"]: rule["rule_name"] for rule in rules}
    over_disks = {rule["rule_name"] for rule in rules if over_hosts and _is_over_disks(rule)}
    found = []
    for name, pool in pools.items():
        current = _current(pool, rule_names)
        target = _target(wanted.get(name, {}), current, over_disks)
        found += [(name, key, current[key], value) for key, value in target.items() if value != current[key]]
    return found


def _check(cluster, wanted, pools, rule_names):
    faults = [
        f"Ceph cluster {cluster}: has no pool {name}, which TripleO had to make; see the job's log"
        for name in wanted
        if name not in pools
    ]
    faults += [
        f"Ceph cluster {cluster}: has no CRUSH rule {rule}, which the lab file gives to pool {name}; write "
        "the rule into CephCrushRules of the site's parameters"
        for name, settings in wanted.items()
        if (rule := settings.get("crush_rule")) not in (None, *rule_names)
    ]
    if faults:
        raise KitError("\n".join(faults))


def _current(pool, rule_names):
    """A pool's settings as Ceph has them; of the placement groups the number to which Ceph is on its way."""
    return {
        "crush_rule": rule_names.get(pool["crush_rule"]),
        "size": pool["size"],
        "pg_autoscale_mode": pool["pg_autoscale_mode"],
        "pg_num": pool["pg_num_target"],
        "target_size_ratio": round(pool["options"].get("target_size_ratio", 0.0), _DIGITS),
    }


def _target(wanted, current, over_disks):
    """The settings that a pool must have, in the order in which Ceph takes them."""
    target = {}
    if "crush_rule" in wanted:
        target["crush_rule"] = wanted["crush_rule"]
    elif current["crush_rule"] in over_disks:
        target["crush_rule"] = HOST_RULE
    if "size" in wanted:
        target["size"] = int(wanted["size"])
    if "pg_num" in wanted:
        # The autoscaler would change the number again.
        target.update(pg_autoscale_mode="off", pg_num=int(wanted["pg_num"]))
    if "target_size_ratio" in wanted:
        ratio = round(float(wanted["target_size_ratio"]), _DIGITS)
        target.update(pg_autoscale_mode="on", target_size_ratio=ratio)
    return target


def _is_over_disks(rule):
    kinds = {step["type"] for step in rule["steps"] if "type" in step}
    return rule["rule_name"] == DEFAULT_RULE and "osd" in kinds

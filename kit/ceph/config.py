"""Settings of a Ceph cluster, in its own database of configuration."""

import re

import arguments
from ceph import cluster as ceph_cluster
from output import say

_SETTING = re.compile(r"(global|mon|mgr|osd|client)/([A-Za-z][A-Za-z0-9_/.-]*)=(\S[^\n]*)")
_LIMIT_SECONDS = 300


def read_settings(words):
    """
    Reads texts `SECTION/OPTION=VALUE`: (section, option) -> value.

    Raises:
        Refused: one line for each text of another form.
    """
    found = arguments.read_forms("--set", _SETTING, "SECTION/OPTION=VALUE", words)
    return {(match[1], match[2]): match[3] for match in found}


def settle(lab, site, cluster, node, wanted):
    """
    Gives a site's cluster its settings of the lab file, where they differ. `ceph deploy --config` gives them
    to a new cluster only (tripleo-ansible roles/tripleo_cephadm/tasks/bootstrap.yaml).

    Args:
        cluster: name of the cluster.
        node: {name, address} of a node of the site with the administrator's keyring.
        wanted: as from `read_settings`; settings that are missing stay as they are.

    Raises:
        KitError: the cluster refuses a setting.
    """
    access = {"site": site, "cluster": cluster, "node": node}
    before = _read(access, ceph_cluster.run(lab, access, "config.sh", limit_seconds=_LIMIT_SECONDS))
    lines = [
        f"{who} {name} {value}\n" for (who, name), value in wanted.items() if before.get((who, name)) != value
    ]
    if not lines:
        return
    text = ceph_cluster.run(lab, access, "config.sh", limit_seconds=_LIMIT_SECONDS, stdin="".join(lines))
    after = _read(access, text)
    for who, name in wanted:
        # Ceph may write a value in another form than the lab file: 4294967296 for 4G.
        if after.get((who, name)) != before.get((who, name)):
            was = before.get((who, name), "Ceph's default")
            say(f"Ceph cluster {cluster}: {who}: {name} was {was}, is {after[who, name]}")


def _read(access, text):
    """The settings of a whole kind of daemon: (section, option) -> text."""
    (found,) = ceph_cluster.values(access, text, 1)
    return {(each["section"], each["name"]): each["value"] for each in found if not each.get("mask")}

"""Places of hosts in the CRUSH hierarchy of a Ceph cluster."""

import re

import arguments
from ceph import cluster as ceph_cluster
from output import say

_HOST = re.compile(r"([a-z0-9][a-z0-9-]*)((,[a-z]+=[A-Za-z0-9][A-Za-z0-9_.-]*)+)")
_LIMIT_SECONDS = 300


def read_hosts(words):
    """
    Reads texts `HOST,TYPE=BUCKET,…`: name of a host -> its buckets `TYPE=BUCKET`, the outermost first.

    Raises:
        Refused: one line for each text of another form.
    """
    found = arguments.read_forms("--host", _HOST, "NAME,TYPE=BUCKET,…", words)
    return {match[1]: match[2].lstrip(",").split(",") for match in found}


def settle(lab, site, cluster, node, wanted):
    """
    Moves hosts of a site's cluster to their places of the lab file, where they differ.

    Args:
        cluster: name of the cluster.
        node: {name, address} of a node of the site with the administrator's keyring.
        wanted: as from `read_hosts`.

    Raises:
        KitError: the cluster has no such host, or refuses a place.
    """
    access = {"site": site, "cluster": cluster, "node": node}
    lines = "".join(f"{host} {' '.join(buckets)}\n" for host, buckets in wanted.items())
    text = ceph_cluster.run(lab, access, "hierarchy.sh", limit_seconds=_LIMIT_SECONDS, stdin=lines)
    before, after = (_places(tree) for tree in ceph_cluster.values(access, text, 2))
    for host, place in after.items():
        if host in wanted and place != before.get(host):
            was = " ".join(before.get(host, [])) or "nowhere"
            say(f"Ceph cluster {cluster}: host {host} was in {was}, is in {' '.join(place)}")


def _places(tree):
    """Hosts in the answer of `ceph osd tree` -> their buckets `TYPE=BUCKET`, the outermost first."""
    parents = {child: bucket for bucket in tree["nodes"] for child in bucket.get("children", [])}

    def place(bucket):
        parent = parents.get(bucket["id"])
        return [*place(parent), f"{parent['type']}={parent['name']}"] if parent else []

    return {bucket["name"]: place(bucket) for bucket in tree["nodes"] if bucket["type"] == "host"}

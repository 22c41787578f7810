"""Audits the Ceph cluster of a site."""

import glob
import shlex

from audit.findings import error, on_node, warning
from ceph import administrator
from ceph import cluster as ceph_cluster
from ceph import pools as ceph_pools
from errors import KitError
from jobs import cephexport

_LIMIT_SECONDS = 60
_OF_OSDS = "OSD_DOWN"
"""A check of Ceph that repeats what osd_findings says with numbers."""
_NO_COPIES = "POOL_NO_REDUNDANCY"


def audit(lab, cluster, answering, sites):
    """
    The findings about a cluster.

    Args:
        cluster: as in the document of the audit.
        answering: the hosts of the site that answer, [{name, address}]: a stuck one would cost a time-out.
        sites: names of the sites whose exports count.
    """
    site, name = cluster["site"], cluster["cluster"]
    user = cephexport.user(cluster)
    by_node = "node" in cluster
    access = {**cluster, "answering": answering}

    def state(words):
        text = ceph_cluster.run(lab, access, "state.sh", words, _LIMIT_SECONDS)
        return ceph_cluster.values(access, text, 4 + len(words))

    try:
        # The first call finds a node that answers, for both.
        health, osds, versions, fsid, *users = state([user] if by_node else [])
        rules, pools = ceph_pools.read(lab, access, _LIMIT_SECONDS)
    except KitError as fault:
        what = f"Ceph cluster {name} does not answer: {fault}"
        return [error("ceph", site, what, _shell(lab, cluster, "-s"))]
    exports = [one for one in exported(lab, sites) if one["cluster"] == name]
    return [
        *health_findings(lab, cluster, health, pools),
        *osd_findings(lab, cluster, osds),
        *version_findings(lab, cluster, versions),
        *pool_findings(lab, cluster, rules, pools),
        *(user_findings(lab, cluster, user, exports, fsid, users[0]) if by_node else []),
    ]


def exported(lab, sites):
    """The clusters in the exports of sites, [{cluster, fsid, keys: [{name, key, caps}], file}]."""
    found = []
    paths = [path for site in sites for path in glob.glob(lab.path(f"{site}/*_ceph_external.yaml"))]
    for path in sorted(paths):
        found += [{**entry, "file": path} for entry in cephexport.clusters(path)]
    return found


def health_findings(lab, cluster, health, pools):
    """
    Args:
        cluster: as in `audit`.
        health: what `ceph health detail` says.
        pools: as from ceph.pools.read.
    """
    name, found = cluster["cluster"], []
    for check, value in sorted(health["checks"].items()):
        if value.get("muted") or check == _OF_OSDS or (check == _NO_COPIES and _is_wanted(cluster, pools)):
            continue
        severe = error if value["severity"] == "HEALTH_ERR" else warning
        what = f"Ceph cluster {name}: {check}: {value['summary']['message']}"
        found.append(severe("ceph-health", cluster["site"], what, _shell(lab, cluster, "health", "detail")))
    return found


def _is_wanted(cluster, pools):
    """Whether the lab file wants one copy in each pool that has one copy."""
    single = {name for name, pool in pools.items() if pool["size"] == 1}
    return single <= {name for name in cluster["pools"] if "size" not in cluster["settings"].get(name, {})}


def osd_findings(lab, cluster, osds):
    """
    Args:
        cluster: as in `audit`.
        osds: what `ceph osd stat` says.
    """
    name, found = cluster["cluster"], []
    count, wanted = osds["num_osds"], cluster["osds"]
    look = _shell(lab, cluster, "osd", "tree")
    if wanted and count != wanted:
        severe = error if count < wanted else warning
        what = f"Ceph cluster {name} has {count} OSDs, and the lab file gives it {wanted}"
        found.append(severe("osd-count", cluster["site"], what, look))
    for severe, code, key, word in (
        (error, "osd-down", "num_up_osds", "up"),
        (warning, "osd-out", "num_in_osds", "in"),
    ):
        if osds[key] < count:
            what = f"Ceph cluster {name}: {count - osds[key]} of {count} OSDs are not {word}"
            found.append(severe(code, cluster["site"], what, look))
    return found


def version_findings(lab, cluster, versions):
    """
    Args:
        cluster: as in `audit`.
        versions: what `ceph versions` says.
    """
    several = sorted(versions["overall"])
    if len(several) < 2:
        return []
    counts = ", ".join(f"{versions['overall'][version]} of {version}" for version in several)
    what = f"Ceph cluster {cluster['cluster']} has daemons of several versions: {counts}"
    return [warning("ceph-versions", cluster["site"], what, _shell(lab, cluster, "versions"))]


def pool_findings(lab, cluster, rules, pools):
    """
    Args:
        cluster: as in `audit`.
        rules, pools: as from ceph.pools.read.
    """
    name, site = cluster["cluster"], cluster["site"]
    missing = [pool for pool in cluster["pools"] if pool not in pools]
    return [
        *(
            error(
                "pool-missing",
                site,
                f"Ceph cluster {name} has no pool {pool}",
                _shell(lab, cluster, "osd", "pool", "ls", "detail"),
            )
            for pool in missing
        ),
        *(
            warning(
                "pool-setting",
                site,
                f"Ceph cluster {name}: pool {pool}: {key} is {is_value}, and the lab file says {wanted}",
                _shell(lab, cluster, "osd", "pool", "set", pool, key, str(wanted)),
            )
            for pool, key, is_value, wanted in ceph_pools.differences(cluster["settings"], rules, pools)
        ),
    ]


def user_findings(lab, cluster, user, exports, fsid, users):
    """
    What the clients of a cluster were given, against what the cluster has.

    Args:
        cluster: as in `audit`.
        user: the user of the cluster's clients, without `client.`.
        exports: the cluster's entries in exports, as from `exported`.
        fsid: the cluster's own.
        users: what `ceph auth get` says of the user; [] if the cluster has no such user.
    """
    name, site, entity = cluster["cluster"], cluster["site"], f"client.{user}"
    if not users:
        what = f"Ceph cluster {name} has no user {entity}, with which its clients come"
        return [error("ceph-user", site, what, _shell(lab, cluster, "auth", "ls"))]
    found = []
    for entry in exports:
        if entry["fsid"] != fsid:
            what = f"Ceph cluster {name} is {fsid}, and {entry['file']} has {entry['fsid']} for its clients"
            found.append(error("ceph-fsid", site, what, _shell(lab, cluster, "fsid")))
        for given in (given for given in entry["keys"] if given["name"] == entity):
            if given["key"] != users[0]["key"]:
                what = f"Ceph cluster {name} has another key for {entity} than the clients in {entry['file']}"
                found.append(error("ceph-key", site, what, _shell(lab, cluster, "auth", "get", entity)))
            lacking = _lacking(given.get("caps") or {}, users[0]["caps"])
            if lacking:
                what = f"Ceph cluster {name}: {entity} lacks the rights {'; '.join(lacking)}"
                found.append(error("ceph-caps", site, what, _shell(lab, cluster, "auth", "get", entity)))
    return found


def _lacking(given, has):
    """The parts of capabilities that are missing, each as `osd profile rbd pool=vms`."""
    parts = {service: _parts(caps) for service, caps in has.items()}
    return [
        f"{service} {part}"
        for service, caps in sorted(given.items())
        for part in sorted(_parts(caps) - parts.get(service, set()))
    ]


def _parts(caps):
    return {part.strip() for part in caps.split(",") if part.strip()}


def _shell(lab, cluster, *words):
    """A command of Ceph, as a person runs it."""
    if "node" in cluster:
        command = administrator.in_shell(cluster["cluster"], ["ceph", *words])
        return on_node(cluster["node"]["name"], *command)
    client = cluster["client"]
    files = ["--conf", lab.path(client["conf"]), "--keyring", lab.path(client["keyring"])]
    return shlex.join(["ceph", *files, "--id", client["user"], *words])

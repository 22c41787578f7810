"""
The Glance stores that sites have registered, as files in stores/ (0600), and what the control plane is given
of them.

    <store>.json        one registered store
    own/<store>.json    the control plane's own store
    announced/<site>    a site on its way to register (or to withdraw: held by the process that drains it)
    imports             lock: held shared by the kit's own image work, alone by what restarts glance-api
"""

import glob
import os

import yaml

from common import KitError, SafeLoader, read_json
from jobs import locks

CONTROL = "control-plane"
"""The site that all others register at."""

STEPS = ("network-provision", "overcloud-stack", "overcloud-config")
"""
Steps of the control plane that an update runs again, in order. The first for its list of all sites' subnets,
which Heat needs to know the new site's networks; the others for the stores.
"""


def belong_to(job):
    """Whether a job's outcome depends on the registered stores."""
    site, step = job.split("/")
    return site == CONTROL and step in STEPS


def registered(lab):
    """All registered stores but the control plane's own: id -> its record."""
    return _records(os.path.join(lab.stores, "*.json"))


def own(lab):
    """The record of the control plane's own store; None before `stores record`."""
    return next(iter(_records(os.path.join(lab.stores, "own", "*.json")).values()), None)


def known(lab):
    """Every store of the lab: id -> its record."""
    first = own(lab)
    return {**({first["store"]: first} if first else {}), **registered(lab)}


def path(lab, store):
    """File of one registered store."""
    return os.path.join(lab.stores, f"{store}.json")


def _records(pattern):
    records = (read_json(path) for path in sorted(glob.glob(pattern)))
    return {record["store"]: record for record in records if record}


def digests(lab):
    """What the control plane must know of each registered store: id -> digest."""
    return {store: record["digest"] for store, record in registered(lab).items()}


def imports_lock(lab):
    """
    Guards image imports against a restart of glance-api, which kills them (reference: Glance import flow).
    """
    return locks.Lock(os.path.join(lab.stores, "imports"))


def compose_stores(records):
    """
    glance-dcn-stores.yaml: all additional stores of the control plane in one file, because Heat takes the
    last of two files that set GlanceMultistoreConfig (THT overcloud-resource-registry-puppet.j2.yaml
    parameter_merge_strategies).
    """
    stores = {
        store: {
            "GlanceBackend": "rbd",
            "GlanceStoreDescription": record["description"],
            "CephClusterName": record["cluster"],
        }
        for store, record in sorted(records.items())
    }
    return _environment({"GlanceMultistoreConfig": stores})


def compose_no_ceph():
    """dcn_ceph_external.yaml when no store is registered; else `openstack overcloud export ceph` makes it."""
    return _environment({"CephExternalMultiConfig": []})


def export_ceph(stacks, path):
    """
    The verb that writes the Ceph clusters of some stacks, all in one list, to a file (tripleoclient
    export.py).
    """
    joined = ",".join(sorted(stacks))
    return ["openstack", "overcloud", "export", "ceph", "-f", "--stack", joined, "--output-file", path]


def exported(path):
    """The clusters in a file that `export_ceph` wrote: the entries of CephExternalMultiConfig."""
    with open(path, encoding="utf-8") as file:
        content = yaml.load(file, Loader=SafeLoader)
    return ((content or {}).get("parameter_defaults") or {}).get("CephExternalMultiConfig") or []


def read_export(path, clusters):
    """
    Reads what `export_ceph` wrote and gives it: cluster -> its entry. Throws KitError if a cluster is
    missing, is there twice or has no key: the verb exits with 0 all the same.
    """
    entries = exported(path)
    found = {entry.get("cluster"): entry for entry in entries}
    if (
        len(found) != len(entries)
        or set(found) != set(clusters)
        or not all(entry.get("keys") for entry in entries)
    ):
        raise KitError(
            f"openstack overcloud export ceph: wrote clusters {sorted(map(str, found))}, wanted are "
            f"{sorted(clusters)}, each once and with a key; does ~/overcloud-deploy/<stack>/ceph_client.yml "
            "of each stack name its cluster so?"
        )
    return found


def _environment(parameters):
    return yaml.safe_dump(
        {"parameter_defaults": parameters}, sort_keys=False, width=10**6, allow_unicode=True
    )

"""
A Ceph cluster outside all overclouds: writes the files for its clients, and checks a cluster that exists
already.
"""

import os
import re
import shutil
import socket

import yaml

import registry
from ceph import cluster as ceph_cluster
from errors import KitError, Refused
from files import remove, write_private
from jobs import cephexport
from output import say

_PORTS = (3300, 6789)
_CAPS = {"mgr": "allow *", "mon": "profile rbd"}
_CHECK_SECONDS = 300


def clients(export, parameters, variables):
    """
    Writes the files for sites without a Ceph cluster: TripleO's parameters of an external cluster, and
    variables of the role tripleo_ceph_client. Only the variables can have the cluster's name; the role makes
    variables itself only if it gets none (THT deployment/cephadm/ceph-client.yaml).

    Args:
        export: file with the cluster's export (CephExternalMultiConfig).
        parameters: the environment file to write.
        variables: the file to write for CephClientConfigVars.

    Raises:
        KitError: the export has not exactly one cluster with a key.
    """
    entries = cephexport.clusters(export)
    if len(entries) != 1 or not entries[0].get("keys"):
        raise KitError(
            f"{export}: has {len(entries)} Ceph clusters, must have one, with a key; undo the job that "
            "wrote it (`kit job list`) and bring up its site's stack again"
        )
    cluster = entries[0]
    key = cluster["keys"][0]
    addresses = dict.fromkeys(re.findall(r"\d+(?:\.\d+){3}", cluster["external_cluster_mon_ips"]))
    _write(
        parameters,
        {
            "parameter_defaults": {
                "CephClusterFSID": cluster["fsid"],
                "CephClientUserName": key["name"].partition(".")[2],
                "CephClientKey": key["key"],
                "CephExternalMonHost": ",".join(addresses),
            }
        },
    )
    _write(
        variables,
        {
            "tripleo_ceph_client_fsid": cluster["fsid"],
            "tripleo_ceph_client_cluster": cluster["cluster"],
            "external_cluster_mon_ips": cluster["external_cluster_mon_ips"],
            "keys": [{name: key[name] for name in ("name", "key", "caps")}],
        },
    )


def adopt(lab, wanted):
    """
    Checks a cluster that exists already, as its client: the monitors answer, the cluster has the fsid and the
    pools, and the user can write to each pool. Then writes the export that `openstack overcloud export ceph`
    would write for a cluster of TripleO's, and the undercloud's files as a client.

    Args:
        wanted: object with cluster, fsid, monitors, user, keyring (the operator's file with the user's key),
            pools, and the files to write: export, client_conf, client_keyring.

    Raises:
        Refused: one line for each fault.
    """
    faults = [fault for address in wanted.monitors if (fault := _unreachable(address))]
    key = _key(wanted.keyring, wanted.user, faults)
    if not (shutil.which("ceph") and shutil.which("rbd")):
        faults.append("undercloud: has no commands `ceph` and `rbd`; install the package ceph-common")
    if faults:
        raise Refused(faults)
    entity = f"client.{wanted.user}"
    monitors = ",".join(wanted.monitors)
    conf = f"[global]\nfsid = {wanted.fsid}\nmon_host = {monitors}\nclient_mount_timeout = 30\n"
    write_private(wanted.client_conf, conf)
    write_private(wanted.client_keyring, f"[{entity}]\n\tkey = {key}\n")
    client = {"user": wanted.user, "conf": wanted.client_conf, "keyring": wanted.client_keyring}
    access = {"store": wanted.cluster, "cluster": wanted.cluster, "client": client}
    arguments = [wanted.fsid, *wanted.pools]
    faults = ceph_cluster.run(lab, access, "check_cluster.sh", arguments, _CHECK_SECONDS).splitlines()
    if faults:
        raise Refused([f"Ceph cluster {wanted.cluster}: {fault}" for fault in faults])
    say(f"Ceph cluster {wanted.cluster}: {entity} can write to {', '.join(wanted.pools)}")
    osd = ", ".join(f"profile rbd pool={pool}" for pool in wanted.pools)
    entry = {
        "external_cluster_mon_ips": monitors,
        "keys": [{"name": entity, "key": key, "caps": {**_CAPS, "osd": osd}}],
        "ceph_conf_overrides": {"client": {"keyring": f"/etc/ceph/{wanted.cluster}.{entity}.keyring"}},
        "cluster": wanted.cluster,
        "fsid": wanted.fsid,
        "dashboard_enabled": False,
    }
    _write(wanted.export, {"parameter_defaults": {"CephExternalMultiConfig": [entry]}})


def release(lab, cluster, files):
    """
    Removes the files for clients of a cluster, before the cluster itself is removed.

    Raises:
        Refused: the control plane's own store is in the cluster.
    """
    store = registry.own(lab)
    if store and store["cluster"] == cluster:
        raise Refused(
            f"Ceph cluster {cluster}: holds the store {store['store']} of {store['site']} and its images; "
            "destroy that site's stack first"
        )
    for path in files:
        remove(path)


def _unreachable(address):
    reasons = []
    for port in _PORTS:
        try:
            socket.create_connection((address, port), timeout=5).close()
            return None
        except OSError as error:
            reasons.append(f"port {port}: {error.strerror or error}")
    return (
        f"monitor {address}: does not answer ({'; '.join(reasons)}); is it up, and can the undercloud "
        "and all nodes reach it?"
    )


def _key(path, user, faults):
    """
    The user's key in a keyring file; '' if it has none. Adds a line to `faults` for each fault of the file.
    """
    try:
        mode = os.stat(path).st_mode
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        faults.append(f"keyring {path}: {error.strerror}; put the key of client.{user} there, mode 0600")
        return ""
    if mode & 0o077:
        faults.append(f"keyring {path}: others can read it; chmod 600 {path}")
    section = re.search(rf"^\[client\.{re.escape(user)}\]\n((?:(?!\[).*\n?)*)", text, re.MULTILINE)
    key = section and re.search(r"^\s*key\s*=\s*\"?([A-Za-z0-9+/]{38}==)\"?\s*$", section[1], re.MULTILINE)
    if not key:
        faults.append(
            f"keyring {path}: has no key of client.{user}; write there what "
            f"`ceph auth get client.{user}` prints"
        )
        return ""
    return key[1]


def _write(path, value):
    write_private(path, yaml.safe_dump(value, sort_keys=False, width=10**6))

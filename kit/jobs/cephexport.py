"""Command lines of `openstack overcloud export ceph`, and the files that this command writes."""

import glob
import sys

import yaml

from errors import KitError
from files import read_yaml, remove, write_private

_USER = "openstack"
"""TripleO's default of CephClientUserName, and of the option --cephx-key-client-name."""


def user(entry):
    """The user of the clients of a store's cluster, without `client.`."""
    return entry.get("clientUser", _USER)


def command(stacks, path, name=_USER):
    """
    The argument list that writes the Ceph clusters of some stacks, in one list, to a file (tripleoclient
    export.py).

    Args:
        name: the user of the clients of all these clusters; the client fails if one does not have it.
    """
    joined = ",".join(sorted(stacks))
    option = [] if name == _USER else ["--cephx-key-client-name", name]
    return [
        *("openstack", "overcloud", "export", "ceph", "-f", "--stack", joined, *option),
        *("--output-file", path),
    ]


def begin(lab, entries, path):
    """
    The argument lists that write the Ceph clusters of some stores, with their keys, to a file. The client
    takes one user for all stacks, so clusters with different users are exported one user after the other to
    parts, files beside the file, and then combined. Removes what an earlier run has left, and creates the
    files of the client empty, with mode 0600: the client alone would let others read the keys.
    """
    clear(path)
    stacks = {}
    for entry in entries:
        stacks.setdefault(user(entry), []).append(entry["stack"])
    if len(stacks) == 1:
        write_private(path, "")
        return [command(found, path, name) for name, found in stacks.items()]
    parts = {
        part: command(found, part, name)
        for name, found in sorted(stacks.items())
        for part in [f"{path}.{name}"]
    }
    for part in parts:
        write_private(part, "")
    return [*parts.values(), [sys.executable, lab.kit, "ceph", "combine", "--output", path, *parts]]


def clear(path):
    """Removes an unfinished export to a file, with its parts, which have keys."""
    for found in [path, *glob.glob(f"{glob.escape(path)}.*")]:
        remove(found)


def combine(paths, output):
    """
    Writes the clusters of several exports, with their keys, into one file (mode 0600), and removes these
    exports.
    """
    found = [cluster for path in paths for cluster in clusters(path)]
    found.sort(key=lambda cluster: str(cluster.get("cluster")))
    content = {"parameter_defaults": {"CephExternalMultiConfig": found}}
    write_private(output, yaml.safe_dump(content, width=10**6))
    for path in paths:
        remove(path)


def clusters(path):
    """The clusters in an export: the entries of CephExternalMultiConfig."""
    return (read_yaml(path).get("parameter_defaults") or {}).get("CephExternalMultiConfig") or []


def read(path, names):
    """
    The clusters in an export: name -> entry.

    Args:
        names: the clusters that the export must have, and no others.

    Raises:
        KitError: a cluster is missing, occurs twice or has no key; the verb exits with 0 even then.
    """
    entries = clusters(path)
    found = {entry.get("cluster"): entry for entry in entries}
    if (
        len(found) != len(entries)
        or set(found) != set(names)
        or not all(entry.get("keys") for entry in entries)
    ):
        raise KitError(
            f"openstack overcloud export ceph: wrote clusters {sorted(map(str, found))}, wanted are "
            f"{sorted(names)}, each once and with a key; compare the names of the clusters in "
            "~/overcloud-deploy/<stack>/ceph_client.yml of each stack"
        )
    return found

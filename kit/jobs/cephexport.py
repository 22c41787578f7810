"""`openstack overcloud export ceph`: its command line, and the file that it writes."""

from errors import KitError
from files import read_yaml


def command(stacks, path):
    """
    The argument list that writes the Ceph clusters of some stacks, in one list, to a file (tripleoclient
    export.py).
    """
    joined = ",".join(sorted(stacks))
    return ["openstack", "overcloud", "export", "ceph", "-f", "--stack", joined, "--output-file", path]


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

"""The document of a store."""

import documents
from ceph import cluster
from lab import CONTROL


def read_document(text):
    """
    Reads a store's document from YAML.

    Returns:
        {site, store, description, cluster, stack, pools, control, nodes, after}, and `node` or `client`, and
        poolNames and clientUser, as from ceph.cluster.read_access. cluster: '' for the control plane's own
        store in Swift.

    Raises:
        Refused: one line for each fault of the document.
    """
    reader = documents.Reader("store document", documents.parse("store document", text))
    document = {
        "site": reader.text("site", documents.NAME),
        "store": reader.text("store", documents.STORE),
        "description": reader.text("description"),
        # A store without a cluster is in Swift: the control plane's own, in the topology with caches.
        "cluster": reader.text("cluster", documents.CLUSTER, ""),
        "stack": reader.text("stack", documents.NAME),
        "pools": reader.texts("pools", documents.POOL, []),
        "control": reader.text("control"),
        "nodes": reader.text_map("nodes", {}),
        "after": reader.text_map("after", {}),
    }
    in_ceph = document["site"] != CONTROL or any(map(reader.has, ("cluster", "node", "client")))
    if in_ceph:
        document.update(cluster.read_access(reader, document["site"]))
        if not document["cluster"]:
            reader.fault("cluster", "is missing")
    if document["store"].startswith("os_glance_"):
        reader.fault(
            "store",
            f"{documents.shown(document['store'])} starts with os_glance_, which Glance reserves for itself: "
            "use another id",
        )
    if document["control"] not in ("", CONTROL):
        reader.fault(
            "control",
            f"{documents.shown(document['control'])} is not {CONTROL}, the site that stores register at",
        )
    reader.finish()
    return document


def summary(entry):
    """The result of a verb that changes a store: keys of its document or entry, without empty ones."""
    return {key: entry[key] for key in ("site", "store", "cluster", "fsid") if entry.get(key)}

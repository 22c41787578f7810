"""The document of a server."""

import documents
from ceph import cluster
from hosts import proofservers
from servers.needs import NAME

_SERVER = r"[A-Za-z0-9][A-Za-z0-9._-]*"


def read_document(text, keeps):
    """
    Reads the document of a server from YAML.

    Args:
        keeps: True for `servers boot`, whose server stays and has a name; False for `servers prove`.

    Returns:
        {site, zone, image, name, project, asAdmin, flavor, network, volume, system, cluster}, and `node` or
        `client` where the site has a Ceph cluster. flavor, network, cluster: '' if the document has none.

    Raises:
        Refused: one line for each fault of the document.
    """
    what = "server document"
    reader = documents.Reader(what, documents.parse(what, text))
    site = reader.text("site", documents.NAME)
    document = {
        "site": site,
        "zone": reader.text("zone", documents.ZONE),
        "image": reader.text("image"),
        "name": reader.text("name", _SERVER) if keeps else proofservers.name(site),
        # Name of the project whose member asks for the server; and whether the administrator asks instead.
        "project": NAME if keeps else proofservers.name(site),
        "asAdmin": reader.text("asAdmin", "true|false", "false") == "true",
        "flavor": reader.text("flavor", default=""),
        "network": reader.text("network", default=""),
        # Whether the server's disk is a volume of Cinder.
        "volume": reader.text("volume", "true|false", "false") == "true",
        # Whether the image is an operating system, which writes to its console.
        "system": reader.text("system", "true|false", "true") == "true",
        # The Ceph cluster of the server's disk; '' for a local disk.
        "cluster": reader.text("cluster", documents.CLUSTER, ""),
    }
    if document["cluster"]:
        document.update(cluster.read_access(reader, site))
    reader.finish()
    return document

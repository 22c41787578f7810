"""The document of `audit`: what the lab file says and the kit's records do not."""

import os

import documents
from ceph import cluster as ceph_cluster
from ceph import pools
from errors import Refused
from files import write_private

_ROUTE = rf"{documents.ADDRESS}/[0-9]+ via {documents.ADDRESS}"


def read(lab, text):
    """
    Reads the document of `audit`, and records it for later audits without a document; without text reads the
    recorded one. Returns, raises: as `read_document`; also Refused if there is no recorded one.
    """
    path = os.path.join(lab.directory, "audit", "document.yaml")
    if text.strip():
        document = read_document(text)
        write_private(path, text)
        return document
    try:
        with open(path, encoding="utf-8") as file:
            return read_document(file.read())
    except FileNotFoundError:
        raise Refused(
            "audit: the undercloud has no document of the lab file: run `./dcn audit` once, which sends it"
        ) from None


def read_document(text):
    """
    Reads the document of `audit` from YAML.

    Returns:
        {kit, sites: [{site, zone, volumes, steps, nodes: [{name, compute, storage, addresses, routes}],
        cluster}], images: [{name, stores}], storage}.
        kit: the digest of the kit that the lab is to have; volumes: whether Cinder serves volumes in the
        zone; storage of a node: its address on the storage network, '' without one; routes: those that it
        is to have, `10.8.0.0/14 via 10.8.16.1`; cluster: the site's own
        Ceph cluster, None without one, else {site, cluster, access as from ceph.cluster.read_access, pools,
        settings as from ceph.pools.read_settings, osds, 0: not known}; storage: {addresses, mtu} of the path
        to the monitors of the central store's cluster, None without one.

    Raises:
        Refused: one line for each fault of the document.
    """
    reader = documents.Reader("audit document", documents.parse("audit document", text))
    document = {
        "kit": reader.text("kit", documents.NAME),
        "sites": [_site(site) for site in reader.items("sites", "audit document: site", "a site")],
        "images": [
            {"name": image.text("name", documents.IMAGE), "stores": image.texts("stores", documents.STORE)}
            for image in reader.items("images", "audit document: image", "an image")
        ],
        "storage": None,
    }
    if reader.has("storage"):
        storage = reader.part("storage", "a storage path")
        document["storage"] = {
            "addresses": storage.texts("addresses", documents.ADDRESS),
            "mtu": int(storage.number("mtu", below=2**16)),
        }
    reader.finish()
    return document


def _site(reader):
    site = {
        "site": reader.text("site", documents.NAME),
        "zone": reader.text("zone", documents.ZONE),
        "volumes": reader.text("volumes", "true|false") == "true",
        "steps": reader.texts("steps", documents.NAME),
        "nodes": [
            {
                "name": node.text("name", documents.NAME),
                "compute": node.text("compute", "true|false") == "true",
                "storage": node.text("storage", documents.ADDRESS, ""),
                # The recorded document may be one of before these keys.
                "addresses": node.texts("addresses", documents.ADDRESS, []),
                "routes": node.texts("routes", _ROUTE, []),
            }
            for node in reader.items("nodes", "audit document: node", "a node")
        ],
        "cluster": None,
    }
    if reader.has("cluster"):
        site["cluster"] = _cluster(reader.part("cluster", "a cluster"), site["site"])
    return site


def _cluster(reader, site):
    return {
        "site": site,
        "cluster": reader.text("cluster", documents.CLUSTER),
        **ceph_cluster.read_access(reader, site),
        "pools": reader.texts("pools", documents.POOL),
        "settings": _settings(reader),
        "osds": int(reader.number("osds")) if reader.has("osds") else 0,
    }


def _settings(reader):
    words = reader.texts("settings", default=[])
    try:
        return pools.read_settings([word for word in words if isinstance(word, str)])
    except Refused as fault:
        reader.fault("settings", str(fault))
        return {}

"""The document of the `nodes` verbs."""

import documents
from hosts import ssh

_LIMIT_MINUTES = 30
_FQDN = r"[a-z0-9][a-z0-9.-]*"
_HOST_KEY = r"[a-z0-9@.-]+ [A-Za-z0-9+/=]+( .*)?"
_USER = r"[a-z_][a-z0-9_-]*"
_VOLUME = r"[0-9a-f-]{36}"
SELECTION = {
    "of": "(data|wal|db)_devices",
    "logic": "AND|OR",
    "rotational": "true|false",
    "size": "[0-9.KMGTB:]+",
    "model": "[A-Za-z0-9 ._+/()-]+",
    "vendor": "[A-Za-z0-9 ._+/()-]+",
    "limit": "[0-9]+",
}
"""Keys of a selection of disks, with patterns of their values."""
ALL_DISKS = "all"
"""In place of the devices of a node's OSDs: every blank disk of the node becomes one."""


def read_document(text):
    """
    Reads the document of the `nodes` verbs from YAML.

    Returns:
        {site, limitMinutes, ntpServers, nodes: [{name, address, addresses, fqdn, osdDevices, osdSelections,
        ceph}], hosts: {name: {hostKey, user, volumes}}}. osdDevices: paths, or [ALL_DISKS]. osdSelections:
        [{key of SELECTION: text, '' if it is absent}]. fqdn: '' where the hosts have short names.

    Raises:
        Refused: one line for each fault of the document.
    """
    reader = documents.Reader("nodes document", documents.parse("nodes document", text))
    reader.text_map("after", {})
    document = {
        "site": reader.text("site", documents.NAME),
        "limitMinutes": reader.number("limitMinutes", str(_LIMIT_MINUTES)),
        "ntpServers": reader.texts("ntpServers", default=[]),
        "nodes": [],
    }
    for node in reader.items("nodes", "nodes document: node", "a node"):
        found = {
            "name": node.text("name", documents.NAME),
            "address": node.text("address", documents.ADDRESS),
        }
        node.what = f"nodes document: node {documents.plain(found['name'] or '?')}"
        addresses = node.get("addresses", (dict, list), [])
        found["addresses"] = list(addresses.values()) if isinstance(addresses, dict) else addresses
        for address in found["addresses"]:
            node.matches("addresses", address, documents.ADDRESS)
        found["fqdn"] = node.text("fqdn", _FQDN, "")
        found["osdDevices"] = _devices(node)
        found["osdSelections"] = _selections(node)
        found["ceph"] = node.text("ceph", "true|false", "false") == "true"
        document["nodes"].append(found)
    document["hosts"] = {}
    for name, host in reader.get("hosts", dict, {}).items():
        entry = documents.Reader(
            f"nodes document: hosts: {documents.plain(name)}", host, faults=reader.faults
        )
        entry.text("instanceId", default="")
        document["hosts"][name] = {
            "hostKey": entry.text("hostKey", _HOST_KEY),
            "user": entry.text("user", _USER, ssh.USER),
            "volumes": entry.text_map("volumes", {}),
        }
        for device, volume in document["hosts"][name]["volumes"].items():
            entry.matches("volumes", device, documents.DEVICE)
            entry.matches("volumes", volume, _VOLUME)
    reader.finish()
    return document


def _selections(node):
    """The disks of a node's OSDs that are found by their properties."""
    if not node.has("osdSelections"):
        return []
    what = f"{node.what}: osdSelections"
    return [
        {key: selection.text(key, pattern, "") for key, pattern in SELECTION.items()}
        for selection in node.items("osdSelections", what, "a selection of disks")
    ]


def _devices(node):
    """The devices of a node's OSDs; [ALL_DISKS] for the text `all`."""
    if isinstance(node.get("osdDevices", (list, str), []), list):
        return node.texts("osdDevices", documents.DEVICE, [])
    return [node.text("osdDevices", ALL_DISKS)]


def user_of(document, node):
    """The user for SSH to a node."""
    return host_of(document, node).get("user", ssh.USER)


def host_of(document, node):
    """A node's entry in the document's `hosts`; {} if it has none."""
    return document["hosts"].get(node["name"], {})

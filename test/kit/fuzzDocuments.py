"""Reads documents with random changes by the kit's readers: each is taken, or refused in sentences.

usage: fuzzDocuments.py KIT RUNS SEED; prints the document, and ends with 1, at the first other exception.
"""

import copy
import random
import sys
import traceback

kit, runs, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
sys.path.insert(0, kit)

import yaml  # noqa: E402

from audit import document as audit  # noqa: E402
from errors import Refused  # noqa: E402
from hosts import document as hosts  # noqa: E402
from images import document as images  # noqa: E402
from images import ensure, keeper  # noqa: E402
from jobs import document as jobs  # noqa: E402
from lab import Lab  # noqa: E402
from servers import document as servers  # noqa: E402
from sites import check as sites  # noqa: E402
from stores import document as stores  # noqa: E402
from takeover import begin  # noqa: E402

LAB = Lab("/home/stack/dcn/dev")
NODE = {"site": "dcn0", "name": "h-0", "address": "192.0.2.10"}
DOCUMENTS = [
    (
        audit.read_document,
        {
            "kit": "0123456789abcdef",
            "sites": [
                {
                    "site": "dcn0",
                    "zone": "az-dcn0",
                    "volumes": True,
                    "steps": ["overcloud-stack"],
                    "nodes": [
                        {"name": "h-0", "compute": True, "storage": "198.51.100.10"},
                        {"name": "h-1", "compute": False},
                    ],
                    "cluster": {
                        "cluster": "dcn0",
                        "node": NODE,
                        "pools": ["images"],
                        "poolNames": {"images": "glance"},
                        "clientUser": "glance",
                        "settings": ["images,size=2"],
                        "osds": 3,
                    },
                }
            ],
            "images": [{"name": "guest", "stores": ["central", "dcn0"]}],
            "storage": {"addresses": ["198.51.100.1"], "mtu": 9000},
        },
    ),
    (
        lambda text: jobs.revision(jobs.read_document(LAB, text)),
        {
            "job": "dcn0/overcloud-stack",
            "directory": LAB.directory,
            "after": {"dcn0/ceph-deploy": "0" * 64},
            "nodes": {"h-0": "machine-id"},
            "digests": {"dcn0/roles.yaml": "0" * 64},
            "files": {"dcn0/parameters.yaml": "parameter_defaults: {}\n"},
            "fragments": {"stores": "control-plane/stores.yaml", "ceph": "control-plane/ceph.yaml"},
            "commands": [["openstack", "overcloud", "deploy", "--stack", "dcn0"]],
            "teardown": [["openstack", "overcloud", "delete", "-y", "dcn0"]],
            "results": ["dcn0/export.yaml"],
            "lock": "heat",
            "limitMinutes": 90,
        },
    ),
    (
        sites.read_document,
        {
            "site": "dcn0",
            "stack": "leaf-1",
            "subnets": [
                {"network": "ctlplane", "name": "leaf1", "cidr": "192.0.2.0/24", "gateway": "192.0.2.1"},
                {"network": "storage", "name": "storage_leaf1", "cidr": "198.51.100.0/24"},
                {"network": "storage", "name": "storage_leaf2", "cidr": "203.0.113.0/24", "rack": "r1"},
            ],
            "environments": ["/home/stack/mine.yaml"],
            "existing": {
                "networks": [
                    {
                        "network": "storage",
                        "name": "san",
                        "existing": "subnets",
                        "tripleoName": "Storage",
                        "mtu": 9000,
                        "dnsDomain": "san.example.org.",
                        "tags": ["tripleo_network_name=Storage", "tripleo_net_idx=0"],
                    }
                ],
                "subnets": [
                    {
                        "site": "dcn0",
                        "rack": "r1",
                        "network": "storage",
                        "networkName": "san",
                        "name": "storage_leaf2",
                        "cidr": "203.0.113.0/24",
                        "gateway": "203.0.113.1",
                        "vlan": 30,
                        "pools": [{"start": "203.0.113.200", "end": "203.0.113.250"}],
                        "routes": [{"destination": "198.51.100.0/24", "nexthop": "203.0.113.1"}],
                    }
                ],
            },
        },
    ),
    (
        stores.read_document,
        {
            "site": "dcn0",
            "store": "dcn0",
            "description": "store of dcn0",
            "cluster": "dcn0",
            "stack": "dcn0",
            "pools": ["images"],
            "poolNames": {"images": "glance"},
            "clientUser": "glance",
            "control": "control-plane",
            "nodes": {"h-0": "machine-id"},
            "after": {},
            "node": NODE,
        },
    ),
    (
        stores.read_document,
        {
            "site": "control-plane",
            "store": "central",
            "description": "store of central",
            "cluster": "central",
            "stack": "control-plane",
            "control": "control-plane",
            "client": {"user": "openstack", "conf": "/etc/ceph/c.conf", "keyring": "/etc/ceph/c.keyring"},
        },
    ),
    (
        images.read_document,
        {
            "images": [
                {
                    "name": "made",
                    "diskFormat": "raw",
                    "stores": ["central", "dcn0"],
                    "copy": {"direct": {"rateMbit": 50, "rateInAllMbit": 80}},
                    "source": {"made": {"sizeMiB": 8, "seed": "x"}},
                    "settings": {
                        "visibility": "shared",
                        "members": ["acme"],
                        "owner": "acme",
                        "protected": True,
                        "os_hidden": False,
                        "min_disk": 1,
                        "min_ram": 512,
                        "tags": ["web"],
                        "properties": {"hw_disk_bus": "scsi"},
                    },
                },
                {
                    "name": "fetched",
                    "diskFormat": "qcow2",
                    "keepFormat": True,
                    "stores": [],
                    "caches": ["dcn0"],
                    "source": {"url": "https://images.example.org/x.qcow2", "sha256": "0" * 64},
                },
            ],
            "limitMinutes": 240,
        },
    ),
    (
        hosts.read_document,
        {
            "site": "dcn0",
            "nodes": [
                {
                    "name": "h-0",
                    "address": "192.0.2.10",
                    "addresses": {"ctlplane": "192.0.2.10"},
                    "osdDevices": ["/dev/vdb"],
                    "osdSelections": [{"of": "db_devices", "rotational": "false", "limit": "1"}],
                    "ceph": "true",
                }
            ],
            "hosts": {"h-0": {"hostKey": "ssh-ed25519 AAAA", "user": "stack", "volumes": {"/dev/vdb": "v"}}},
            "limitMinutes": 20,
        },
    ),
    (
        lambda text: servers.read_document(text, keeps=True),
        {
            "site": "dcn0",
            "zone": "dcn0",
            "image": "guest",
            "name": "vm1",
            "flavor": "small",
            "network": "net",
            "volume": True,
            "system": False,
            "cluster": "dcn0",
            "node": NODE,
        },
    ),
    (lambda text: ensure.restore(LAB, text), {"images": ["guest", "other"]}),
    (
        keeper.read_document,
        {
            "site": "dcn0",
            "after": {},
            "hosts": {"h-0": "machine-id"},
            "limitBytes": 1 << 30,
            "nodes": [{"name": "h-0", "address": "192.0.2.10", "api": "198.51.100.10"}],
        },
    ),
    (
        begin.read_document,
        {
            "sites": [
                {"site": "dcn0", "stack": "leaf-1", "overcloud": "true", "store": "dcn0"},
                {"site": "external-ceph", "stack": "", "overcloud": "false", "store": ""},
            ]
        },
    ),
]
JUNK = [
    *(None, "", " ", True, False, 0, -1, 1.5, float("inf"), float("-inf"), float("nan"), 10**400, [], {}),
    *([[]], [None], {"": None}, {"a": {"b": []}}, "../../x", "/", "-", "-rf", "é", "日本", "\n", "a\nb"),
    *("x" * 70_000, "0x10", "1e3", "1_000", "inf", "nan", "٣", "$(id)", "'; x", "%s", "[hidden]"),
]


def paths(value, before=()):
    """Paths of all values below a value."""
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield (*before, key)
            yield from paths(value[key], (*before, key))


def change(document, chance):
    """Changes one value of a document."""
    places = list(paths(document))
    if not places:
        return
    *above, last = chance.choice(places)
    parent = document
    for key in above:
        parent = parent[key]
    kind = chance.choice(("replace", "remove", "add", "copy", "wrap"))
    if kind == "replace":
        parent[last] = copy.deepcopy(chance.choice(JUNK))
    elif kind == "remove":
        del parent[last]
    elif kind == "add" and isinstance(parent, dict):
        parent[chance.choice(("planted", "", "node", "client", "cluster", "sha256"))] = copy.deepcopy(
            chance.choice(JUNK)
        )
    elif kind == "copy":
        value = document
        for key in chance.choice(places):
            value = value[key]
        parent[last] = copy.deepcopy(value)
    else:
        parent[last] = [parent[last]]


def main():
    chance = random.Random(seed)
    taken = 0
    for run in range(runs):
        read, good = DOCUMENTS[run % len(DOCUMENTS)]
        document = copy.deepcopy(good)
        for _ in range(chance.randint(0 if run < len(DOCUMENTS) else 1, 3)):
            change(document, chance)
        text = yaml.safe_dump(document, allow_unicode=True)
        try:
            read(text)
            taken += 1
        except Refused as refusal:
            for line in str(refusal).splitlines():
                if ": " not in line or len(line) > 4000:
                    sys.exit(f"{text}\nis refused by the line {line[:500]!r}, without a place or too long")
        except Exception:
            sys.exit(f"{text[:3000]}\n{traceback.format_exc()}")
    print(f"{runs} documents, {taken} taken")


main()

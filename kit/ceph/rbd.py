"""
Ceph's block devices at a site, through the `rbd` of a node of the site's cluster, which reads its own keyring
there; for a cluster without such a node through the undercloud's.
"""

import json
import os
import subprocess

import documents
from common import KitError
from hosts import ssh

IMAGES = "images"
"""
The pool that Glance keeps images in; an image's data is images/<id>, and its clones grow from <id>@snap.
"""

SERVERS = "vms"
"""The pool that Nova keeps servers' disks in."""

VOLUMES = "volumes"
"""The pool that Cinder keeps volumes in."""


_LOOK_SECONDS = 300


def read_access(reader, site):
    """
    Reads from a document how a cluster is reached: by a node of it (by default one of the document's site),
    with the administrator's key, or where the lab has none by the undercloud as a client.
    """
    key = "client" if reader.has("client") else "node"
    part = documents.Reader(f"{reader.what}: {key}", reader.get(key, dict), reader.faults)
    if key == "client":
        found = {
            "user": part.text("user", documents.NAME),
            "conf": part.text("conf"),
            "keyring": part.text("keyring"),
        }
        part.paths("conf, keyring", [found["conf"], found["keyring"]])
    else:
        found = {
            "site": part.text("site", documents.NAME, site),
            "name": part.text("name", documents.NAME),
            "address": part.text("address", documents.ADDRESS),
        }
    for name in part.mapping:
        if name not in part.known:
            part.fault(name, f"is not a key of it; its keys: {', '.join(sorted(part.known))}")
    return {key: found}


def on_cluster(lab, record, script, arguments=(), limit_seconds=3600):
    """
    Runs a bash script with Ceph's commands at hand, as one who may read and write the pools of a store's
    cluster, and gives its stdout.

    record: the store's record, or as much of one as says where its cluster is and how it is reached. Throws
    KitError with what the script said on stderr.
    """
    cluster, node = record["cluster"], record.get("node")
    command = ["bash", "-c", script, "kit", *arguments]
    what = f"store {record['store']}" if "store" in record else f"cluster {cluster}"
    if node:
        inner = ["sudo", "cephadm", "shell", *_admin_files(cluster), "--", *command]
        site = node.get("site", record["site"])
        return ssh.run(lab, site, node, inner, what=what, limit_seconds=limit_seconds)
    place = f"{what}: the undercloud as a client of cluster {cluster}"
    client = record["client"]
    files = f"--conf {lab.path(client['conf'])} --keyring {lab.path(client['keyring'])}"
    environment = {**os.environ, "CEPH_ARGS": f"{files} --id {client['user']}"}
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_seconds,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        raise KitError(f"{place}: no end after {limit_seconds} s; look at Ceph's health there") from None
    if done.returncode:
        raise KitError(f"{place}: {done.stderr.strip()[-600:] or f'exit {done.returncode}'}")
    return done.stdout


def _admin_files(cluster):
    admin = f"/etc/ceph/{cluster}.client.admin.keyring"
    return ["--config", f"/etc/ceph/{cluster}.conf", "--keyring", admin]


# Exit 2 is ENOENT: an image without data here, or without its snapshot, is nobody's parent.
_CHILDREN = """
for id in "$@"; do
  found=$(rbd children --all --format json "images/$id@snap"); code=$?
  case $code in 0) ;; 2) found='[]' ;; *) exit $code ;; esac
  printf '%s %s\\n' "$id" "$found"
done
"""


def children(lab, record, ids):
    """
    Clones of images in a store's cluster, in any pool and those in the trash: image id -> ['pool/name', …].
    """
    lines = on_cluster(lab, record, _CHILDREN, ids).splitlines() if ids else []
    pairs = (line.split(" ", 1) for line in lines if line)
    return {image_id: [_child(child) for child in json.loads(text)] for image_id, text in pairs}


def _child(child):
    trash = " (in the trash)" if child.get("trash") else ""
    namespace = f"{child['pool_namespace']}/" if child.get("pool_namespace") else ""
    return f"{child['pool']}/{namespace}{child['image']}{trash}"


def clone_faults(lab, record, images):
    """
    A line for each image of a store that something there is a clone of: Glance could not remove its data.
    """
    used = children(lab, record, [image["id"] for image in images])
    return [
        f"image {image['name']} ({image['id']}): at {record['store']} it is the parent of "
        f"{', '.join(used[image['id']])}; delete the servers or volumes that these are, or flatten them "
        "(rbd flatten)"
        for image in images
        if used.get(image["id"])
    ]


_CHECKSUMS = """
set -o pipefail
for id in "$@"; do
  sum=$(rbd export --no-progress "images/$id@snap" - | sha512sum) || exit 1
  echo "$id ${sum%% *}"
done
"""


def checksums(lab, record, ids, limit_seconds):
    """sha512 of images' data as read back from a store's cluster: image id -> hex."""
    text = on_cluster(lab, record, _CHECKSUMS, ids, limit_seconds)
    return dict(line.split(" ", 1) for line in text.splitlines() if line)


# Both are removed in any case, also when the connection is lost.
_CLONE = """
id=$1 clone=vms/$2-clone copy=vms/$2-copy
trap 'rbd rm --no-progress "$clone" >/dev/null 2>&1; rbd rm --no-progress "$copy" >/dev/null 2>&1' EXIT
trap 'exit 1' HUP INT TERM PIPE
set -e
t0=$(date +%s%N); rbd clone "images/$id@snap" "$clone" >&2
t1=$(date +%s%N); rbd cp --no-progress "images/$id@snap" "$copy" >&2
t2=$(date +%s%N)
echo "$((t1 - t0)) $((t2 - t1))"
rbd info --format json "$clone"; echo
rbd du --format json "$clone" 2>/dev/null; echo
rbd du --format json "$copy" 2>/dev/null; echo
"""


def time_clone(lab, record, image_id, name, limit_seconds):
    """
    Clones an image copy-on-write in a store's cluster, copies it in full beside, and removes both. Gives the
    parent that the clone shows ('pool/image@snap'), the seconds each took, and the bytes each then holds of
    its own.
    """
    lines = [
        line for line in on_cluster(lab, record, _CLONE, [image_id, name], limit_seconds).splitlines() if line
    ]
    clone_ns, copy_ns = map(int, lines[0].split())
    parent = _parent(json.loads(lines[1]))
    used = [json.loads(line)["images"][0]["used_size"] for line in lines[2:4]]
    if not parent:
        raise KitError(
            f"store {record['store']}: the clone of {image_id} has no parent; is it flattened by the "
            "cluster's settings?"
        )
    return {
        "parent": parent,
        "cloneSeconds": round(clone_ns / 1e9, 3),
        "copySeconds": round(copy_ns / 1e9, 3),
        "cloneBytes": used[0],
        "copyBytes": used[1],
    }


def _parent(info):
    """What an image grew from, by `rbd info`, as 'pool/image@snap'; None if it stands alone."""
    parent = info.get("parent")
    return f"{parent['pool']}/{parent['image']}@{parent['snapshot']}" if parent else None


_DISK = """
set -e
rbd info --format json "$1"; echo
rbd du --format json "$1" 2>/dev/null; echo
"""


def disk(lab, record, name):
    """
    A disk ('pool/name') in a store's cluster: {parent, virtualBytes, usedBytes}. parent: what it is a clone
    of ('pool/image@snap'), None if of nothing. usedBytes: what it holds of its own.
    """
    text = on_cluster(lab, record, _DISK, [name], _LOOK_SECONDS)
    info, usage = (json.loads(line) for line in text.splitlines() if line)
    return {
        "parent": _parent(info),
        "virtualBytes": info["size"],
        "usedBytes": usage["images"][0]["used_size"],
    }

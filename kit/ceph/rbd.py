"""Reads and measures block devices in the Ceph clusters of stores: clones, checksums, disks."""

from ceph import cluster, proofs
from errors import KitError
from hosts import proofservers

IMAGES = "images"
"""Default name of the pool of Glance's images, whose names are their ids; clones are clones of <id>@snap."""
SERVERS = "vms"
"""Default name of the pool of the disks of Nova's servers."""
VOLUMES = "volumes"
"""Default name of the pool of Cinder's volumes."""
_DISK_SECONDS = 300
REMOVE_SECONDS = 3600
_DISK = "_disk"
"""End of the names of servers' disks; the start is the server's id (nova virt/libvirt/imagebackend.py)."""


def pool(store, name):
    """Name of a pool in a store's cluster, by its default name."""
    return store.get("poolNames", {}).get(name, name)


def children(lab, store, ids):
    """
    The clones of images in a store's cluster, in all pools and in the trash: image id -> ['pool/name', …].
    """
    found = _of_each(lab, store, "children.sh", ids, 3600) if ids else {}
    return {
        image_id: [_child(child) for child in cluster.values(store, text, 1)[0]]
        for image_id, text in found.items()
    }


def _of_each(lab, store, program, ids, limit_seconds):
    """What a program prints of each of the images whose ids it gets by standard input: image id -> text."""
    stdin = "".join(f"{image_id}\n" for image_id in ids)
    text = cluster.run(lab, store, program, [pool(store, IMAGES)], limit_seconds, stdin)
    # Other lines are of the shell of a login.
    wanted = set(ids)
    parts = (line.partition(" ") for line in text.splitlines())
    found = {image_id: rest for image_id, _, rest in parts if image_id in wanted}
    silent = [image_id for image_id in ids if image_id not in found]
    if silent:
        raise KitError(
            f"store {store['store']}: {program} printed nothing of {len(silent)} of {len(ids)} images, the "
            f"first {silent[0]}; does `cephadm shell` there pass on its standard input?"
        )
    return found


def _child(child):
    trash = " (in the trash)" if child.get("trash") else ""
    namespace = f"{child['pool_namespace']}/" if child.get("pool_namespace") else ""
    return f"{child['pool']}/{namespace}{child['image']}{trash}"


def clone_faults(lab, store, images):
    """
    A line for each image that has clones in a store's cluster: Glance cannot remove the image's data there.
    Removes clones that killed proofs have left.
    """
    ids = [image["id"] for image in images]
    used = children(lab, store, ids)
    if _remove_left(lab, store, [clone.rpartition("/")[2] for found in used.values() for clone in found]):
        used = children(lab, store, ids)
    return [
        f"image {image['name']} ({image['id']}): at {store['store']} it is the parent of "
        f"{', '.join(used[image['id']])}; delete the servers or volumes of these disks, or flatten them "
        "(rbd flatten)"
        for image in images
        if used.get(image["id"])
    ]


def _remove_left(lab, store, clones):
    """Removes those of some clones, by their names, that killed proofs have left. Gives whether it tried."""
    left = any(proofs.is_of(lab, name) for name in clones)
    if left:
        with proofs.alone(lab, store):
            proofs.sweep(lab, store, pool(store, SERVERS))
    servers = {name[: -len(_DISK)] for name in clones if name.endswith(_DISK)}
    return bool(servers and proofservers.remove_left(lab, servers)) or left


def checksums(lab, store, ids, limit_seconds):
    """The sha512 of images' data, read back from a store's cluster: image id -> hex."""
    return _of_each(lab, store, "checksums.sh", ids, limit_seconds)


def remove_images(lab, store, names, limit_seconds=REMOVE_SECONDS):
    """Removes images with their snapshots from the pool of a store's images, as far as they are there."""
    stdin = "".join(f"{name}\n" for name in names)
    cluster.run(lab, store, "remove_images.sh", [pool(store, IMAGES)], limit_seconds, stdin)


def time_clone(lab, store, image_id, limit_seconds):
    """
    Clones an image copy-on-write in a store's cluster, also copies it in full, and removes both. First
    removes what killed proofs have left.

    Returns:
        {parent, cloneSeconds, copySeconds, cloneBytes, copyBytes}. parent: the clone's, 'pool/image@snap'.
        cloneBytes, copyBytes: used in the cluster.

    Raises:
        KitError: the clone has no parent, or a command of Ceph failed.
    """
    pools = [pool(store, IMAGES), pool(store, SERVERS)]
    with proofs.alone(lab, store):
        proofs.sweep(lab, store, pools[1])
        arguments = [image_id, proofs.new_name(lab), *pools]
        text = cluster.run(lab, store, "clone.sh", arguments, limit_seconds)
    (clone_ns, copy_ns), info, *usages = cluster.values(store, text, 4)
    parent = _parent(info)
    used = [usage["images"][0]["used_size"] for usage in usages]
    if not parent:
        raise KitError(
            f"store {store['store']}: the clone of {image_id} has no parent; is it flattened by the "
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
    """The parent of a block device, from its `rbd info`: 'pool/image@snap'; None if it is no clone."""
    parent = info.get("parent")
    return f"{parent['pool']}/{parent['image']}@{parent['snapshot']}" if parent else None


def disk(lab, store, name):
    """
    A disk ('pool/name') in a store's cluster: {parent, virtualBytes, usedBytes}. parent: 'pool/image@snap',
    None if the disk is no clone. usedBytes: without the data that it shares with its parent.
    """
    text = cluster.run(lab, store, "disk.sh", [name], _DISK_SECONDS)
    info, usage = cluster.values(store, text, 2)
    return {
        "parent": _parent(info),
        "virtualBytes": info["size"],
        "usedBytes": usage["images"][0]["used_size"],
    }

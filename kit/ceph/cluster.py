"""How the kit reaches a Ceph cluster, and runs programs with its commands."""

import os
import subprocess

import documents
import programs
from errors import KitError
from hosts import ssh


def read_access(reader, site):
    """
    Reads from a document how a cluster is reached: by one of its nodes (by default of the document's site)
    with the administrator's key, or by the undercloud as a client.

    Args:
        reader: Reader of the document, whose key `node` or `client` is read.
        site: the document's site.

    Returns:
        {node: {site, name, address}} or {client: {user, conf, keyring}}, to be merged into the document.
    """
    key = "client" if reader.has("client") else "node"
    part = reader.part(key, f"a {key}")
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
    return {key: found}


def run(lab, store, program, arguments=(), limit_seconds=3600):
    """
    Runs a program of ceph/onnode with access to the pools of a store's cluster: by the `cephadm shell` of a
    node of the cluster, which reads its own keyring there, or on the undercloud as a client of the cluster.

    Args:
        store: the store's entry, or those of its keys that name the cluster and say how it is reached.
        program: name of the program's file.

    Returns:
        The program's stdout, as text.

    Raises:
        KitError: what the program wrote on stderr.
    """
    cluster, node = store["cluster"], store.get("node")
    command = ["bash", "-c", programs.read("ceph", program), "kit", *arguments]
    what = f"store {store['store']}" if "store" in store else f"cluster {cluster}"
    if node:
        inner = ["sudo", "cephadm", "shell", *_admin_files(cluster), "--", *command]
        site = node.get("site", store["site"])
        return ssh.run(lab, site, node, inner, what=what, limit_seconds=limit_seconds)
    place = f"{what}: the undercloud as a client of cluster {cluster}"
    client = store["client"]
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

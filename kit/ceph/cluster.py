"""Access to Ceph clusters: where to run Ceph's commands, and with whose key."""

import json
import os
import subprocess

import documents
import programs
from ceph import administrator
from errors import KitError
from redact import clean, ending


def read_access(reader, site):
    """
    Reads the access to a cluster from a document's key `node` or `client`: on a node of the cluster with the
    administrator's key, or on the undercloud as a client. Also reads the keys `poolNames`, names of pools
    that differ from their default names, by these, and `clientUser`, the clients' user if it is not
    `openstack`.

    Args:
        reader: documents.Reader of the document.
        site: the document's site, and the node's unless the document names another.

    Returns:
        {node: {site, name, address}} or {client: {user, conf, keyring}}, to merge into the document; with
        poolNames and clientUser, if there are any.
    """
    key = "client" if reader.has("client") else "node"
    fields = reader.part(key, f"a {key}")
    if key == "client":
        access = {
            "user": fields.text("user", documents.USER),
            "conf": fields.text("conf"),
            "keyring": fields.text("keyring"),
        }
        fields.paths("conf, keyring", [access["conf"], access["keyring"]])
    else:
        access = {
            "site": fields.text("site", documents.NAME, site),
            "name": fields.text("name", documents.NAME),
            "address": fields.text("address", documents.ADDRESS),
        }
    names = reader.text_map("poolNames", {})
    for name in names.values():
        reader.matches("poolNames", name, documents.POOL)
    user = reader.text("clientUser", documents.USER) if reader.has("clientUser") else None
    return {
        key: access,
        **({"poolNames": names} if names else {}),
        **({"clientUser": user} if user else {}),
    }


def run(lab, store, program, arguments=(), limit_seconds=3600, stdin=""):
    """
    Runs a program of ceph/onnode with access to the pools of a store's cluster: on a node of the cluster as
    its administrator, or on the undercloud as a client of the cluster.

    Args:
        store: the store's entry; needed are `cluster`, and `node` or `client` as from `read_access`.
        program: name of the program's file.
        stdin: text for the program, for instance a list of any length: an argument has at most 128 KiB.

    Returns:
        The program's stdout, as text.

    Raises:
        KitError: the program failed; the message has its stderr.
    """
    command = ["bash", "-c", programs.read("ceph", program), "kit", *arguments]
    what = label(store)
    if "node" in store:
        return administrator.run(
            lab, store, command, what=what, limit_seconds=limit_seconds, stdin=stdin.encode()
        )
    what = f"{what}: the undercloud as a client of cluster {store['cluster']}"
    try:
        done = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=limit_seconds,
            env=_as_client(lab, store),
        )
    except subprocess.TimeoutExpired:
        raise KitError(f"{what}: did not end within {limit_seconds} s; check Ceph's health there") from None
    if done.returncode:
        raise KitError(f"{what}: {ending(done.stderr, 600) or f'exit {done.returncode}'}")
    return done.stdout


def start(lab, store, command, errors):
    """
    Starts a command where `run` runs programs: subprocess.Popen with pipes for its input and output.

    Args:
        store: as in `run`.
        errors: file that gets its stderr.

    Raises:
        KitError: no node can run commands.
    """
    environment = None
    if "node" in store:
        command = administrator.command(lab, store, command, what=label(store))
    else:
        environment = _as_client(lab, store)
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment
    )


def values(store, text, count):
    """
    The values in the lines of JSON that a program has printed.

    Args:
        store: as in `run`.
        count: how many lines the program prints.

    Raises:
        KitError: the text is another one.
    """
    try:
        found = [json.loads(line) for line in text.splitlines() if line]
    except ValueError:
        found = []
    if len(found) != count:
        raise KitError(
            f"{label(store)}: Ceph answered {clean(text)[:80]!r} in place of JSON; does `cephadm shell` "
            "there print other text on its standard output?"
        )
    return found


def label(store):
    """A store, or a cluster without one, at the start of messages."""
    return f"store {store['store']}" if "store" in store else f"cluster {store['cluster']}"


def _as_client(lab, store):
    client = store["client"]
    files = f"--conf {lab.path(client['conf'])} --keyring {lab.path(client['keyring'])}"
    return {**os.environ, "CEPH_ARGS": f"{files} --id {client['user']}"}

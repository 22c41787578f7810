"""Keeps the caches of a site's nodes under their limit, by a timer on each node."""

import io
import os
import tarfile

import documents
import programs
from errors import KitError
from files import read_json, remove, write_json
from hosts import ssh
from images import caches
from output import say
from parallel import each

_REQUEST_SECONDS = 120
# The lab file allows 2 ** 30 MiB (model/labfile/schema/site.ts).
_LIMIT_BELOW = 2**50 + 1

_TIMER = "glance-dcn-cache.timer"
_MINUTES = 5
_NODE_FILES = {
    "usr/local/sbin/glance-dcn-keep-cache": 0o755,
    "etc/systemd/system/glance-dcn-cache.service": 0o644,
    f"etc/systemd/system/{_TIMER}": 0o644,
}


def read_document(text):
    """
    Reads the document of `caches keep` and `caches leave` from YAML.

    Returns:
        {site, limitBytes, nodes: [{name, address, api}]}.

    Raises:
        Refused: one line for each fault of the document.
    """
    what = "caches document"
    reader = documents.Reader(what, documents.parse(what, text))
    reader.text_map("after", {})
    reader.text_map("hosts", {})
    document = {
        "site": reader.text("site", documents.NAME),
        "limitBytes": int(reader.number("limitBytes", below=_LIMIT_BELOW)),
        "nodes": [],
    }
    for node in reader.items("nodes", f"{what}: node", "a node"):
        document["nodes"].append(
            {
                "name": node.text("name", documents.NAME),
                "address": node.text("address", documents.ADDRESS),
                "api": node.text("api", documents.ADDRESS),
            }
        )
    reader.finish()
    return document


def keep(lab, text):
    """
    Installs on each node of a site a timer that keeps the node's cache under the limit, then puts the site's
    caches on record.

    Args:
        text: the caches' document, as YAML.

    Raises:
        KitError: one line for each node on which that failed; the caches were not put on record.
    """
    return _keep(lab, read_document(text))


def _keep(lab, document):
    nodes = document["nodes"]
    each(nodes, lambda node: _install(lab, document["site"], node), len(nodes))
    write_json(caches.path(lab, document["site"]), document)
    remove(_left(lab, document["site"]))
    return _summary(document)


def leave(lab, text):
    """Undoes `keep` of the same document, which stays noted for `restore`."""
    document = read_document(text)
    write_json(_left(lab, document["site"]), document)
    _leave(lab, document["site"])
    return _summary(document)


def restore(lab, site):
    """Keeps the caches of a site again that a destruction has left which did not end."""
    noted = read_json(_left(lab, site))
    if noted is not None:
        _keep(lab, noted)


def forget(lab, site):
    """
    Undoes `keep` at a site that is closed, whose nodes may be gone. Returns whether the site had caches.
    """
    had = _leave(lab, site)
    remove(_left(lab, site))
    return had


def _left(lab, site):
    return os.path.join(lab.caches, "left", f"{site}.json")


def _leave(lab, site):
    entry = read_json(caches.path(lab, site))
    if entry is None:
        return False
    script = f"systemctl disable --now {_TIMER}; rm -f {' '.join(f'/{name}' for name in _NODE_FILES)}"

    def remove_timer(node):
        try:
            _as_root(lab, site, node, f"{script}; systemctl daemon-reload")
        except KitError as error:
            say(f"{error}; its timer stays on the node")

    each(entry["nodes"], remove_timer, len(entry["nodes"]))
    remove(caches.path(lab, site))
    return True


def _install(lab, site, node):
    keeper = programs.read("images", "keep-cache.sh")
    program = next(iter(_NODE_FILES))
    service = (
        "[Unit]\nDescription=Keeps the image cache of this node's glance-api under its limit\n\n"
        f"[Service]\nType=oneshot\nExecStart=/{program}\n"
    )
    timer = (
        "[Unit]\nDescription=Keeps the image cache of this node's glance-api under its limit\n\n"
        f"[Timer]\nOnActiveSec={_MINUTES}min\nOnUnitActiveSec={_MINUTES}min\nAccuracySec=1s\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for (name, mode), text in zip(_NODE_FILES.items(), (keeper, service, timer)):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text.encode()), mode
            tar.addfile(entry, io.BytesIO(text.encode()))
    _as_root(
        lab,
        site,
        node,
        # `restart`: an active timer would keep its old times.
        "tar --extract --no-overwrite-dir --directory / && systemctl daemon-reload && "
        f"systemctl --quiet enable {_TIMER} && systemctl restart {_TIMER}",
        archive.getvalue(),
    )


def _as_root(lab, site, node, script, stdin=b""):
    words = ["sudo", "-n", "bash", "-c", script]
    ssh.run(lab, site, node, words, what=f"cache at {site}", limit_seconds=_REQUEST_SECONDS, stdin=stdin)


def _summary(document):
    return {
        "site": document["site"],
        "nodes": sorted(node["name"] for node in document["nodes"]),
        "limitBytes": document["limitBytes"],
    }

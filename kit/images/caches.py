"""
The image caches of sites, in the topology where Glance's store is the control plane's Swift: every node of a
site that runs a glance-api has one of its own.

    caches/<site>.json    the nodes of a site that have one, and its limit

The glance-apis are asked from their own nodes: they listen on internal_api, which undercloud need not be on.
"""

import glob
import io
import json
import os
import tarfile
import time

import documents
from common import KitError, read_json, remove, say, write_json
from hosts import ssh
from jobs import fragments
from stores import copies

_AT_NODE = "nodecache.py"
_KEEPER = "keep-cache.sh"
_TIMER = "glance-dcn-cache.timer"
_MINUTES = 5
_NODE_FILES = {
    "usr/local/sbin/glance-dcn-keep-cache": 0o755,
    "etc/systemd/system/glance-dcn-cache.service": 0o644,
    f"etc/systemd/system/{_TIMER}": 0o644,
}
_ASK_SECONDS = 120
_READ_SECONDS_PER_GIB = 600
_ATTEMPTS = 3
"""How often an image is queued that the cache has neither kept nor refused."""


def read_document(text):
    """
    Reads and checks the document of `caches keep` and `caches leave`. Throws Refused with all its faults.
    """
    what = "caches document"
    reader = documents.Reader(what, documents.parse(what, text))
    reader.text_map("after", {})
    reader.text_map("hosts", {})
    document = {
        "site": reader.text("site", documents.NAME),
        "limitBytes": int(reader.number("limitBytes")),
        "nodes": [],
    }
    for item in reader.get("nodes", list):
        node = documents.Reader(f"{what}: node", item, reader.faults)
        document["nodes"].append(
            {
                "name": node.text("name", documents.NAME),
                "address": node.text("address", documents.ADDRESS),
                "api": node.text("api", documents.ADDRESS),
            }
        )
        for key in node.mapping:
            if key not in node.known:
                node.fault(key, "is not a key of it; its keys: address, api, name")
    reader.finish()
    return document


def keep(lab, text):
    """
    Puts the caches of a site on record, and has each of their nodes keep its cache under the limit, by a
    timer.
    """
    document = read_document(text)
    _on_all(document["nodes"], lambda node: _install(lab, document["site"], node))
    write_json(_path(lab, document["site"]), document)
    return _told(document)


def leave(lab, text):
    """Takes back what `keep` did."""
    document = read_document(text)
    forget(lab, document["site"])
    return _told(document)


def forget(lab, site):
    """Forgets the caches of a site, if it has any; gives whether it had. Their nodes may be gone already."""
    record = read_json(_path(lab, site))
    if record is None:
        return False
    script = f"systemctl disable --now {_TIMER}; rm -f {' '.join(f'/{name}' for name in _NODE_FILES)}"

    def take_away(node):
        try:
            _as_root(lab, site, node, f"{script}; systemctl daemon-reload")
        except KitError as error:
            say(f"{error}; its timer stays there")

    _on_all(record["nodes"], take_away)
    remove(_path(lab, site))
    return True


def known(lab):
    """The records of all caches: site -> {site, limitBytes, nodes}."""
    records = (read_json(path) for path in sorted(glob.glob(_path(lab, "*"))))
    return {record["site"]: record for record in records if record}


def used(lab):
    """
    Whether sites of this lab keep images in caches, not in stores: the control plane's own store is then in
    no Ceph cluster.
    """
    own = fragments.own(lab)
    return own is not None and not own["cluster"]


def site_faults(lab, sites):
    """A line for each site whose caches are not on record."""
    there = known(lab)
    return [
        f"site {site}: has no caches on record (there are those of {', '.join(there) or 'none'}); bring up "
        "its stack"
        for site in dict.fromkeys(sites)
        if site not in there
    ]


class Caches:
    """The caches of some sites, by the site. glance: whose token the nodes are asked with."""

    def __init__(self, lab, glance, sites=None):
        self._lab = lab
        self._glance = glance
        there = known(lab)
        self.records = {site: there[site] for site in (there if sites is None else dict.fromkeys(sites))}
        self.nodes = [(site, node) for site, record in self.records.items() for node in record["nodes"]]

    def states(self):
        """
        What each node's cache holds: [{site, node, cached: {id: {size, hits}}, queued: [id]}], without nodes
        that do not answer, which are told of on stderr.
        """

        def look(place):
            site, node = place
            try:
                return {"site": site, "node": node["name"], **self._ask(site, node, "state", [])}
            except KitError as error:
                say(f"not looked into: {error}")
                return None

        return [state for state in _on_all(self.nodes, look) if state]

    def size_faults(self, images):
        """A line for each site where a cache cannot hold the images together."""
        size = sum(image["size"] or 0 for image in images)
        names = ", ".join(image["name"] for image in images)
        return [
            f"site {record['site']}: {names} have {size >> 20} MiB, and each cache there may hold "
            f"{record['limitBytes'] >> 20}: name fewer images, or write a larger limit for the site into "
            "the lab "
            "file (cache: { limitMiB: … })"
            for record in self.records.values()
            if size > record["limitBytes"]
        ]

    def fill(self, images, progress, deadline):
        """
        Brings images into the cache of every node, all nodes at once. Throws KitError that names every node
        that does not have them in the end, and why; the others keep theirs, and calling it again does only
        what is missing.
        """
        faults = self.size_faults(images)
        if faults:
            raise KitError("\n".join(faults))
        _on_all(self.nodes, lambda place: self._fill(*place, images, progress, deadline))

    def _fill(self, site, node, images, progress, deadline):
        names = {image["id"]: image["name"] for image in images}
        attempts = dict.fromkeys(names, 0)
        found = self._ask(site, node, "state", [])
        pause = 0.5
        while True:
            missing = [image for image in names if image not in found["cached"]]
            if not missing:
                progress.set(node["name"], "")
                return
            lost = [image for image in missing if image not in found["queued"]]
            for image in lost:
                attempts[image] += 1
                if attempts[image] > _ATTEMPTS:
                    raise KitError(
                        f"image {names[image]} ({image}): was queued {_ATTEMPTS} times at {node['name']} "
                        f"({site}) and is "
                        "not in its cache; glance-api's log there says why, or other images have just "
                        "taken its place "
                        "(`kit images list`)"
                    )
            if lost:
                found = self._ask(site, node, "queue", lost)
                continue
            if time.monotonic() > deadline:
                raise KitError(
                    f"image {', '.join(names[image] for image in missing)}: still on its way into the cache "
                    "of "
                    f"{node['name']} ({site}); look at the WAN to it, then run this again"
                )
            progress.set(node["name"], f"fetches {', '.join(names[image] for image in missing)}")
            time.sleep(pause)
            pause = min(5.0, pause * 1.3)
            found = self._ask(site, node, "state", [])

    def drop(self, images):
        """Takes images out of the cache of every node; gives what the nodes still hold, as `states`."""
        ids = [image["id"] for image in images]
        return _on_all(
            self.nodes,
            lambda place: {"site": place[0], "node": place[1]["name"], **self._ask(*place, "drop", ids)},
        )

    def drop_at(self, site, node_name, images):
        """Takes images out of the cache of one node."""
        self._ask(site, self._node(site, node_name), "drop", [image["id"] for image in images])

    def read(self, site, node_name, images):
        """Downloads images at a node, from its glance-api: id -> {sha512, seconds, received, hit}."""
        node = self._node(site, node_name)
        size = sum(image["size"] or 0 for image in images)
        limit = 300 + _READ_SECONDS_PER_GIB * size / 2**30
        return self._ask(site, node, "read", [image["id"] for image in images], limit)

    def _node(self, site, name):
        return next(node for node in self.records[site]["nodes"] if node["name"] == name)

    def _ask(self, site, node, verb, ids, limit_seconds=_ASK_SECONDS):
        with open(os.path.join(self._lab.kit, "images", _AT_NODE), encoding="utf-8") as file:
            program = file.read()
        what = f"cache at {site}"
        for attempt in (1, 2):
            token, url = self._glance.edge(node["api"], again=attempt == 2)
            asked = json.dumps({"url": url, "token": token, "verb": verb, "ids": ids}).encode()
            try:
                text = ssh.run(
                    self._lab,
                    site,
                    node,
                    ["python3", "-c", program],
                    what=what,
                    limit_seconds=limit_seconds,
                    stdin=asked,
                )
                return json.loads(text)
            except ssh.Failed as error:
                # A token lives an hour, a download over a slow WAN may take longer.
                if error.code != 3 or attempt == 2:
                    raise
        return None


def _install(lab, site, node):
    with open(os.path.join(lab.kit, "images", _KEEPER), encoding="utf-8") as file:
        keeper = file.read()
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
        # 'restart': an active timer keeps the old times otherwise.
        "tar --extract --no-overwrite-dir --directory / && systemctl daemon-reload && "
        f"systemctl --quiet enable {_TIMER} && systemctl restart {_TIMER}",
        archive.getvalue(),
    )


def _as_root(lab, site, node, script, stdin=b""):
    words = ["sudo", "-n", "bash", "-c", script]
    ssh.run(lab, site, node, words, what=f"cache at {site}", limit_seconds=_ASK_SECONDS, stdin=stdin)


def _on_all(nodes, work):
    return copies.each(nodes, work, at_once=len(nodes))


def _path(lab, site):
    return os.path.join(lab.caches, f"{site}.json")


def _told(document):
    return {
        "site": document["site"],
        "nodes": sorted(node["name"] for node in document["nodes"]),
        "limitBytes": document["limitBytes"],
    }

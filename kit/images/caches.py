"""
The image caches of sites, in the topology where Glance's store is the control plane's Swift: every node of a
site that runs a glance-api has its own cache.

    caches/<site>.json         the nodes of a site that have a cache, and its limit
    caches/left/<site>.json    the same of a site whose destruction has begun, until the site is closed

The kit sends requests to a glance-api from the glance-api's own node: it listens on internal_api, which the
undercloud may not reach.
"""

import glob
import json
import os
import time

import programs
import registry
from errors import KitError
from files import read_json
from hosts import ssh
from output import say
from parallel import each
from stores.progress import Transfer

_REQUEST_SECONDS = 120
_READ_SECONDS_PER_GIB = 600
_PATIENCE_SECONDS = 120
"""For how long a node that has answered before is asked again: longer than a restart of its host."""
_AGAIN_SECONDS = 2
_LONGEST_PAUSE_SECONDS = 5.0
"""Between two looks at a cache that fetches images."""
_ATTEMPTS = 3
"""How often to queue an image that the cache loses again."""


def known(lab):
    """The caches of all sites: site -> content of its file."""
    entries = (read_json(file) for file in sorted(glob.glob(path(lab, "*"))))
    return {entry["site"]: entry for entry in entries if entry}


def used(lab):
    """
    Whether sites of this lab have caches instead of stores. In such a lab the control plane's own store is in
    no Ceph cluster.
    """
    own = registry.own(lab)
    return own is not None and not own["cluster"]


def site_faults(lab, sites):
    """A line for each site without caches on record."""
    found = known(lab)
    return [
        f"site {site}: has no caches here (sites with caches: {', '.join(found) or 'none'}); bring up "
        "its stack"
        for site in dict.fromkeys(sites)
        if site not in found
    ]


class Caches:
    """
    The caches of some sites, by default of all.

    Args:
        glance: the client whose token authenticates requests to the nodes' glance-apis.
    """

    def __init__(self, lab, glance, sites=None):
        self._lab = lab
        self._glance = glance
        found = known(lab)
        self.sites = {site: found[site] for site in (found if sites is None else dict.fromkeys(sites))}
        self.nodes = [(site, node) for site, entry in self.sites.items() for node in entry["nodes"]]

    def states(self):
        """
        The content of each node's cache: [{site, node, cached: {id: {size, hits}}, queued: [id]}]. Nodes that
        do not answer are left out, each with a line on stderr.
        """

        def read_state(site_and_node):
            site, node = site_and_node
            try:
                return {"site": site, "node": node["name"], **self._request(site, node, "state", [])}
            except KitError as error:
                say(f"cache not read: {error}")
                return None

        return [state for state in self._on_all(read_state) if state]

    def size_faults(self, images):
        """A line for each site whose limit for a cache is below the size of all images together."""
        size = sum(image["size"] or 0 for image in images)
        names = ", ".join(image["name"] for image in images)
        return [
            f"site {entry['site']}: {names} have {size >> 20} MiB, and each cache there may hold "
            f"{entry['limitBytes'] >> 20}: name fewer images, or write a larger limit for the site into the "
            "lab file (cache: { limitMiB: … })"
            for entry in self.sites.values()
            if size > entry["limitBytes"]
        ]

    def fill(self, images, progress, deadline):
        """
        Fetches images into the cache of every node, all nodes at once.

        Args:
            progress: stores.progress.Progress, which reports the fetches.
            deadline: time limit, as of time.monotonic().

        Raises:
            KitError: one line for each node that lacks images, with the reason. The other nodes keep them;
                another call fetches only the missing ones.
        """
        faults = self.size_faults(images)
        if faults:
            raise KitError("\n".join(faults))
        self._on_all(lambda site_and_node: self._fill(*site_and_node, images, progress, deadline))

    def _fill(self, site, node, images, progress, deadline):
        names = {image["id"]: image["name"] for image in images}
        attempts = dict.fromkeys(names, 0)
        found = self._request(site, node, "state", [])
        pause = 0.5
        while True:
            missing = [image for image in names if image not in found["cached"]]
            if not missing:
                progress.set(node["name"], "")
                return
            unqueued = [image for image in missing if image not in found["queued"]]
            for image in unqueued:
                attempts[image] += 1
                if attempts[image] > _ATTEMPTS:
                    raise KitError(
                        f"image {names[image]} ({image}): was queued {_ATTEMPTS} times at {node['name']} "
                        f"({site}) and is not in its cache; glance-api's log there says why, or other images "
                        "have just taken its place (`kit images list`)"
                    )
            if unqueued:
                found = self._ask_again(site, node, "queue", unqueued, progress)
                continue
            if time.monotonic() > deadline:
                raise KitError(
                    f"image {', '.join(names[image] for image in missing)}: still on its way into the cache "
                    f"of {node['name']} ({site}); look at the WAN to it, then run this again"
                )
            progress.set(node["name"], _under_way(site, node, images, missing, found["arriving"]))
            progress.pause(pause)
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 1.3)
            found = self._ask_again(site, node, "state", [], progress)

    def _ask_again(self, site, node, verb, ids, progress):
        """As `_request`, of a node that has answered before: its fetch may go on while it does not answer."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return self._request(site, node, verb, ids)
            except KitError as error:
                if time.monotonic() > until:
                    raise
                progress.set(node["name"], f"does not answer, is asked again: {error}")
            progress.pause(_AGAIN_SECONDS)

    def drop(self, images):
        """Removes images from the cache of every node. Returns the caches' content then, as `states` does."""
        ids = [image["id"] for image in images]

        def drop(site_and_node):
            site, node = site_and_node
            return {"site": site, "node": node["name"], **self._request(site, node, "drop", ids)}

        return self._on_all(drop)

    def drop_at(self, site, node_name, images):
        """Removes images from the cache of one node."""
        self._request(site, self._node(site, node_name), "drop", [image["id"] for image in images])

    def read(self, site, node_name, images):
        """
        Downloads images at a node, from its glance-api: id -> {sha512, seconds, received, hit}, as `read` of
        nodecache.py.
        """
        node = self._node(site, node_name)
        size = sum(image["size"] or 0 for image in images)
        limit = 300 + _READ_SECONDS_PER_GIB * size / 2**30
        return self._request(site, node, "read", [image["id"] for image in images], limit)

    def _node(self, site, name):
        return next(node for node in self.sites[site]["nodes"] if node["name"] == name)

    def _on_all(self, work):
        return each(self.nodes, work, len(self.nodes))

    def _request(self, site, node, verb, ids, limit_seconds=_REQUEST_SECONDS):
        program = programs.read("images", "nodecache.py")
        what = f"cache at {site}"
        for attempt in (1, 2):
            token, url = self._glance.edge(node["api"], again=attempt == 2)
            request = json.dumps({"url": url, "token": token, "verb": verb, "ids": ids}).encode()
            try:
                return ssh.answer(
                    self._lab,
                    site,
                    node,
                    ["python3", "-c", program],
                    what=what,
                    limit_seconds=limit_seconds,
                    stdin=request,
                )
            except ssh.Failed as error:
                # A token is valid for an hour; a download over a slow WAN may take longer.
                if error.code != 3 or attempt == 2:
                    raise
        return None


def _under_way(site, node, images, missing, arriving):
    """What the cache of a node fetches: a Transfer of each image of which it has bytes, a text of others."""
    waiting = [image["name"] for image in images if image["id"] in missing and image["id"] not in arriving]
    texts = [f"fetches {', '.join(waiting)}"] if waiting else []
    return texts + [
        Transfer(
            f"{image['name']} into the cache of {node['name']} ({site})",
            arriving[image["id"]],
            image["size"] or 0,
            step_seconds=_LONGEST_PAUSE_SECONDS,
        )
        for image in images
        if image["id"] in missing and image["id"] in arriving
    ]


def path(lab, site):
    """File with the caches of a site, {site, limitBytes, nodes: [{name, address, api}]}."""
    return os.path.join(lab.caches, f"{site}.json")

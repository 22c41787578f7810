"""
Reads and changes the cache of this node's glance-api. caches.py sends this program to the node for each call
and never installs it; it needs only Python's standard library.

Standard input: {"url", "token", "verb", "ids"} as JSON. Standard output: the verb's result as JSON. Exit code
3: the token has expired.

It uses /v2/cached_images and /v2/queued_images, which Glance has since Ussuri: /v2/cache came with Yoga.
"""

import hashlib
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from http.client import HTTPException

_ARRIVING = "/var/lib/glance/image-cache/incomplete"
"""Where a cache keeps what it has of images on their way (THT GlanceImageCacheDir, glance sqlite.py)."""

_SETTLE_SECONDS = 20
"""How long to wait for the cache, which stores an image or counts a hit after the last byte was sent."""


class _Redirections(urllib.request.HTTPRedirectHandler):
    """Follows none: the token is for this node's glance-api alone."""

    def redirect_request(self, *_):
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Redirections)


def main():
    """Runs one verb."""
    request = json.load(sys.stdin)
    glance = _Glance(request["url"], request["token"])
    try:
        print(json.dumps(_VERBS[request["verb"]](glance, request["ids"])))
    except urllib.error.HTTPError as error:
        if error.code == 401:
            sys.exit(3)
        text = " ".join(error.read(1 << 20).decode("utf-8", "replace").split())
        sys.exit(f"{error.url}: HTTP {error.code} {error.reason}: {text}")
    except (OSError, HTTPException) as error:
        sys.exit(f"{request['url']}: {getattr(error, 'reason', None) or error}; does a glance-api run here?")
    except (ValueError, KeyError, TypeError) as error:
        sys.exit(f"{request['url']}: its answer is not that of a glance-api ({error!r}); what listens there?")


class _Glance:
    """The glance-api of this node."""

    def __init__(self, url, token):
        self._url = url
        self._token = token

    def open(self, method, path):
        headers = {"X-Auth-Token": self._token}
        request = urllib.request.Request(f"{self._url}{path}", method=method, headers=headers)
        return _opener.open(request, timeout=120)

    def call(self, method, path):
        with self.open(method, path) as response:
            text = response.read()
        return json.loads(text) if text else None

    def cached(self):
        """{id: {size, hits}}"""
        images = self.call("GET", "/v2/cached_images")["cached_images"]
        return {image["image_id"]: {key: image[key] for key in ("size", "hits")} for image in images}

    def queued(self):
        return self.call("GET", "/v2/queued_images")["queued_images"]


def state(glance, _):
    """
    {cached: {id: {size, hits}}, queued: [id], arriving: {id: bytes}}: the images in the cache, those still to
    be fetched, and what it has of these, as far as that is known.
    """
    # The queue first: otherwise an image that is cached between the two requests would be in neither list.
    queued = glance.queued()
    cached = glance.cached()
    queued = [image for image in queued if image not in cached]
    return {"cached": cached, "queued": queued, "arriving": _arriving(queued)}


def _arriving(ids):
    if not ids:
        return {}
    # Only root and glance may look there. An image that has not begun to come has no file.
    words = ["sudo", "-n", "stat", "--format", "%s %n", *(f"{_ARRIVING}/{image}" for image in ids)]
    try:
        found = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    lines = (line.split() for line in found.stdout.decode("utf-8", "replace").splitlines())
    return {path.rpartition("/")[2]: int(size) for size, path in lines}


def queue(glance, ids):
    """Queues images: glance-api fetches them when it next reads its queue. Returns `state`."""
    for image in ids:
        glance.call("PUT", f"/v2/queued_images/{image}")
    return state(glance, ids)


def drop(glance, ids):
    """Removes images from the cache and its queue. Returns `state`."""
    found = state(glance, ids)
    for image in ids:
        for kind in ("queued", "cached"):
            if image in found[kind]:
                glance.call("DELETE", f"/v2/{kind}_images/{image}")
    return state(glance, ids)


def read(glance, ids):
    """
    Downloads images as the host of a server would: {id: {sha512, seconds, received, hit}}. received: bytes
    received by this node meanwhile. hit: whether the image came from the cache.
    """
    return {image: _read(glance, image) for image in ids}


def _read(glance, image):
    before = glance.cached().get(image)
    total, received, began = hashlib.sha512(), _received(), time.monotonic()
    with glance.open("GET", f"/v2/images/{image}/file") as response:
        for block in iter(lambda: response.read(1 << 20), b""):
            total.update(block)
        if response.length:
            raise OSError(f"the download of {image} ended {response.length} bytes too early")
    seconds, received = time.monotonic() - began, _received() - received
    hit = _wait_for_hit(glance, image, before["hits"] if before else -1) and before is not None
    return {"sha512": total.hexdigest(), "seconds": round(seconds, 3), "received": received, "hit": hit}


def _wait_for_hit(glance, image, hits):
    """Whether the cache has the image with more than `hits` hits, within _SETTLE_SECONDS."""
    end = time.monotonic() + _SETTLE_SECONDS
    while True:
        found = glance.cached().get(image)
        if found and found["hits"] > hits:
            return True
        if time.monotonic() > end:
            return False
        time.sleep(0.2)


def _received():
    """
    Bytes received by the interface with most of them: a port also counts the traffic of its VLANs and bonds.
    """
    with open("/proc/net/dev", encoding="ascii") as file:
        lines = (line.partition(":") for line in file.read().splitlines()[2:])
    return max((int(text.split()[0]) for name, _, text in lines if name.strip() != "lo"), default=0)


_VERBS = {"state": state, "queue": queue, "drop": drop, "read": read}

main()

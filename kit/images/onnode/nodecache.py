"""
Runs on a node that has a glance-api with a cache, sent there by caches.py and never installed: asks that
glance-api what it keeps, or tells it. With Python's own library alone.

Standard input: {"url", "token", "verb", "ids"} as JSON; standard output: what the verb gives, as JSON. Exit
3: the token is not valid any more.

The calls are those that Glance has had since Ussuri: /v2/cache came with Yoga.
"""

import hashlib
import json
import sys
import time
import urllib.error
import urllib.request

_SETTLE_SECONDS = 20
"""
The cache takes an image in, or counts a hit, when the last byte has been sent: a moment after it has come.
"""

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def main():
    """Does one verb."""
    asked = json.load(sys.stdin)
    glance = _Glance(asked["url"], asked["token"])
    try:
        print(json.dumps(_VERBS[asked["verb"]](glance, asked["ids"])))
    except urllib.error.HTTPError as error:
        if error.code == 401:
            sys.exit(3)
        text = " ".join(error.read(2048).decode("utf-8", "replace").split())
        sys.exit(f"{error.url}: HTTP {error.code} {error.reason}: {text}")
    except OSError as error:
        sys.exit(f"{asked['url']}: {getattr(error, 'reason', None) or error}; does a glance-api run here?")


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
    """What is in the cache, and what is on its way into it."""
    cached = glance.cached()
    return {"cached": cached, "queued": [image for image in glance.queued() if image not in cached]}


def queue(glance, ids):
    """Has images fetched into the cache, as soon as the glance-api next looks into its queue."""
    for image in ids:
        glance.call("PUT", f"/v2/queued_images/{image}")
    return state(glance, ids)


def drop(glance, ids):
    """Takes images out of the cache and its queue; gives what is still there."""
    found = state(glance, ids)
    for image in ids:
        for kind in ("queued", "cached"):
            if image in found[kind]:
                glance.call("DELETE", f"/v2/{kind}_images/{image}")
    return state(glance, ids)


def read(glance, ids):
    """
    Downloads images as a server's host would: {id: {sha512, seconds, received, hit}}. received: bytes that
    came to this node from others meanwhile; hit: whether the cache has given the image.
    """
    return {image: _read(glance, image) for image in ids}


def _read(glance, image):
    before = glance.cached().get(image)
    total, received, began = hashlib.sha512(), _received(), time.monotonic()
    with glance.open("GET", f"/v2/images/{image}/file") as response:
        for block in iter(lambda: response.read(1 << 20), b""):
            total.update(block)
    seconds, received = time.monotonic() - began, _received() - received
    hit = _settled(glance, image, before["hits"] if before else -1) and before is not None
    return {"sha512": total.hexdigest(), "seconds": round(seconds, 3), "received": received, "hit": hit}


def _settled(glance, image, hits):
    """Whether the cache holds the image with more hits than that, at the latest after a while."""
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
    Bytes that have come in by the busiest interface: what has come by a VLAN or a bond came by a port, too.
    """
    with open("/proc/net/dev", encoding="ascii") as file:
        lines = (line.partition(":") for line in file.read().splitlines()[2:])
    return max((int(text.split()[0]) for name, _, text in lines if name.strip() != "lo"), default=0)


_VERBS = {"state": state, "queue": queue, "drop": drop, "read": read}

main()

"""
Tells Glance about copies of an image. locations.py sends this program to a node of the control plane,
because the internal glance-api listens on internal_api, which the undercloud may not reach. It needs only
Python's standard library.

Standard input: {url, token, image, locations} as JSON; locations: [{url, metadata}], empty to only look.
Standard output: whether this glance-api shows locations, as JSON. Exit code 3: the token has expired;
4: the same request may succeed later.
"""

import json
import socket
import sys
import urllib.error
import urllib.request
from http.client import HTTPException


class _Redirections(urllib.request.HTTPRedirectHandler):
    """Follows none: the token is for this glance-api alone."""

    def redirect_request(self, *_):
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Redirections)


def main():
    """Adds the locations, or looks."""
    request = json.load(sys.stdin)
    url = f"{request['url']}/v2/images/{request['image']}"
    headers = {"X-Auth-Token": request["token"]}
    method, body = "GET", None
    if request["locations"]:
        method = "PATCH"
        added = [{"op": "add", "path": "/locations/-", "value": one} for one in request["locations"]]
        body = json.dumps(added).encode()
        headers["Content-Type"] = "application/openstack-images-v2.1-json-patch"
    try:
        call = urllib.request.Request(url, data=body, method=method, headers=headers)
        with _opener.open(call, timeout=120) as response:
            print(json.dumps("locations" in json.load(response)))
    except urllib.error.HTTPError as error:
        if error.code == 401:
            sys.exit(3)
        text = " ".join(error.read(1 << 20).decode("utf-8", "replace").split())
        may_pass = error.code == 409 or error.code >= 500
        fail(may_pass, f"{method} {url}: HTTP {error.code} {error.reason}: {text}")
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        # Behind a cluster that did not answer for so long, the next request would hang as well.
        fail(
            not isinstance(reason, socket.timeout),
            f"{method} {url}: {reason}; does a glance-api answer there?",
        )


def fail(may_pass, text):
    """Ends the program."""
    print(text, file=sys.stderr)
    sys.exit(4 if may_pass else 1)


main()

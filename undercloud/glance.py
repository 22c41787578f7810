"""The control plane's Glance, by HTTP, as its rc file names it: Image API v2.12, Identity API v3."""

import json
import os
import re
import shlex
import ssl
import threading
import urllib.error
import urllib.parse
import urllib.request
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPSConnection

from common import KitError, home

_BLOCK = 1 << 20


class GlanceError(KitError):
    """Keystone or Glance refused, or could not be reached; `status` is HTTP's, 0 if there was no answer."""

    def __init__(self, text, status=0):
        super().__init__(text)
        self.status = status


class Glance:
    """
    A client with the credentials of the control plane's administrator.

    control: the site whose rc file to use, ~/<control>rc (tripleoclient workflows/deployment.py
    create_overcloudrc).
    timeout: seconds without an answer. Nothing is asked of any service before the first call.
    """

    def __init__(self, control, timeout=120):
        self._rc = home(f"{control}rc")
        self._timeout = timeout
        self._lock = threading.Lock()
        self._token = None
        self._endpoint = None
        self._internal = None
        self._opener = None

    # -- images

    def images(self):
        """All images, hidden ones and those of other projects included."""
        found = []
        for hidden in ("false", "true"):
            page = f"/v2/images?limit=500&visibility=all&os_hidden={hidden}"
            while page:
                answer = self._call("GET", page)
                found += answer["images"]
                page = answer.get("next")
        return found

    def image(self, image_id):
        """One image by its id."""
        return self._call("GET", f"/v2/images/{image_id}")

    def stores(self):
        """
        Ids of the stores that this Glance is configured with; whether they can be reached it does not say.
        """
        return [store["id"] for store in self._call("GET", "/v2/info/stores")["stores"]]

    def create(self, fields):
        """Makes an image without data and gives it."""
        return self._call("POST", "/v2/images", fields)

    def upload(self, image_id, reader, size, store):
        """Gives an image its data, `size` bytes from a binary file; nothing converts them on this way in."""
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(size),
            "X-Image-Meta-Store": store,
        }
        self._call("PUT", f"/v2/images/{image_id}/file", reader, headers)

    def copy(self, image_id, stores):
        """
        Starts to copy an image to stores that do not have it, each for itself: one that fails spoils no
        other.
        """
        body = {"method": {"name": "copy-image"}, "stores": stores, "all_stores_must_succeed": False}
        self._call("POST", f"/v2/images/{image_id}/import", body)

    def tasks(self, image_id):
        """What Glance has done with an image: [{id, status, message, updated_at, …}]."""
        return self._call("GET", f"/v2/images/{image_id}/tasks")["tasks"]

    def delete_copy(self, store, image_id):
        """Removes the data of an image from one store, which must not be the last."""
        self._call("DELETE", f"/v2/stores/{store}/{image_id}")

    def delete(self, image_id):
        """Removes an image from all its stores."""
        self._call("DELETE", f"/v2/images/{image_id}")

    def edge(self, address, again=False):
        """
        (token, URL) for the glance-api of an edge node, which listens where the internal end point does (THT
        deployment/glance/glance-api-edge-container-puppet.yaml): at port 9293 since OSP 17.1, 9292 before.

        address: the node's on internal_api. again: the token of the last call is not valid any more.
        """
        token, _ = self._login(again)
        if not self._internal:
            raise GlanceError(
                f"{self._rc}: the catalog of its Keystone has no internal endpoint of type image"
            )
        internal = urllib.parse.urlsplit(self._internal)
        host = f"[{address}]" if ":" in address else address
        return token, f"{internal.scheme}://{host}:{internal.port}"

    # -- HTTP

    def _call(self, method, path, body=None, headers=None):
        for attempt in (1, 2):
            token, endpoint = self._login(again=attempt == 2)
            try:
                return self._request(
                    method, endpoint + path, body, {"X-Auth-Token": token, **(headers or {})}
                )
            except GlanceError as error:
                # A token lives an hour, a copy over a slow WAN may take longer. Data that was sent is gone.
                if error.status != 401 or attempt == 2 or hasattr(body, "read"):
                    raise
        return None

    def _login(self, again):
        with self._lock:
            if self._token is None or again:
                rc = read_rc(self._rc)
                self._opener = _opener(rc.get("OS_CACERT"))
                self._token, self._endpoint = self._authenticate(rc)
            return self._token, self._endpoint

    def _authenticate(self, rc):
        url = rc["OS_AUTH_URL"].rstrip("/")
        url = url if url.endswith("/v3") else f"{url}/v3"
        user = {
            "name": rc["OS_USERNAME"],
            "password": rc["OS_PASSWORD"],
            "domain": {"name": rc.get("OS_USER_DOMAIN_NAME", "Default")},
        }
        project = {
            "name": rc.get("OS_PROJECT_NAME", "admin"),
            "domain": {"name": rc.get("OS_PROJECT_DOMAIN_NAME", "Default")},
        }
        body = {
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": user}},
                "scope": {"project": project},
            }
        }
        headers = {}
        answer = self._request("POST", f"{url}/auth/tokens", body, {}, headers)
        interface = rc.get("OS_INTERFACE", "public").replace("URL", "")
        region = rc.get("OS_REGION_NAME")
        urls = {
            endpoint["interface"]: re.sub(r"/v2/?$", "", endpoint["url"].rstrip("/"))
            for service in answer["token"].get("catalog", [])
            for endpoint in (service["endpoints"] if service["type"] == "image" else [])
            if region in (None, endpoint.get("region"))
        }
        self._internal = urls.get("internal")
        if interface in urls:
            return headers["x-subject-token"], urls[interface]
        raise GlanceError(
            f"{url}: the catalog has no {interface} endpoint of type image in region {region or '(any)'}"
        )

    def _request(self, method, url, body, headers, answered=None):
        data = body
        if isinstance(body, dict):
            data = json.dumps(body).encode()
            headers = {**headers, "Content-Type": "application/json"}
        request = urllib.request.Request(url, data=data, method=method, headers=headers)
        place = f"{method} {urllib.parse.urlsplit(url)._replace(query='').geturl()}"
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                text = response.read()
                if answered is not None:
                    answered.update({name.lower(): value for name, value in response.headers.items()})
        except urllib.error.HTTPError as error:
            raise GlanceError(f"{place}: HTTP {error.code}: {_explanation(error)}", error.code) from None
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise GlanceError(f"{place}: {reason}; does the control plane answer there?") from None
        return json.loads(text) if text else None


def read_rc(path):
    """
    The OS_* variables that an rc file exports. The file is parsed, never run. Throws GlanceError if it is not
    there.
    """
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        raise GlanceError(
            f"{path} is missing: deploy the control plane first, TripleO writes it then"
        ) from None
    found = {}
    for line in lines:
        match = re.match(r"\s*(?:export\s+)?(OS_\w+)=(.*)", line)
        if match:
            words = shlex.split(match[2], comments=True)
            found[match[1]] = words[0] if words else ""
    missing = [name for name in ("OS_AUTH_URL", "OS_USERNAME", "OS_PASSWORD") if not found.get(name)]
    if missing:
        raise GlanceError(
            f"{path}: does not export {', '.join(missing)}; is it the rc file that TripleO wrote?"
        )
    return found


def _opener(ca_file):
    """
    Straight to the control plane: proxies are for the world outside. Large blocks, images are sent through
    it.
    """
    context = ssl.create_default_context(cafile=os.path.expanduser(ca_file) if ca_file else None)

    class Http(urllib.request.HTTPHandler):
        def http_open(self, request):
            return self.do_open(partial(HTTPConnection, blocksize=_BLOCK), request)

    class Https(urllib.request.HTTPSHandler):
        def https_open(self, request):
            return self.do_open(partial(HTTPSConnection, blocksize=_BLOCK, context=context), request)

    return urllib.request.build_opener(urllib.request.ProxyHandler({}), Http, Https)


def _explanation(error):
    """What Glance (a page of HTML) or Keystone (JSON) says about an error, in one line."""
    text = error.read(4096).decode("utf-8", "replace")
    try:
        text = json.loads(text)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        text = re.sub(r"<(title|h1)>.*?</\1>|<[^>]*>", " ", text, flags=re.S)
    return " ".join(text.split()) or error.reason

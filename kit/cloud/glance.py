"""The control plane's Glance: Image API v2.12."""

import urllib.parse

from cloud.keystone import Keystone


class Glance:
    """
    A client with the credentials of the control plane's administrator, those of Keystone(control, timeout).
    """

    def __init__(self, control, timeout=120):
        self._keystone = Keystone(control, timeout)

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
        token = self._keystone.token(again)
        internal = urllib.parse.urlsplit(self._keystone.endpoint("image", "internal"))
        host = f"[{address}]" if ":" in address else address
        return token, f"{internal.scheme}://{host}:{internal.port}"

    def _call(self, method, path, body=None, headers=None):
        return self._keystone.call("image", method, path, body, headers)

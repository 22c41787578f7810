"""The control plane's Glance: Image API v2.12."""

import json
import urllib.parse

from cloud.keystone import CloudError, Keystone

_PAGE = 50
"""
Images in a page of a list. An image may have hundreds of locations, and Glance's query gives each of them
once for each property of the image (glance db/sqlalchemy/api.py _image_get_all).
"""


class Glance:
    """
    A client with the credentials of the control plane's administrator.

    Args:
        lab, options: as in `Keystone`.
    """

    def __init__(self, lab, **options):
        self._keystone = Keystone(lab, **options)

    def images(self):
        """All images, hidden ones and those of other projects included."""
        return list(self.matching())

    def matching(self, **filters):
        """
        Gives images one by one, without their locations, those of other projects included: by name, hidden
        ones after all others. Only one page of them is in memory. An image that is shown or hidden meanwhile
        may be left out, but is not given twice.

        Args:
            filters: what an image must have, each a text: `name`, `status`, or a property (Image API v2,
                "List images"). Glance's database may ignore case.
        """
        if "name" in filters:
            # Without an operator, Glance takes `a` in the name `a:b` for one.
            filters["name"] = f"eq:{filters['name']}"
        given = set()
        for hidden in ("false", "true"):
            words = {"limit": _PAGE, "visibility": "all", "os_hidden": hidden, "sort": "name:asc", **filters}
            before = []
            while True:
                answer = self._page(f"/v2/images?{urllib.parse.urlencode(words)}", before)
                before = [image["id"] for image in answer["images"]]
                for image in answer["images"]:
                    if image["id"] not in given:
                        given.add(image["id"])
                        image.pop("locations", None)
                        yield image
                if "next" not in answer:
                    break

    def _page(self, path, before):
        """The page of a list that follows the page with the ids `before`; without ids the first page."""
        while True:
            marker = f"&marker={before[-1]}" if before else ""
            try:
                return self._call("GET", path + marker)
            except CloudError as error:
                # The marker was deleted meanwhile: the image before it has the same place in the list.
                if error.status != 400 or len(before) < 2:
                    raise
            before.pop()

    def image(self, image_id):
        """One image by its id."""
        return self._call("GET", f"/v2/images/{image_id}")

    def find(self, image_id):
        """One image by its id; None if there is none."""
        try:
            return self.image(image_id)
        except CloudError as error:
            if error.status == 404:
                return None
            raise

    def stores(self):
        """
        Ids of the stores in Glance's configuration, whether or not Glance can reach them.
        """
        return [store["id"] for store in self._call("GET", "/v2/info/stores")["stores"]]

    def create(self, fields):
        """Creates an image without data, and returns it."""
        return self._call("POST", "/v2/images", fields)

    def upload(self, image_id, reader, size, store):
        """Uploads an image's data: `size` bytes from a binary file, which Glance does not convert."""
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(size),
            "X-Image-Meta-Store": store,
        }
        self._call("PUT", f"/v2/images/{image_id}/file", reader, headers)

    def set_property(self, image_id, key, value):
        """Changes a property that an image has already."""
        self.update(image_id, [{"op": "replace", "path": f"/{key}", "value": value}])

    def update(self, image_id, operations):
        """Changes an image by all of these JSON patch operations ({op, path, value}), or by none."""
        headers = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
        self._call("PATCH", f"/v2/images/{image_id}", json.dumps(operations).encode(), headers)

    def members(self, image_id):
        """Ids of the projects with which an image is shared, which must have the visibility `shared`."""
        answer = self._call("GET", f"/v2/images/{image_id}/members")
        return [member["member_id"] for member in answer["members"]]

    def add_member(self, image_id, project):
        """Shares an image with a project, by its id."""
        try:
            self._call("POST", f"/v2/images/{image_id}/members", {"member": project})
        except CloudError as error:
            # It is a member already.
            if error.status != 409:
                raise

    def remove_member(self, image_id, project):
        """Shares an image with a project no longer."""
        self._keystone.delete("image", f"/v2/images/{image_id}/members/{project}")

    def project(self):
        """The id of the administrator's project, which owns images that are created without an owner."""
        return self._keystone.identity().project

    def copy(self, image_id, stores):
        """
        Starts to copy an image to stores that do not have it. A store that fails does not affect the others.
        """
        body = {"method": {"name": "copy-image"}, "stores": stores, "all_stores_must_succeed": False}
        self._call("POST", f"/v2/images/{image_id}/import", body)

    def tasks(self, image_id):
        """The tasks of an image: [{id, status, message, updated_at, …}]."""
        return self._call("GET", f"/v2/images/{image_id}/tasks")["tasks"]

    def delete_copy(self, store, image_id):
        """Removes an image's copy from a store; Glance refuses to remove the last one."""
        self._call("DELETE", f"/v2/stores/{store}/{image_id}")

    def delete(self, image_id):
        """Deletes an image with all its copies."""
        self._call("DELETE", f"/v2/images/{image_id}")

    def internal(self, again=False):
        """(token, URL) for the internal endpoint. again: as in `Keystone.token`."""
        return self._keystone.token(again), self._keystone.endpoint("image", "internal")

    def edge(self, address, again=False):
        """
        (token, URL) for the glance-api of an edge node. It listens at the port of the internal endpoint (THT
        deployment/glance/glance-api-edge-container-puppet.yaml): 9293 since OSP 17.1, 9292 before.

        Args:
            address: the node's address on internal_api.
            again: as in `Keystone.token`.
        """
        token, url = self.internal(again)
        internal = urllib.parse.urlsplit(url)
        host = f"[{address}]" if ":" in address else address
        return token, f"{internal.scheme}://{host}:{internal.port}"

    def _call(self, method, path, body=None, headers=None):
        return self._keystone.call("image", method, path, body, headers)

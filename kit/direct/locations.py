"""
Makes copies known to Glance, which the direct way has put beside Glance into the clusters of stores, by the
glance-api of the internal endpoint. It shows locations (THT
deployment/glance/glance-api-internal-container-puppet.yaml; before OSP 17.1 there is one glance-api for all
endpoints, which shows locations where a store is in RBD).
"""

import json
import threading

import programs
from cloud.imageinfo import stores_of
from errors import KitError
from hosts import inventory, ssh
from lab import CONTROL
from stores import copies

_REQUEST_SECONDS = 300
_ATTEMPTS = 5


class Locations:
    """
    Adds locations to images.

    Args:
        glance: the client of the control plane's Glance.
    """

    def __init__(self, lab, glance):
        self._lab = lab
        self._glance = glance
        self._alone = threading.Lock()

    def faults(self, image):
        """A line if the internal glance-api does not take locations; image: one that has data."""
        if self._request(image["id"], None):
            return []
        return [
            f"the direct way: glance-api at {self._glance.internal()[1]} shows no locations of images, so it "
            "takes none; give Controllers the service OS::TripleO::Services::GlanceApiInternal, or set "
            "GlanceShowMultipleLocations: true in the control plane's parameters, or let Glance copy: "
            "without --direct, or with `copy: glance` in the lab file"
        ]

    def add(self, image, store, url, progress, deadline):
        """
        Adds the copy of an image at a store to the image's locations, unless Glance lists the copy already.

        An import, and another such request, save the locations that they read before (glance
        async_/flows/api_image_import.py ImportActionWrapper, db/sqlalchemy/api.py _image_locations_set). So
        one location is added at a time, while no import runs, and looked at again.

        Raises:
            KitError: Glance refuses the location, or an import does not end in time.
        """
        for _ in range(_ATTEMPTS):
            with self._alone:
                found = copies.settle(self._glance, image["id"], progress, deadline)
                if store in stores_of(found):
                    return
                self._request(image["id"], {"url": url, "metadata": {"store": store}})
        if store not in stores_of(copies.settle(self._glance, image["id"], progress, deadline)):
            raise KitError(
                f"image {image['name']} ({image['id']}): its copy at {store} is whole, and Glance forgot it "
                f"{_ATTEMPTS} times; look for other programs that change the image, then run this again"
            )

    def _request(self, image_id, location):
        """Whether the internal glance-api shows locations; adds one first, unless it is None."""
        program = programs.read("direct", "location.py")
        nodes = inventory.hosts(self._lab, CONTROL)
        faults = [] if nodes else [f"the nodes of {CONTROL} are not on record (`kit nodes wait`)"]
        for node in nodes:
            try:
                return self._ask(node, program, image_id, location)
            except ssh.Failed:
                raise
            except KitError as error:
                faults.append(str(error))
        raise KitError("\n".join(faults))

    def _ask(self, node, program, image_id, location):
        for again in (False, True):
            token, url = self._glance.internal(again)
            request = {"url": url, "token": token, "image": image_id, "location": location}
            try:
                text = ssh.run(
                    self._lab,
                    CONTROL,
                    node,
                    ["python3", "-c", program],
                    what="internal glance-api",
                    limit_seconds=_REQUEST_SECONDS,
                    stdin=json.dumps(request).encode(),
                )
                # The shell of a login may print text before it.
                return json.loads(text.splitlines()[-1])
            except ssh.Failed as error:
                # A token is valid for an hour; a copy over a slow WAN may take longer.
                if error.code != 3 or again:
                    raise
        return None

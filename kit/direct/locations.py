"""
Makes copies known to Glance, which the direct way has put beside Glance into the clusters of stores, by the
glance-api of the internal endpoint. It shows locations (THT
deployment/glance/glance-api-internal-container-puppet.yaml; before OSP 17.1 there is one glance-api for all
endpoints, which shows locations where a store is in RBD).
"""

import json
import threading
from concurrent.futures import ThreadPoolExecutor, wait

import programs
from cloud.imageinfo import stores_of
from direct.quota import Quota, with_remedy
from errors import KitError
from hosts import inventory, ssh
from lab import CONTROL
from stores import copies

_REQUEST_SECONDS = 300
_PATIENCE_SECONDS = 10
"""For how long a request keeps those for other copies of the image waiting."""
_ATTEMPTS = 5
_PAUSE_SECONDS = 2
"""Between two requests for a store, if the first failed."""
_EXPIRED, _MAY_PASS = 3, 4
"""Exit codes of location.py."""
_MOST_REQUESTS = 256
"""Requests at a time: more than there are sites that do not answer."""
_MOST = 16
"""Locations of one request: Glance looks at the data behind each one before it answers."""


class Locations:
    """
    Adds locations to images.

    Args:
        glance: the client of the control plane's Glance.

    Attributes:
        quota: direct.quota.Quota.
    """

    def __init__(self, lab, glance):
        self.quota = Quota(lab)
        self._lab = lab
        self._glance = glance
        self._lock = threading.Lock()
        self._queues = {}
        self._requests = ThreadPoolExecutor(_MOST_REQUESTS)

    def faults(self, image):
        """A line if the internal glance-api does not take locations; image: one that has data."""
        if self._request(image["id"], {}):
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
        the locations of an image are added while no import runs, by one request at a time, and looked at
        again. A request takes all stores along that wait for it: their copies often end at the same time.

        Glance first looks at the data of each location, and hangs for minutes where the store's cluster does
        not answer. So later requests do not wait for one that is late; `finish` does.

        Raises:
            KitError: Glance refuses the location, or an import does not end in time.
        """
        queue = self._queue(image)
        queue.put(store, url)
        try:
            self._tell(image, queue, store, url, progress, deadline)
        finally:
            # Glance is not told of a copy that was reported as failed.
            queue.drop(store)

    def finish(self, image):
        """
        Waits for requests that later ones did not wait for. Then the image has to be looked at again: these
        may have made Glance forget other copies.
        """
        queue = self._queue(image)
        wait(queue.late)
        queue.late = []

    def _queue(self, image):
        with self._lock:
            return self._queues.setdefault(image["id"], _Queue())

    def _tell(self, image, queue, store, url, progress, deadline):
        error = None
        for left in range(_ATTEMPTS, -1, -1):
            with queue.turn:
                # Also after a failure: Glance may have carried out a request that it did not answer.
                if store not in queue.listed:
                    queue.listed = stores_of(copies.settle(self._glance, image["id"], progress, deadline))
                if store in queue.listed:
                    return
                if not left or (error and getattr(error, "code", None) != _MAY_PASS):
                    break
                request = self._begin(image["id"], queue, store, url)
            error = request.result() if request else None
            if error:
                progress.pause(_PAUSE_SECONDS)
        if error:
            raise with_remedy(error)
        raise KitError(
            f"image {image['name']} ({image['id']}): its copy at {store} is whole, and Glance forgot it "
            f"{_ATTEMPTS} times; look for other programs that change the image, then run this again"
        )

    def _begin(self, image_id, queue, store, url):
        """
        Begins a request for a store and those that wait, and waits a while for its end. Returns the request,
        which gives the KitError with which it failed, or None; None if it was for several stores, each of
        which is added alone after a failure.
        """
        taken = queue.take(store, url)
        request = self._requests.submit(self._attempt, image_id, taken)
        is_late = bool(wait([request], 0 if store in queue.slow else _PATIENCE_SECONDS).not_done)
        if is_late:
            queue.late.append(request)
        if len(taken) == 1:
            queue.slow |= {store} if is_late else set()
            return request
        if is_late or request.result():
            queue.alone |= set(taken)
        return None

    def _attempt(self, image_id, urls):
        try:
            self._request(image_id, urls)
        except KitError as error:
            return error
        return None

    def _request(self, image_id, urls):
        """Whether the internal glance-api shows locations; adds those of stores, {store: URL}, first."""
        program = programs.read("direct", "location.py")
        nodes = inventory.hosts(self._lab, CONTROL)
        faults = [] if nodes else [f"the nodes of {CONTROL} are not on record (`kit nodes wait`)"]
        for node in nodes:
            try:
                return self._ask(node, program, image_id, urls)
            except ssh.Failed:
                raise
            except KitError as error:
                faults.append(str(error))
        raise KitError("\n".join(faults))

    def _ask(self, node, program, image_id, urls):
        locations = [{"url": url, "metadata": {"store": store}} for store, url in urls.items()]
        for again in (False, True):
            token, url = self._glance.internal(again)
            request = {"url": url, "token": token, "image": image_id, "locations": locations}
            try:
                return ssh.answer(
                    self._lab,
                    CONTROL,
                    node,
                    ["python3", "-c", program],
                    what="internal glance-api",
                    limit_seconds=_REQUEST_SECONDS,
                    stdin=json.dumps(request).encode(),
                )
            except ssh.Failed as error:
                # A token is valid for an hour; a copy over a slow WAN may take longer.
                if error.code != _EXPIRED or again:
                    raise
        return None


class _Queue:
    """
    The copies of an image that wait for Glance.

    Attributes:
        turn: lock of the thread that asks Glance.
        listed: the stores that Glance listed after the last request.
        alone: stores to add by requests of their own: one for several of them has failed, or was late.
        slow: stores whose own request was late.
        late: requests that others did not wait for.
    """

    def __init__(self):
        self.turn = threading.Lock()
        self.listed = []
        self.alone = set()
        self.slow = set()
        self.late = []
        self._lock = threading.Lock()
        self._waiting = {}

    def put(self, store, url):
        """A store begins to wait."""
        with self._lock:
            # Glance may have forgotten it since.
            self.listed = [one for one in self.listed if one != store]
            self._waiting[store] = url

    def drop(self, store):
        """A store waits no longer."""
        with self._lock:
            self._waiting.pop(store, None)

    def take(self, store, url):
        """The URLs by store of a request for a store: others that wait come along."""
        with self._lock:
            self._waiting.pop(store, None)
            others = [] if store in self.alone else list(self._waiting)[: _MOST - 1]
            along = {one: self._waiting.pop(one) for one in others}
        return {store: url, **along}

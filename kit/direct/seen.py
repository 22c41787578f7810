"""What the direct way finds at one moment, for all images of a call: Glance is asked once."""

import registry
from cloud.imageinfo import stores_of
from direct import lists
from errors import KitError
from output import say
from parallel import each
from stores import parts


class Seen:
    """
    The images of Glance, and what the direct way has left in the lab.

    Attributes:
        images: all images, as from Glance.
    """

    def __init__(self, lab, glance):
        self._lab = lab
        self._glance = glance
        # Glance is asked last: another process may begin to copy an image that it has just uploaded.
        self._begun = {store: set(parts.begun(lab, store)) for store in registry.known(lab)}
        self._listed = lists.known(lab)
        self.images = glance.images()

    def held(self, store, ids):
        """Those of some images, by their ids, that have a copy in a store."""
        return {image["id"] for image in self.images if image["id"] in ids and store in stores_of(image)}

    def sweep(self, entries, stores):
        """
        Removes what is left at stores of images that Glance does not have any more, as far as their clusters
        answer, and the locks of killed processes.

        Args:
            entries: the entries of the stores, by id.
        """
        begun = {store: self._begun.get(store, set()) for store in stores}
        unlisted = self._listed.union(*begun.values()) - {image["id"] for image in self.images}
        # A list of Glance misses an image that is shown while the hidden ones are listed.
        gone = {image_id for image_id in unlisted if self._glance.find(image_id) is None}
        lists.sweep(self._lab, self._listed & gone)
        stale = {store: ids & gone for store, ids in begun.items() if ids & gone}
        each(list(stale), lambda store: self._sweep(entries[store], stale[store]), len(stale))
        parts.sweep_locks(self._lab)

    def _sweep(self, entry, ids):
        try:
            parts.sweep(self._lab, entry, ids)
        except KitError as error:
            say(f"store {entry['store']}: unfinished copies of deleted images stay: {error}")

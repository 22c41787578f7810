"""
How many locations the control plane's glance-api takes of an image, image_location_quota: one for each store.
Requests like those of the direct way meet this limit, Glance's imports do not (glance quota/__init__.py).
"""

import threading

import programs
from errors import KitError
from hosts import containers
from output import say

_CONTAINERS = ("glance_api_internal", "glance_api")
"""The internal glance-api since OSP 17.1, and the one glance-api of older releases."""
_MESSAGE = "number of allowed image locations"
"""Part of what Glance says beyond the limit (glance common/exception.py)."""
_REMEDY = (
    "`./dcn up` removes this limit in a lab of more than ten stores; otherwise write `ExtraConfig: { "
    "'glance::config::api_config': { DEFAULT/image_location_quota: { value: -1 } } }` under `parameters` of "
    "control-plane in the lab file, and run `./dcn up`; or copy to fewer sites, or let Glance copy, whose "
    "imports have no such limit (without --direct, or with `copy: glance` in the lab file)"
)


class Quota:
    """The limit; asks for it once. Can be used from several threads."""

    def __init__(self, lab):
        self._lab = lab
        self._lock = threading.Lock()
        self._is_known = False
        self._most = None

    def faults(self, images):
        """
        A line for each image that would have more locations than glance-api takes.

        Args:
            images: [(name for people, stores that have the image, stores that are to have it)].
        """
        found = [(label, len(held), len(set(stores) - set(held))) for label, held, stores in images]
        found = [(label, held, more) for label, held, more in found if more]
        most = self._value() if found else None
        return [
            f"image {label}: the control plane's glance-api takes {most} locations of an image "
            f"(image_location_quota); this one has {held}, and {more} further copies need one each; nothing "
            f"was sent. {_REMEDY}"
            for label, held, more in found
            if most is not None and held + more > most
        ]

    def _value(self):
        """The limit; None if there is none, or if it cannot be found out."""
        with self._lock:
            if not self._is_known:
                self._is_known = True
                self._most = self._ask()
            return self._most

    def _ask(self):
        words = ["python3", "-c", programs.read("direct", "quota.py")]
        try:
            text = containers.run(self._lab, _CONTAINERS, words, what="limit of locations of an image")
            # The shell of a login may print text before it.
            found = int(text.split()[-1])
        except (KitError, ValueError, IndexError) as error:
            say(f"image_location_quota of glance-api is not known, goes on: {error}")
            return None
        return found if found >= 0 else None


def with_remedy(error):
    """A failure of a request for locations, and what to do if glance-api takes no more of them."""
    return KitError(f"{error}. {_REMEDY}") if _MESSAGE in str(error) else error

"""
How images are copied to stores: by Glance, or directly from cluster to cluster. images/ways/<name>.json has
the limits of an image of the lab file that is copied directly, for copies without the image's document. The
way is that of the name: all versions of the image have it, also one that is uploaded anew.
"""

import os
import re
import shutil

import documents
from direct import copy as directcopy
from direct.seen import Seen
from files import read_json, remove, write_json
from images import LAB_PROPERTY
from stores import copies, parts


def note(lab, name, limits):
    """Notes how an image of the lab file is copied: directly, within limits; by Glance if these are None."""
    if limits is None:
        remove(_path(lab, name))
    else:
        write_json(_path(lab, name), limits._asdict())


def forget_all(lab):
    """Removes all notes, when the control plane has ended."""
    shutil.rmtree(os.path.dirname(_path(lab, "x")), ignore_errors=True)


def copy_one(lab, glance, image, stores, limits, seen, progress, deadline):
    """
    Copies an image to the stores that lack it.

    Args:
        limits: direct.copy.Limits of the direct way; None: Glance copies the image.
        seen: direct.seen.Seen; unused where Glance copies the image.
        progress, deadline: as in copies.copy_one.

    Raises:
        KitError: as copies.copy_one, or copy_one of direct.copy.
    """
    if limits is None:
        parts.drop_left(lab, image, stores)
        copies.copy_one(glance, image, stores, progress, deadline)
    else:
        directcopy.copy_one(lab, glance, image, stores, limits, seen, progress, deadline)


def copy_back(lab, glance, images, store):
    """
    Copies images to a store that has had them before, those of the lab file by their ways.

    Raises:
        KitError: as `copy_one`, of all images that failed.
    """
    limits = {image["id"]: _noted(lab, image) for image in images}
    seen = Seen(lab, glance) if any(limits.values()) else None

    def one(_, image, stores, progress, deadline):
        copy_one(lab, glance, image, stores, limits[image["id"]], seen, progress, deadline)

    copies.copy(lab, glance, images, [store], one)


def _noted(lab, image):
    # A person may have given the image another name.
    own = image.get(LAB_PROPERTY) == lab.name and re.fullmatch(documents.IMAGE, image["name"] or "")
    noted = read_json(_path(lab, image["name"])) if own else None
    return noted and directcopy.Limits(**noted)


def _path(lab, name):
    return os.path.join(lab.images, "ways", f"{name}.json")

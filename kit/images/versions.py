"""
Versions of an image of the lab file. Glance never changes the data of an image: a new source makes a new
image of the same name, which stays hidden until the image is in its stores. Then the new image takes the name
over, and the one before becomes an earlier version. Servers keep the version from which they started.
"""

from cloud.imageinfo import VERSION_PROPERTY, is_current
from cloud.keystone import CloudError
from errors import KitError
from images import LAB_PROPERTY, SOURCE_PROPERTY, sources
from output import say
from stores import copies

NEXT = "next"
"""Value of VERSION_PROPERTY of a new version that has not taken its name over yet."""

EARLIER = "earlier"
"""The same of an earlier version."""

_WORDS = {EARLIER: "an earlier version", None: "the current version"}

_ROUNDS = 3
"""How often a mark is written that imports write over."""


def images_named(images, name):
    """The images with exactly this name."""
    return [image for image in images if image["name"] == name]


def wanted(image, digest, named):
    """
    The version that has the source of the document; None if it has to be uploaded.

    Args:
        image: the image of the document.
        digest: of its source. A current version from the same URL, without sha256, counts as well.
        named: the lab's images of this name.
    """
    digests = [digest, sources.digest_without_sha256(image)]
    for accepted, versions in zip(digests, (named, [found for found in named if is_current(found)])):
        for found in versions:
            if accepted and found.get(SOURCE_PROPERTY) == accepted:
                return found
    return None


def new_fields(others):
    """The fields of a new image that has to take its name over from `others`."""
    return {VERSION_PROPERTY: NEXT, "os_hidden": True} if others else {}


def take_over(lab, glance, image, found, progress, deadline):
    """
    Makes a version the current one of its name, and the one before an earlier version. For a moment the name
    has no current version: clients of Glance could not tell two of them apart.

    Args:
        image: the image of the document; the caller has it alone.
        found: Glance's image for it, which is in its stores.
        progress, deadline: as in `copies.copy_one`.

    Returns:
        The image as Glance shows it now.

    Raises:
        KitError: Glance refused, or an import wrote over the change.
    """
    for other in _others(lab, glance, image, found):
        if other.get(VERSION_PROPERTY) in (None, NEXT):
            _mark(glance, other, EARLIER, True, progress, deadline)
            say(f"image {image['name']} ({other['id']}): is an earlier version now, and hidden")
    hidden = image["settings"].get("os_hidden", False)
    _mark(glance, found, None, hidden, progress, deadline)
    say(f"image {image['name']} ({found['id']}): is the current version now")
    return glance.image(found["id"])


def _others(lab, glance, image, found):
    """The lab's other versions of an image."""
    named = images_named(glance.matching(name=image["name"]), image["name"])
    return [other for other in named if other["id"] != found["id"] and other.get(LAB_PROPERTY) == lab.name]


def _mark(glance, found, mark, hidden, progress, deadline):
    """
    Marks a version as EARLIER, or as current by no mark. An import saves the properties that it read before a
    change over those of the change.
    """
    label = f"image {found['name']} ({found['id']})"
    for _ in range(_ROUNDS):
        found = copies.settle(glance, found["id"], progress, deadline)
        operations = _operations(found, mark, hidden)
        if not operations:
            return
        try:
            glance.update(found["id"], operations)
        except CloudError as error:
            raise KitError(f"{label}: did not become {_WORDS[mark]}: {error}") from None
    if _operations(copies.settle(glance, found["id"], progress, deadline), mark, hidden):
        raise KitError(
            f"{label}: did not stay {_WORDS[mark]} after {_ROUNDS} changes; run this again when nobody "
            f"copies or changes the image (`glance image-tasks {found['id']}`)"
        )


def _operations(found, mark, hidden):
    """The operations that give a version a mark (None: no mark), and hide or show it."""
    operations = []
    if mark and found.get(VERSION_PROPERTY) != mark:
        operations.append({"op": "add", "path": f"/{VERSION_PROPERTY}", "value": mark})
    if not mark and VERSION_PROPERTY in found:
        operations.append({"op": "remove", "path": f"/{VERSION_PROPERTY}"})
    if found["os_hidden"] != hidden:
        operations.append({"op": "replace", "path": "/os_hidden", "value": hidden})
    return operations

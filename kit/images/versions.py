"""
Versions of an image of the lab file. Glance never changes the data of an image: a new source makes a new
image of the same name, which stays hidden until the image is in its stores. Then the new image takes the name
over, and the one before becomes an earlier version. Servers keep the version from which they started.
"""

from cloud.imageinfo import VERSION_PROPERTY, is_current
from cloud.keystone import CloudError
from errors import KitError
from images import LAB_PROPERTY, SOURCE_PROPERTY, settings, sources
from output import say
from stores import copies

NEXT = "next"
"""Value of VERSION_PROPERTY of a new version that has not taken over its name yet."""

EARLIER = "earlier"
"""The same of an earlier version."""

EARLIER_MARK = f"{VERSION_PROPERTY}={EARLIER}"
"""The property of an earlier version, as Glance's clients take it."""

_WORDS = {EARLIER: "an earlier version", None: "the current version"}

_ROUNDS = 3
"""How often a version gets its mark, its value of VERSION_PROPERTY, again that an import writes over."""

_PAUSE_SECONDS = 2
"""Before a mark that Glance could not write now is tried again."""

_OF_SNAPSHOTS = ("instance_uuid", "base_image_ref", "block_device_mapping")
"""Properties of a server's snapshot, which has those of the server's image, too (nova compute/utils.py)."""


def images_named(images, name):
    """The images with exactly this name."""
    return [image for image in images if image["name"] == name]


def of_lab(lab, glance, name):
    """The lab's images of a name, hidden ones after all others."""
    named = images_named(glance.matching(name=name), name)
    return [found for found in named if is_ours(lab, glance, found)]


def is_ours(lab, glance, found):
    """
    Whether the lab has made an image. All who make an image can give it any property, so a version must have
    an owner from the kit, which only an administrator can give.
    """
    if found.get(LAB_PROPERTY) != lab.name or any(key in found for key in _OF_SNAPSHOTS):
        return False
    return is_current(found) or found.get("owner") in {glance.project(), *settings.owners(lab, found)}


def listed(lab, found):
    """{version: NEXT or EARLIER} of such a version of an image of the lab; {} of another image."""
    mark = found.get(VERSION_PROPERTY)
    return {"version": mark} if found.get(LAB_PROPERTY) == lab.name and mark in (NEXT, EARLIER) else {}


def wanted(image, digest, named):
    """
    The version that has the source of the document; None if it has to be uploaded.

    Args:
        image: the image of the document.
        digest: of its source. A current version from the same URL, without sha256, counts as well.
        named: the images of this name.
    """
    current = [found for found in named if is_current(found)]
    # The data at a URL without sha256 may have changed since an earlier version.
    is_sure = "url" not in image["source"] or "sha256" in image["source"]
    late = [found for found in named if found.get(VERSION_PROPERTY) != EARLIER]
    for accepted, among in (
        (digest, named if is_sure else late),
        (sources.digest_without_sha256(image), current),
    ):
        for found in among:
            if accepted and found.get(SOURCE_PROPERTY) == accepted:
                return found
    return None


def new_fields(others):
    """The fields of a new image that has to take over its name from `others`."""
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
    # Only now: an import would keep the name without an image until the import's end.
    copies.settle(glance, found["id"], progress, deadline)
    for other in of_lab(lab, glance, image["name"]):
        if other["id"] == found["id"]:
            continue
        try:
            if _mark(glance, other, EARLIER, True, progress, deadline):
                say(f"image {image['name']} ({other['id']}): is an earlier version now, and hidden")
        except CloudError as error:
            # A person has deleted it meanwhile.
            if error.status != 404:
                raise
    _mark(glance, found, None, image["settings"].get("os_hidden", False), progress, deadline)
    say(f"image {image['name']} ({found['id']}): is the current version now")
    return glance.image(found["id"])


def _mark(glance, found, mark, hidden, progress, deadline):
    """
    Gives a version its mark, EARLIER or as the current version none. An import saves the properties that it
    read before a change over those of the change. Returns whether anything changed.
    """
    image_id, label = found["id"], f"image {found['name']} ({found['id']})"
    for made in range(_ROUNDS + 1):
        found = copies.settle(glance, image_id, progress, deadline)
        operations = _operations(found, mark, hidden)
        if not operations:
            return made > 0
        if made == _ROUNDS:
            break
        try:
            glance.update(image_id, operations)
        except CloudError as error:
            if error.status == 404:
                raise
            if not error.may_pass or made == _ROUNDS - 1:
                raise KitError(f"{label}: did not become {_WORDS[mark]}: {error}") from None
            progress.pause(_PAUSE_SECONDS)
    raise KitError(
        f"{label}: did not stay {_WORDS[mark]} after {_ROUNDS} changes; run this again when nobody copies or "
        f"changes the image (`glance image-tasks {image_id}`)"
    )


def _operations(found, mark, hidden):
    """The operations that give a version a mark (None: no mark), and hide or show it."""
    operations = []
    if mark and found.get(VERSION_PROPERTY) != mark:
        operations.append(settings.put(VERSION_PROPERTY, mark))
    if not mark and VERSION_PROPERTY in found:
        operations.append(settings.take(VERSION_PROPERTY))
    if found["os_hidden"] != hidden:
        operations.append(settings.put("os_hidden", hidden))
    return operations

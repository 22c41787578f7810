"""Checks of images' data: whether an image has any, and whether its copies have its sha512."""

from cloud.imageinfo import sha512, stores_of
from output import say


def without_data(images):
    """A line for each image without data in any store."""
    return [
        f"image {image['name']} ({image['id']}): no store has its data, so there is nothing to read or copy; "
        "if it is the snapshot of a server that boots from a volume, its data is a snapshot of that volume"
        for image in images
        if not stores_of(image)
    ]


def hash_faults(image, found):
    """
    A line for each copy whose data differs from Glance's sha512 of the image. If Glance has none, says so and
    compares the copies with one another.

    Args:
        found: [(place, sha512 of the data there, remedy)].
    """
    label = f"image {image['name']} ({image['id']})"
    expected = sha512(image)
    if expected:
        return [
            f"{label}: at {place} its data has sha512 {digest}, Glance says {expected}; {remedy}"
            for place, digest, remedy in found
            if digest != expected
        ]
    if len({digest for _, digest, _ in found}) > 1:
        digests = "; ".join(f"at {place} {digest}" for place, digest, _ in found)
        return [
            f"{label}: Glance has no sha512 of it, and its copies differ: {digests}; find the copy that a "
            "server starts from, remove the others and copy it again"
        ]
    equal = f"the {len(found)} copies that were read are equal" if len(found) > 1 else "one copy was read"
    say(f"{label}: Glance has no sha512 of it; {equal}")
    return []

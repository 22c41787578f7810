"""Reads Glance's answers about images: names, digests, stores with copies."""

VERSION_PROPERTY = "glance_dcn_version"
"""Property of an image of the lab file that is not the current version of its name (images/versions.py)."""


def listed(image, key):
    """A comma-separated property of an image, as a list."""
    return [word for word in (image.get(key) or "").split(",") if word]


def stores_of(image):
    """Ids of the stores that have a copy of an image."""
    return listed(image, "stores")


def images_in(glance, store):
    """All images with a copy in a store."""
    return [image for image in glance.matching() if store in stores_of(image)]


def find_images(glance, names, faults):
    """
    Finds images by their names or ids; of several images of a name, the name stands for the current version.
    Adds a line to `faults` for each name that no image or several images have.
    """
    images = glance.images()
    found = []
    for name in dict.fromkeys(names):
        matching = [image for image in images if name in (image["id"], image["name"])]
        if len(matching) > 1:
            matching = [image for image in matching if is_current(image)] or matching
        if len(matching) == 1:
            found += matching
        elif matching:
            ids = ", ".join(image["id"] for image in matching)
            faults.append(f"image {name}: {len(matching)} images have this name; give the id of one: {ids}")
        else:
            known = ", ".join(sorted({image["name"] for image in images if image["name"]})) or "none"
            faults.append(f"image {name}: no image has this name or id; the images are: {known}")
    return found


def is_current(image):
    """Whether an image is the one for which its name stands, among the versions of an image."""
    return not image.get(VERSION_PROPERTY)


def sha512(image):
    """Glance's sha512 of an image's data; None if Glance has a digest of another kind."""
    return image.get("os_hash_value") if image.get("os_hash_algo") == "sha512" else None


def is_importing(image):
    """Whether an import holds the image's lock; it does from before the API's answer until its end."""
    return bool(image.get("os_glance_import_task"))


def may_be_listed(image, store):
    """
    Whether a running import of an image may write to a store, or list the image's copy there again. Before an
    import has started, Glance does not list its stores.
    """
    arriving = listed(image, "os_glance_importing_to_stores")
    return is_importing(image) and (not arriving or store in arriving or store in stores_of(image))

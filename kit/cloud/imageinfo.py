"""What Glance says about images: names, digests, the stores that hold them."""


def listed(image, key):
    """A property of an image that has words joined by commas, as a list of the words."""
    return [word for word in (image.get(key) or "").split(",") if word]


def stores_of(image):
    """Ids of the stores that have a copy of an image."""
    return listed(image, "stores")


def named(glance, names, faults):
    """
    The images of some names or ids; adds a line to `faults` for each that no image has, or several have.
    """
    everything = glance.images()
    found = []
    for name in dict.fromkeys(names):
        matching = [image for image in everything if name in (image["id"], image["name"])]
        if len(matching) == 1:
            found += matching
        elif matching:
            ids = ", ".join(image["id"] for image in matching)
            faults.append(f"image {name}: {len(matching)} images have this name; give the id of one: {ids}")
        else:
            called = ", ".join(sorted({image["name"] for image in everything if image["name"]})) or "none"
            faults.append(f"image {name}: no image has this name or id; the images are: {called}")
    return found


def sha512(image):
    """The sha512 that Glance has of an image's data; None if it has another digest."""
    return image.get("os_hash_value") if image.get("os_hash_algo") == "sha512" else None


def is_importing(image):
    """Whether an import holds the image's lock: from before the API's answer until the end of the import."""
    return bool(image.get("os_glance_import_task"))

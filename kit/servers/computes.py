"""
The settings of a site's nova-computes for images, and how a server at the site gets its disk from an image.
"""

import os

import stacks
from cloud.imageinfo import stores_of
from errors import KitError
from files import read_yaml
from lab import home

CLONE = "clone"
"""The disk is a copy-on-write clone of the image."""
COPIED = "copied"
"""Nova has Glance copy the image to the site's store first; the disk is a clone of that copy."""
FLAT = "flat"
"""Nova downloads the image; the disk is a full copy."""
REFUSED = "refused"
"""Nova does not start the server."""

_RBD = "nova::compute::rbd::"
_GLANCE = "tripleo::profile::base::glance::api::"
_NEVER = "nova::workarounds::never_download_image_if_on_rbd"


def settings(lab, site):
    """
    The effective settings of a site's nova-computes, from the puppet data that the latest stack phase wrote
    below ~/overcloud-deploy/<stack>/config-download (tripleo-common utils/config.py).

    Returns:
        {ceph, store, never, copySeconds, known}.
        ceph: whether disks are in Ceph (NovaEnableRbdBackend).
        store: the Glance store from which disks are cloned, '' for none (images_rbd_glance_store_name).
        never: whether an image that cannot be cloned is refused (NovaDisableImageDownloadToRbd).
        copySeconds: how long Nova waits for a copy to the store.
        known: ids of the stores that the site's glance-api knows; None if the site has no glance-api: its
            computes use the control plane's, which knows all stores.

    Raises:
        KitError: the site has no nova-compute.
    """
    stack = stacks.of_site(lab, site)
    directory = home("overcloud-deploy", stack, "config-download", stack, "group_vars")
    roles = [_read(os.path.join(directory, name)) for name in _roles(directory)]
    computes = [data for services, data in roles if "nova_compute" in services]
    if not computes:
        raise KitError(
            f"site {site}: no role in {directory} has nova-compute: no server can run there; bring up its "
            "stack, or name another site"
        )
    edges = [data for services, data in roles if "glance_api_edge" in services]
    first = computes[0]
    return {
        "ceph": first.get(f"{_RBD}ephemeral_storage") is True,
        "store": first.get(f"{_RBD}libvirt_images_rbd_glance_store_name") or "",
        "never": first.get(_NEVER) is True,
        "copySeconds": _seconds(first, f"{_RBD}libvirt_images_rbd_glance_copy_timeout", 600),
        "known": sorted(_stores(edges[0])) if edges else None,
    }


def _roles(directory):
    # The directory also has files of Ansible's own groups, with a suffix.
    return (
        sorted(name for name in os.listdir(directory) if "." not in name) if os.path.isdir(directory) else []
    )


def _read(path):
    """(service names, puppet data) of a role. The operator's extraconfig overrides (hieradata_files)."""
    role = read_yaml(path)
    sections = ("service_configs", "extraconfig", "role_extraconfig")
    missing = [key for key in ("service_names", *sections) if key not in role]
    if missing:
        raise KitError(f"{path}: has no {', '.join(missing)}; run the site's overcloud-config again")
    return role["service_names"], {
        key: value for section in sections for key, value in (role[section] or {}).items()
    }


def _seconds(data, key, default):
    value = data.get(key) or default
    try:
        return int(value)
    except (TypeError, ValueError):
        raise KitError(
            f"{key}: must be a number of seconds, is {value!r}; correct it in the parameters of the site's "
            "role"
        ) from None


def _stores(data):
    return {data[f"{_GLANCE}glance_backend_id"], *(data.get(f"{_GLANCE}multistore_config") or {})}


def outcome(image, settings, in_ceph):
    """
    How a server at a site gets its disk from an image.

    Args:
        image: an image as in Glance's API.
        settings: the site's, as from `settings`.
        in_ceph: whether Glance's stores are in Ceph; an image in Swift is never cloned.

    Returns:
        (CLONE, COPIED, FLAT or REFUSED; the reason as a text).
    """
    held, store = stores_of(image), settings["store"]
    if not settings["ceph"]:
        return FLAT, "disks of servers are local there (NovaEnableRbdBackend: false)"
    if not in_ceph:
        why = "the image lies in Swift, from which nothing is cloned"
    elif image["disk_format"] not in ("raw", "iso"):
        why = f"its format is {image['disk_format']}, and only raw data is cloned"
    elif store in held:
        return CLONE, f"it has a copy in store {store}"
    elif not store:
        why = "no store is named from which to clone (images_rbd_glance_store_name)"
    elif settings["known"] is None or set(held) <= set(settings["known"]):
        return COPIED, (
            f"it has no copy in store {store}; Nova has Glance copy it there first, and waits for that at "
            f"most {settings['copySeconds']} s (images_rbd_glance_store_name)"
        )
    else:
        unknown = ", ".join(sorted(set(held) - set(settings["known"])))
        why = (
            f"it has no copy in store {store}, and the site's glance-api, which does not know store "
            f"{unknown}, cannot copy it (LP#2073945)"
        )
    if settings["never"]:
        return REFUSED, f"{why}; a download is ruled out (NovaDisableImageDownloadToRbd: true)"
    return FLAT, f"{why}; Nova downloads it (NovaDisableImageDownloadToRbd: false)"

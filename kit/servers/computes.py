"""
What TripleO has told the nova-computes of a site about images, and what therefore becomes of one when a
server starts from it there.
"""

import os

import yaml

from cloud.imports import stores_of
from common import KitError, SafeLoader, home

CLONE = "clone"
"""The disk is a copy-on-write clone of the image."""
COPIED = "copied"
"""Nova has Glance copy the image to the site's store first; the disk is a clone of that."""
FLAT = "flat"
"""Nova downloads the image; the disk is a full copy."""
REFUSED = "refused"
"""Nova does not start the server."""

_RBD = "nova::compute::rbd::"
_GLANCE = "tripleo::profile::base::glance::api::"
_NEVER = "nova::workarounds::never_download_image_if_on_rbd"


def settings(site):
    """
    The effective settings of a site's nova-computes, by puppet's data as the latest stack phase has written
    it below ~/overcloud-deploy/<stack>/config-download (tripleo-common utils/config.py):

    ceph: whether disks lie in Ceph (NovaEnableRbdBackend). store: the Glance store from which they are
    cloned, '' for none (images_rbd_glance_store_name). never: whether an image that cannot be cloned is
    refused (NovaDisableImageDownloadToRbd). copySeconds: how long Nova waits for a copy to the store. known:
    ids of the stores that the site's own glance-api knows; None if it has none and the computes ask the
    control plane's, which knows all. Throws KitError if the site has no nova-compute here.
    """
    directory = home("overcloud-deploy", site, "config-download", site, "group_vars")
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
        "copySeconds": int(first.get(f"{_RBD}libvirt_images_rbd_glance_copy_timeout") or 600),
        "known": sorted(_stores(edges[0])) if edges else None,
    }


def _roles(directory):
    # Beside a role's file there are those of Ansible's own groups, with a suffix.
    return (
        sorted(name for name in os.listdir(directory) if "." not in name) if os.path.isdir(directory) else []
    )


def _read(path):
    """(service names, puppet's data) of a role; what the operator says goes first (hieradata_files)."""
    with open(path, encoding="utf-8") as file:
        role = yaml.load(file, Loader=SafeLoader)
    parts = ("service_configs", "extraconfig", "role_extraconfig")
    return role["service_names"], {key: value for part in parts for key, value in (role[part] or {}).items()}


def _stores(data):
    return {data[f"{_GLANCE}glance_backend_id"], *(data.get(f"{_GLANCE}multistore_config") or {})}


def outcome(image, told, in_ceph):
    """
    What becomes of an image of Glance when a server starts from it at a site whose `settings` are `told`, and
    why, as (one of the above, words).

    in_ceph: whether Glance's stores lie in Ceph; what lies in Swift is never cloned.
    """
    held, store = stores_of(image), told["store"]
    if not told["ceph"]:
        return FLAT, "disks of servers are local there (NovaEnableRbdBackend: false)"
    if not in_ceph:
        why = "the image lies in Swift, from which nothing is cloned"
    elif image["disk_format"] not in ("raw", "iso"):
        why = f"its format is {image['disk_format']}, and only raw data is cloned"
    elif store in held:
        return CLONE, f"it has a copy in store {store}"
    elif not store:
        why = "no store is named from which to clone (images_rbd_glance_store_name)"
    elif told["known"] is None or set(held) <= set(told["known"]):
        return COPIED, (
            f"it has no copy in store {store}; Nova has Glance copy it there first, and waits for that at "
            f"most {told['copySeconds']} s (images_rbd_glance_store_name)"
        )
    else:
        strange = ", ".join(sorted(set(held) - set(told["known"])))
        why = (
            f"it has no copy in store {store}, and the site's glance-api, which does not know store "
            f"{strange}, cannot copy it (LP#2073945)"
        )
    if told["never"]:
        return REFUSED, f"{why}; a download is ruled out (NovaDisableImageDownloadToRbd: true)"
    return FLAT, f"{why}; Nova downloads it (NovaDisableImageDownloadToRbd: false)"

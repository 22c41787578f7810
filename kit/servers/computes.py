"""
The settings of a site's nova-computes for images, and how a server at the site gets its disk from an image.
"""

import os

import stacks
from cloud.imageinfo import stores_of
from errors import KitError
from files import read_yaml
from lab import CONTROL, home

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
_GLANCE_URL = "nova::glance::endpoint_override"
_POLICIES = "glance::policy::policies"
_REFERENCE = "%{hiera("
"""
GlanceApiEdge and HAproxyEdge of the templates give the site's own glance-api by a reference to puppet's data
(THT glance-api-edge-container-puppet.yaml); every other value is the control plane's glance-api.
"""

FOR_ALL = ("public", "community")
"""Visibilities of images from which every project starts servers (Image API v2)."""

_ADMINISTRATORS = "role:admin"
_COPIED_FOR_TENANTS = {
    _ADMINISTRATORS: (),
    "role:admin or 'public':%(visibility)s": ("public",),
    "@": FOR_ALL,
}
"""
Rules of Glance's policy copy_image that the plan sets -> visibilities of the images of other projects that a
tenant may have copied.
"""


def settings(lab, site):
    """
    The effective settings of a site's nova-computes, from the puppet data that the latest stack phase wrote
    below ~/overcloud-deploy/<stack>/config-download (tripleo-common utils/config.py).

    Returns:
        {ceph, store, never, copySeconds, known, volumesKnow, copyRule}.
        ceph: whether disks are in Ceph (NovaEnableRbdBackend).
        store: the Glance store from which disks are cloned, '' for none (images_rbd_glance_store_name).
        never: whether an image that cannot be cloned is refused (NovaDisableImageDownloadToRbd).
        copySeconds: how long Nova waits for a copy to the store.
        known: ids of the stores that the glance-api of the computes knows; None if that is the control
            plane's, which knows all stores.
        volumesKnow: as `known`, of the glance-api that the site's cinder-volume asks: the site's own, if it
            has one.
        copyRule: rule of that glance-api's policy copy_image: who may have an image copied to a store.

    Raises:
        KitError: the site has no nova-compute.
    """
    roles = _roles(lab, site)
    computes = [data for services, data in roles if "nova_compute" in services]
    if not computes:
        raise KitError(
            f"site {site}: no role in {_directory(lab, site)} has nova-compute: no server can run there; "
            "bring up its stack, or name another site"
        )
    first = computes[0]
    edges = [data for services, data in roles if "glance_api_edge" in services]
    own_stores = sorted(_stores(edges[0])) if edges else None
    if _REFERENCE not in first.get(_GLANCE_URL, ""):
        edges = []
    asked = edges or [data for services, data in _roles(lab, CONTROL) if "glance_api" in services]
    return {
        "ceph": first.get(f"{_RBD}ephemeral_storage") is True,
        "store": first.get(f"{_RBD}libvirt_images_rbd_glance_store_name") or "",
        "never": first.get(_NEVER) is True,
        "copySeconds": _seconds(first, f"{_RBD}libvirt_images_rbd_glance_copy_timeout", 600),
        "known": own_stores if edges else None,
        "volumesKnow": own_stores,
        "copyRule": _copy_rule(asked[0]) if asked else _ADMINISTRATORS,
    }


def _copy_rule(data):
    rules = (data.get(_POLICIES) or {}).values()
    # Glance's own rule (glance policies/image.py copy_image).
    return next((rule["value"] for rule in rules if rule["key"] == "copy_image"), _ADMINISTRATORS)


def _directory(lab, site):
    stack = stacks.of_site(lab, site)
    return home("overcloud-deploy", stack, "config-download", stack, "group_vars")


def _roles(lab, site):
    """[(service names, puppet data)] of a site's roles; [] before its first stack phase."""
    directory = _directory(lab, site)
    if not os.path.isdir(directory):
        return []
    # The directory also has files of Ansible's own groups, with a suffix.
    return [_read(os.path.join(directory, name)) for name in sorted(os.listdir(directory)) if "." not in name]


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


def outcome_of_volume(image, settings, in_ceph):
    """
    How a server gets a volume of an image as its disk. Cinder has no image copied: cinder-volume downloads an
    image that lies in another cluster (cinder volume/flows/manager/create_volume.py).

    Args, Returns: as in `outcome`.
    """
    held, known = stores_of(image), settings["volumesKnow"]
    if in_ceph and settings["store"] in held and image["disk_format"] == "raw":
        return CLONE, f"it has a copy in store {settings['store']}"
    if known is not None and not set(held) & set(known):
        return REFUSED, (
            "Cinder downloads it from the site's glance-api, which knows none of its stores "
            f"({', '.join(held)})"
        )
    return FLAT, "Cinder downloads it: it makes clones only of raw images in the site's own cluster"


def outcome(image, settings, in_ceph, as_tenant):
    """
    How a server at a site gets its disk from an image.

    Args:
        image: an image as in Glance's API.
        settings: the site's, as from `settings`.
        in_ceph: whether Glance's stores are in Ceph; an image in Swift is never cloned.
        as_tenant: whether a tenant asks for the server; else an administrator.

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
        rule = settings["copyRule"]
        # Of an operator's own rule only Glance knows what it says.
        if not as_tenant or image["visibility"] in _COPIED_FOR_TENANTS.get(rule, FOR_ALL):
            return COPIED, (
                f"it has no copy in store {store}; Nova has Glance copy it there first, and waits for that "
                f"at most {settings['copySeconds']} s (images_rbd_glance_store_name)"
            )
        # Nova does not download the image then, either: it expects another error (virt/libvirt/driver.py).
        return REFUSED, (
            f"it has no copy in store {store}, and Glance copies no {image['visibility']} image there for a "
            f"tenant (policy copy_image: {rule}; the lab file's copyOnDemand decides)"
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

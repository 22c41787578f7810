"""
The images of the lab file: generated or fetched once, uploaded once to the control plane's own store, copied
to the other stores, or fetched into the caches of sites.
"""

import contextlib
import os
import shutil
import time

import documents
import registry
from cloud.glance import Glance
from cloud.imageinfo import is_current, stores_of
from direct.locations import Locations
from direct.seen import Seen
from errors import refuse
from files import remove, write_private
from images import caches, deletion, settings, sources, versions, ways, workfiles
from images.document import read_document
from images.upload import REMAINS, Upload, alone, set_aside_fault
from jobs import adoption
from output import say
from parallel import each
from stores import copies, update
from stores.progress import Progress


def ensure(lab, text):
    """
    Uploads images to Glance, and copies them to the stores and into the caches of the document, as far as
    they are missing; gives images that exist the settings of the document.

    Args:
        text: the images' document, as YAML.

    Returns:
        {images: {name: {id, sha512, size, stores, copy, caches}}}. copy: `direct`; absent: Glance copies it.

    Raises:
        Refused: the document is wrong, a store, cache or project does not exist, Glance has an image of the
            same name that the lab did not make, min_disk is less than the image, or the internal glance-api
            takes no, or not as many, locations from the direct way.
        KitError: an upload or a copy failed; another call does only the missing work.
    """
    return _ensure(lab, *read_document(text))


def _ensure(lab, images, limit):
    deadline = time.monotonic() + limit * 60
    first = copies.own_store(lab)["store"]
    glance = Glance(lab)
    digests, present, seen = {}, {}, None
    faults = sources.faults(images)
    faults += copies.store_faults(lab, glance, [store for image in images for store in image["stores"]])
    faults += caches.site_faults(lab, [site for image in images for site in image["caches"]])
    settings.resolve(lab, images, faults)
    if not faults:
        digests = {image["name"]: sources.digest(image, faults) for image in images}
        seen = Seen(lab, glance)
        for image in images:
            candidates = versions.images_named(seen.images, image["name"])
            digest = digests[image["name"]]
            found = versions.wanted(image, digest, candidates)
            faults += _conflict(lab, glance, image, found, candidates)
            if found:
                faults += settings.min_disk_faults(image, settings.disk_size(found))
                present[image["name"]] = found
        faults += _direct_faults(lab, glance, first, images, present, seen.images)
        if adoption.under_way(lab) is not None:
            faults += _absent_faults(images, present)
    refuse(faults)
    workfiles.sweep(lab)
    settings.sweep(lab, glance)
    with copies.glance_stays_up(lab), Progress() as progress:
        upload = Upload(lab, glance, first, progress, deadline)

        def work(image):
            with alone(lab, image["name"]):
                found = upload.once(image, digests[image["name"]])
                if is_current(found):
                    settings.apply(lab, glance, image, found, progress, deadline)
                ways.note(lab, image["name"], image["direct"])
                wanted = [first, *image["stores"]]
                ways.copy_one(lab, glance, found, wanted, image["direct"], seen, progress, deadline)
                caches.Caches(lab, glance, image["caches"]).fill([found], progress, deadline)
                if not is_current(found):
                    hidden = {**image, "settings": {**image["settings"], "os_hidden": True}}
                    settings.apply(lab, glance, hidden, found, progress, deadline)
                    found = versions.take_over(lab, glance, image, found, progress, deadline)
                    settings.apply(lab, glance, image, found, progress, deadline)
                remove(_removed(lab, image["name"]))
                return found

        results = each(images, work, copies.AT_ONCE, cancelled=progress.cancelled)
    summary = {}
    for image, found in zip(images, results):
        keys = {"id": found["id"], "sha512": found["os_hash_value"], "size": found["size"]}
        summary[image["name"]] = {**keys, "stores": sorted({first, *image["stores"]})}
        if image["direct"]:
            summary[image["name"]]["copy"] = "direct"
        if image["caches"]:
            summary[image["name"]]["caches"] = sorted(image["caches"])
    return {"images": summary}


def _direct_faults(lab, glance, first, images, present, existing):
    """
    A line for each reason why images cannot take the direct way to stores that lack them. Whether the
    internal glance-api takes locations at all, one of Glance's `existing` images shows; without any, the next
    upload.

    Args:
        first: the store of uploads.
        present: Glance's images for the document's, by name.
    """
    faults = []
    lack = [
        store
        for image in images
        if image["direct"]
        for store in image["stores"]
        if image["name"] not in present or store not in stores_of(present[image["name"]])
    ]
    registry.entries(lab, lack, faults)
    probe = next((found for found in existing if stores_of(found)), None)
    locations = Locations(lab, glance)
    if lack and probe:
        faults += locations.faults(probe)
    held = {name: stores_of(found) for name, found in present.items()}
    wanted = [
        (image["name"], held.get(image["name"]) or [first], [first, *image["stores"]])
        for image in images
        if image["direct"]
    ]
    return faults or locations.quota.faults(wanted)


def _absent_faults(images, present):
    """A line for each image that Glance does not have: an adoption takes what stands, and makes nothing."""
    return [
        f"image {image['name']}: Glance does not have it, and an adoption makes no image: take it out of the "
        "lab file until the adoption has ended"
        for image in images
        if image["name"] not in present
    ]


def restore(lab, text):
    """
    Ensures again those images whose deletion has begun: Pulumi may have them in its state, and then does not
    ensure them itself when they are in the lab file after all.

    Args:
        text: {images: [name]} as YAML, the images of the lab file.

    Returns:
        {restored: [name]}.

    Raises:
        Refused, KitError: as from `ensure`.
    """
    reader = documents.Reader("images document", documents.parse("images document", text))
    names = reader.texts("images", documents.IMAGE)
    reader.finish()
    noted = [name for name in names if os.path.exists(_removed(lab, name))]
    images, limits = [], []
    for name in noted:
        with open(_removed(lab, name), encoding="utf-8") as file:
            removed, limit = read_document(file.read())
        images += [image for image in removed if image["name"] == name]
        limits.append(limit)
        say(f"image {name}: its deletion has begun, and is taken back")
    if noted:
        _ensure(lab, images, max(limits))
    return {"restored": noted}


def forget_removed(lab):
    """Removes the notes about images, when the control plane has ended."""
    settings.forget_all(lab)
    ways.forget_all(lab)
    shutil.rmtree(os.path.dirname(_removed(lab, "x")), ignore_errors=True)


def _removed(lab, name):
    """File with the document of an image whose deletion has begun."""
    return os.path.join(lab.images, "removed", f"{name}.yaml")


def _conflict(lab, glance, image, found, candidates):
    """
    A line for each reason not to use the candidates: Glance's images of the image's name. found: the one of
    them that has the image's source, if any.
    """
    foreign = [one["id"] for one in candidates if not versions.is_ours(lab, glance, one)]
    if foreign:
        return [
            f"image {image['name']}: Glance has an image of this name ({', '.join(foreign)}), which lab "
            f"{lab.name} did not make; give the lab's image another name, or rename the other"
        ]
    named = [one for one in candidates if is_current(one)]
    if len(named) > 1:
        ids = ", ".join(one["id"] for one in named)
        return [
            f"image {image['name']}: Glance has several images of this name: {ids}; delete all but one, or "
            f"make the others earlier versions (openstack image set --property {versions.EARLIER_MARK} ID)"
        ]
    # Versions from other sources may have any status, but remains of an upload would be deleted.
    inactive = [
        one for one in candidates if one["status"] in REMAINS or (one is found and one["status"] != "active")
    ]
    return [fault for one in inactive if (fault := set_aside_fault(one))]


def check_removal(lab, text):
    """
    Refuses to delete images if one of them must stay. Deleted one by one, those before it would be gone.

    Args:
        text: {images: [name]} as YAML.

    Returns:
        {checked: [name]}.

    Raises:
        Refused: an image is protected, and not by the lab file, or has clones in a store's cluster.
    """
    reader = documents.Reader("images document", documents.parse("images document", text))
    names = reader.texts("images", documents.IMAGE)
    reader.finish()
    if update.stands(lab):
        refuse(deletion.reasons_to_keep(lab, _own(lab, Glance(lab), names)))
    return {"checked": names}


def remove_all(lab, text):
    """
    Deletes the lab's images from all stores. Images of the same names that the lab did not make stay.

    Args:
        text: the images' document, as YAML.

    Returns:
        {removed: [name]}.

    Raises:
        Refused: an image is protected, and not by the lab file, or has clones in a store's cluster; no image
            was deleted.
        KitError: clones were made meanwhile, or Glance refused; another call deletes the rest.
    """
    images, _ = read_document(text)
    names = sorted(image["name"] for image in images)
    with contextlib.ExitStack() as held:
        # Each removal takes the locks in the order of the names: no two removals wait for each other.
        for name in names:
            held.enter_context(alone(lab, name))
            write_private(_removed(lab, name), text)
        if update.stands(lab):
            _delete(lab, Glance(lab), images)
        else:
            say("the control plane is gone, and its images with it")
        for name in names:
            ways.note(lab, name, None)
    return {"removed": names}


def _delete(lab, glance, images):
    """Deletes the lab's images. The caller has each image alone: a removal may outlive its caller, too."""
    settings.sweep(lab, glance)
    deletion.delete_images(lab, glance, _own(lab, glance, [image["name"] for image in images]))


def _own(lab, glance, names):
    """The images of these names that the lab made, all versions."""
    existing = glance.images()
    ours = []
    for name in names:
        candidates = versions.images_named(existing, name)
        own = [found for found in candidates if versions.is_ours(lab, glance, found)]
        if candidates and not own:
            say(f"image {name}: the image of this name is not lab {lab.name}'s; it stays")
        ours += own
    return ours

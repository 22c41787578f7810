"""
The images that a lab file describes: made once, uploaded once to the control plane's store, copied to all
others, or fetched into the caches of sites.
"""

import contextlib
import hashlib
import os
import time

import documents
from ceph import rbd
from cloud.glance import Glance
from cloud.imports import stores_of
from cloud.keystone import CloudError
from common import KitError, Refused, remove, say
from images import caches, sources
from images.imageverbs import LAB_PROPERTY
from jobs import fragments
from jobs.locks import Lock
from stores import copies, update

SOURCE_PROPERTY = "glance_dcn_source"
"""Property of such an image: the digest of the source that it came from."""


def read_document(text):
    """
    Reads and checks the document of one image, or of several under `images`. Gives (images, limit in
    minutes).
    """
    what = "images document"
    mapping = documents.parse(what, text)
    several = isinstance(mapping, dict) and "images" in mapping
    reader = documents.Reader(what, mapping)
    limit = reader.number("limitMinutes", str(copies.LIMIT_MINUTES))
    reader.text_map("after", {})
    images = []
    if several:
        for item in reader.get("images", list):
            one = documents.Reader(what, item, reader.faults)
            images.append(_image(one))
            one.known |= {"images"}
            for key in one.mapping:
                if key not in one.known:
                    one.fault(
                        key,
                        f"is not a key of an image; its keys: {', '.join(sorted(one.known - {'images'}))}",
                    )
    else:
        images.append(_image(reader))
    names = [image["name"] for image in images]
    for name in sorted({name for name in names if names.count(name) > 1}):
        reader.fault("name", f"{name} is there twice")
    reader.finish()
    return images, limit


def _image(reader):
    image = {
        "name": reader.text("name", documents.IMAGE),
        "diskFormat": reader.text("diskFormat", "raw|qcow2"),
        "stores": reader.texts("stores", documents.STORE),
        "caches": reader.texts("caches", documents.NAME, []),
        # What Ceph can clone from is raw; Swift keeps what comes.
        "keepFormat": reader.text("keepFormat", "true|false", "false") == "true",
        "source": {},
    }
    reader.what = f"image {image['name'] or '?'}"
    source = documents.Reader(f"{reader.what}: source", reader.get("source", dict), reader.faults)
    kinds = [kind for kind in ("file", "url", "made") if source.has(kind)]
    if len(kinds) != 1:
        source.fault("file, url, made", f"one of them is needed, {len(kinds)} are there")
    elif kinds == ["made"]:
        made = documents.Reader(f"{source.what}: made", source.get("made", dict), reader.faults)
        image["source"] = {"made": {"sizeMiB": int(made.number("sizeMiB")), "seed": made.text("seed")}}
    else:
        pattern = r"https?://\S+" if kinds == ["url"] else "/.*"
        image["source"] = {kinds[0]: source.text(kinds[0], pattern)}
        if source.has("sha256"):
            image["source"]["sha256"] = source.text("sha256", "[0-9a-f]{64}")
    for key in source.mapping:
        if key not in ("file", "url", "made", "sha256"):
            source.fault(key, "is not a key of a source")
    return image


def ensure(lab, text):
    """
    Sees to it that images are in Glance, at all the stores they name and in the caches of the sites they
    name, and gives {images: {name: {id, sha512, size, stores, caches}}}. What is there already is left alone;
    an image of another content under the same name is refused.
    """
    images, limit = read_document(text)
    deadline = time.monotonic() + limit * 60
    first = copies.own_store(lab)["store"]
    glance = Glance(fragments.CONTROL)
    digests = {}
    faults = sources.faults(images)
    faults += copies.store_faults(lab, glance, [store for image in images for store in image["stores"]])
    faults += caches.site_faults(lab, [site for image in images for site in image["caches"]])
    if not faults:
        digests = {image["name"]: sources.digest(image, faults) for image in images}
        everything = glance.images()
        for image in images:
            faults += _conflict(lab, image, digests[image["name"]], _called(everything, image["name"]))
    if faults:
        raise Refused(faults)
    with copies.glance_stays_up(lab), copies.Progress() as progress:
        upload = _Upload(lab, glance, first, progress)

        def work(image):
            with _alone(lab, image["name"]):
                found = upload.once(image, digests[image["name"]])
                copies.copy_one(glance, found, [first, *image["stores"]], progress, deadline)
                caches.Caches(lab, glance, image["caches"]).fill([found], progress, deadline)
                return found

        results = copies.each(images, work)
    told = {}
    for image, found in zip(images, results):
        keys = {"id": found["id"], "sha512": found["os_hash_value"], "size": found["size"]}
        told[image["name"]] = {**keys, "stores": sorted({first, *image["stores"]})}
        if image["caches"]:
            told[image["name"]]["caches"] = sorted(image["caches"])
    return {"images": told}


def remove_all(lab, text):
    """
    Deletes images of the lab from all stores; refused as a whole while something grew from one of them
    anywhere.
    """
    images, _ = read_document(text)
    told = {"removed": sorted(image["name"] for image in images)}
    if not update.stands(lab):
        say("the control plane is gone, and its images with it")
        return told
    glance = Glance(fragments.CONTROL)
    everything = glance.images()
    ours = []
    for image in images:
        there = _called(everything, image["name"])
        mine = [found for found in there if found.get(LAB_PROPERTY) == lab.name]
        if there and not mine:
            say(f"image {image['name']}: the one of this name was not made by lab {lab.name}; it stays")
        ours += mine
    ours = copies.settled(glance, ours)
    faults = []
    for store, record in fragments.known(lab).items():
        if record["cluster"]:
            faults += rbd.clone_faults(lab, record, [found for found in ours if store in stores_of(found)])
    if faults:
        raise Refused(faults)
    _drop_from_caches(lab, glance, ours)
    for found in ours:
        try:
            glance.delete(found["id"])
        except CloudError as error:
            if error.status != 404:
                raise KitError(f"image {found['name']} ({found['id']}): was not deleted: {error}") from None
    return told


def _drop_from_caches(lab, glance, images):
    """
    Glance takes a deleted image out of no cache; what a node that does not answer keeps, its pruner takes.
    """
    try:
        caches.Caches(lab, glance).drop(images)
    except KitError as error:
        say(f"stays in a cache until that is pruned: {error}")


def _called(everything, name):
    return [found for found in everything if found["name"] == name]


def _conflict(lab, image, digest, there):
    """What speaks against using the images that are called like this one."""
    foreign = [found["id"] for found in there if found.get(LAB_PROPERTY) != lab.name]
    if foreign:
        return [
            f"image {image['name']}: Glance has one of this name ({', '.join(foreign)}) that lab {lab.name} "
            "did not make; give the lab's image another name, or rename the other"
        ]
    if len(there) > 1:
        ids = ", ".join(found["id"] for found in there)
        return [
            f"image {image['name']}: Glance has several of this name: {ids}; delete those that are too many"
        ]
    # Servers may have grown from the old content, and Glance never changes the data of an image.
    changed = [found["id"] for found in there if found.get(SOURCE_PROPERTY) != digest]
    return [
        f"image {image['name']} ({found}): came from another source than the lab file names now, and an "
        "image's data never changes; give the new one another name, or delete the old one first (take it "
        "out of the lab file, up, put it back)"
        for found in changed
    ]


@contextlib.contextmanager
def _alone(lab, name):
    """One process at a time makes an image: an upload that was given up by its caller may still run."""
    lock = Lock(os.path.join(lab.images, f"{name}.lock"))
    if not lock.acquire(f"images ensure {name}", wait=False):
        since = (lock.holder() or {}).get("since", "?")[:19]
        say(f"image {name}: is being made by another process since {since}Z; waits for it")
        lock.acquire(f"images ensure {name}")
    try:
        yield
    finally:
        lock.release()


class _Upload:
    """Brings new images into the control plane's own store."""

    def __init__(self, lab, glance, store, progress):
        self._lab = lab
        self._glance = glance
        self._store = store
        self._progress = progress

    def once(self, image, digest):
        """The image as Glance has it once it is active."""
        for found in _called(self._glance.images(), image["name"]):
            if found["status"] == "active":
                return found
            # An upload that died: this process holds the image's lock, so nobody else is at it.
            say(f"image {image['name']} ({found['id']}): was left {found['status']}; is made anew")
            self._glance.delete(found["id"])
        rubbish = []
        try:
            path, rubbish = sources.make_data(image, self._lab.images, self._progress)
            self._progress.set(image["name"], f"is being uploaded to {self._store}")
            return self._send(image, digest, path)
        finally:
            for leftover in rubbish:
                remove(leftover)
            self._progress.set(image["name"], "")

    def _send(self, image, digest, path):
        created = self._glance.create(
            {
                "name": image["name"],
                # Glance converts nothing on this way in.
                "disk_format": _stored_format(image),
                "container_format": "bare",
                # For the servers of all projects at the sites.
                "visibility": "public",
                LAB_PROPERTY: self._lab.name,
                SOURCE_PROPERTY: digest,
            }
        )
        with open(path, "rb") as file:
            reader = _Summed(file)
            self._glance.upload(created["id"], reader, os.stat(path).st_size, self._store)
        found = self._glance.image(created["id"])
        faults = []
        if found["status"] != "active":
            faults.append(f"is {found['status']}")
        if found["disk_format"] != _stored_format(image):
            faults.append(f"has disk format {found['disk_format']}")
        if found.get("os_hash_algo") == "sha512" and found["os_hash_value"] != reader.sum.hexdigest():
            faults.append(f"has sha512 {found['os_hash_value']}, sent was {reader.sum.hexdigest()}")
        if faults:
            self._glance.delete(created["id"])
            raise KitError(
                f"image {image['name']}: after its upload to {self._store} it {', '.join(faults)}; it was "
                "removed, run it again"
            )
        return found


def _stored_format(image):
    return image["diskFormat"] if image["keepFormat"] else "raw"


class _Summed:
    """A file for reading that knows the sha512 of what was read."""

    def __init__(self, file):
        self._file = file
        self.sum = hashlib.sha512()

    def read(self, size=-1):
        """The next bytes."""
        block = self._file.read(size)
        self.sum.update(block)
        return block

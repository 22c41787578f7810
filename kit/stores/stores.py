"""
The verbs of Glance stores: a site's store is registered at the control plane, and withdrawn from it after a
drain.
"""

import hashlib
import json
import os

import documents
from ceph import rbd
from cloud.glance import Glance
from cloud.imports import is_importing, listed, stores_of
from cloud.keystone import CloudError
from common import KitError, Refused, remove, say, write_json
from jobs import fragments, shell
from stores import copies, update

_EXPORT_SECONDS = 300


def read_document(text):
    """Reads and checks a store's document. Throws Refused with all its faults."""
    reader = documents.Reader("store document", documents.parse("store document", text))
    document = {
        "site": reader.text("site", documents.NAME),
        "store": reader.text("store", documents.STORE),
        "description": reader.text("description"),
        # A store without a cluster is Swift's: the control plane's own, in the topology with caches.
        "cluster": reader.text("cluster", documents.CLUSTER, ""),
        "stack": reader.text("stack", documents.NAME),
        "pools": reader.texts("pools", documents.NAME, []),
        "control": reader.text("control"),
        "nodes": reader.text_map("nodes", {}),
        "after": reader.text_map("after", {}),
    }
    in_ceph = document["site"] != fragments.CONTROL or any(map(reader.has, ("cluster", "node", "client")))
    if in_ceph:
        document.update(rbd.read_access(reader, document["site"]))
        if not document["cluster"]:
            reader.fault("cluster", "is missing")
    if document["store"].startswith("os_glance_"):
        reader.fault(
            "store",
            f"{document['store']!r} begins with os_glance_, which Glance keeps for itself: call it otherwise",
        )
    if document["control"] not in ("", fragments.CONTROL):
        reader.fault(
            "control", f"{document['control']!r} is not {fragments.CONTROL}, the site that stores register at"
        )
    reader.finish()
    return document


def record(lab, text):
    """Puts the control plane's own store on record; the control plane needs no update for it."""
    document = read_document(text)
    if document["site"] != fragments.CONTROL:
        raise Refused(
            f"store {document['store']}: is of site {document['site']}; `stores record` is for "
            f"{fragments.CONTROL}'s"
        )
    _check_unique(lab, document)
    before = fragments.own(lab)
    write_json(_own_path(lab, document["store"]), document)
    if before and before["store"] != document["store"]:
        remove(_own_path(lab, before["store"]))
    return _told(document)


def register(lab, text, grace):
    """
    Gives the control plane a site's store, and returns when it has it: the update of the control plane that
    does it is shared with all sites that register or withdraw side by side.
    """
    document = read_document(text)
    if document["site"] == fragments.CONTROL:
        raise Refused(
            f"store {document['store']}: {fragments.CONTROL}'s own store is not registered but put on record"
        )
    _check_unique(lab, document)
    if not update.stands(lab):
        raise KitError(
            f"store {document['store']}: there is no control plane to register it at: bring up the stack of "
            f"{fragments.CONTROL} first"
        )
    known = fragments.registered(lab).get(document["store"])
    unchanged = known and all(known[key] == value for key, value in document.items())
    if not unchanged or update.included(lab).get(document["store"]) != known["digest"]:
        known = {**document, **_identity(lab, document)}
        write_json(fragments.path(lab, document["store"]), known)
    digest = known["digest"]
    update.forget(lab, document["site"])
    update.commit(lab, lambda stores: stores.get(document["store"]) == digest, grace)
    return _told(known)


def _identity(lab, document):
    """
    {digest, fsid}: digest of what the control plane must know, which is the store and its Ceph cluster as
    TripleO exports it. So nothing but a changed cluster (fsid, monitors, key) or name costs an update of the
    control plane.
    """
    path = os.path.join(lab.stores, f"{document['store']}.export")
    log = path + ".log"
    os.makedirs(lab.stores, mode=0o700, exist_ok=True)
    try:
        shell.run(fragments.export_ceph([document["stack"]], path), lab.directory, log, _EXPORT_SECONDS)
        cluster = fragments.read_export(path, [document["cluster"]])[document["cluster"]]
    finally:
        remove(path)
        remove(log)
    content = [document["store"], document["description"], cluster]
    return {
        "digest": hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest(),
        "fsid": cluster["fsid"],
    }


def withdraw(lab, text, grace):
    """
    Takes a site's store away from the control plane: images that lie only there are copied to the control
    plane's own store, all others lose that copy, then the control plane is updated. Refused, with nothing
    changed, while anything at the site is a clone of an image. Where the control plane is being taken down
    too, nothing is copied and nothing updated.
    """
    document = read_document(text)
    store = document["store"]
    if document["site"] == fragments.CONTROL:
        return _withdraw_own(lab, document)
    if not update.stands(lab):
        say(f"store {store}: the control plane is gone, and with it everything that knew the store")
        remove(fragments.path(lab, store))
        update.forget(lab, document["site"])
        return _told(document)

    def without(stores):
        return store not in stores

    drained = True
    if store in fragments.registered(lab):
        with update.Leaving(lab, document["site"]):
            drained = _drain(lab, fragments.registered(lab)[store])
            remove(fragments.path(lab, store))
    elif update.is_so(lab, without):
        say(f"store {store}: is not registered; there is nothing to withdraw")
    # What was not drained is not taken from a control plane that stays after all, either.
    if not drained or update.is_closing(lab):
        say(f"store {store}: the control plane is being taken down too, and is not updated any more")
    else:
        update.commit(lab, without, grace)
    return _told(document)


def _withdraw_own(lab, document):
    others = sorted(fragments.registered(lab))
    if others:
        raise Refused(
            f"store {document['store']}: cannot go while {', '.join(others)} are registered at it: destroy "
            "their stacks first"
        )
    remove(_own_path(lab, document["store"]))
    return _told(document)


def _drain(lab, store_record):
    """
    Empties a store, after all that speaks against it has been found. Gives False where it only looked, since
    the control plane is being taken down too.
    """
    store = store_record["store"]
    home_store = copies.own_store(lab)["store"]
    glance = Glance(fragments.CONTROL)
    try:
        known = glance.stores()
    except CloudError as error:
        if error.status or store in update.included(lab):
            raise
        # The update that was to bring the store in has failed, and so has the control plane.
        say(f"store {store}: the control plane never had it, and does not answer: {error}")
        return True
    if store not in known:
        say(f"store {store}: the control plane's Glance does not have it; there is nothing to drain")
        return True
    coming = [image for image in glance.images() if is_importing(image) and _may_come_to(store, image)]
    copies.settled(glance, coming)
    held = [image for image in glance.images() if store in stores_of(image)]
    if update.is_closing(lab):
        _refuse(store, rbd.clone_faults(lab, store_record, held))
        return False
    # Of two sites that leave side by side none is a place for the other's images.
    leaving = update.leaving(lab)
    places = {other for other, record in fragments.known(lab).items() if record["site"] not in leaving}
    only_here = [image for image in held if not places & set(stores_of(image))]
    faults = [
        f"image {image['name']} ({image['id']}): is {image['status']}, and Glance neither copies nor "
        "removes it so; reactivate it (openstack image set --activate) or delete it"
        for image in held
        if image["status"] != "active"
    ]
    _refuse(store, faults + rbd.clone_faults(lab, store_record, held))
    if only_here:
        say(f"store {store}: copies {len(only_here)} images that lie only there to {home_store}")
        copies.copy(lab, glance, only_here, [home_store])
    for image in held:
        copies.delete_copy(glance, store, image)
    left = [image["name"] for image in glance.images() if store in stores_of(image)]
    if left:
        raise KitError(
            f"store {store}: new images came while it was drained: {', '.join(left)}; run it again"
        )
    say(f"store {store}: drained of {len(held)} images")
    return True


def _refuse(store, faults):
    if faults:
        raise Refused([f"store {store}: cannot be withdrawn, nothing was changed:", *faults])


def _may_come_to(store, image):
    """Whether an import of the image may end at the store; it tells where it goes only once it has begun."""
    stores = listed(image, "os_glance_importing_to_stores")
    return not stores or store in stores


def listing(lab):
    """All stores, for people and for `status`: without anything that only the kit needs."""
    has = update.included(lab)
    found = []
    for store, known in fragments.known(lab).items():
        own = known["site"] == fragments.CONTROL
        found.append(
            {
                **{
                    key: known[key]
                    for key in ("store", "site", "description", "cluster", "stack", "node", "client", "pools")
                    if known.get(key)
                },
                "own": own,
                "included": own or has.get(store) == known["digest"],
            }
        )
    return found


def _check_unique(lab, document):
    faults = []
    for store, other in fragments.known(lab).items():
        if other["site"] != document["site"]:
            if store == document["store"]:
                faults.append(
                    f"store {store}: site {other['site']} has a store of this id already; give it another id"
                )
            if document["cluster"] and other["cluster"] == document["cluster"]:
                faults.append(
                    f"cluster {document['cluster']}: is the name of site {other['site']}'s Ceph cluster "
                    "already, and the name of its files at the control plane; give it another name"
                )
        elif store != document["store"] and document["site"] != fragments.CONTROL:
            faults.append(
                f"store {document['store']}: site {document['site']} has store {store} registered; withdraw "
                "that first"
            )
    if faults:
        raise Refused(faults)


def _own_path(lab, store):
    return os.path.join(lab.stores, "own", f"{store}.json")


def _told(known):
    return {key: known[key] for key in ("site", "store", "cluster", "fsid") if known.get(key)}

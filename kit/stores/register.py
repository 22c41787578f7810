"""Puts stores on record: the control plane's own, and those that sites register at it."""

import hashlib
import json
import os

import registry
from errors import KitError, Refused, refuse
from files import remove, write_json
from hosts import scheduling
from jobs import adoption, cephexport, locks, runs, shell
from lab import CONTROL
from stores import announcements, update
from stores.document import read_document, summary

_EXPORT_SECONDS = 300


def record(lab, text):
    """Writes the entry of the control plane's own store from the store's document. Needs no update."""
    document = read_document(text)
    if document["site"] != CONTROL:
        raise Refused(
            f"store {document['store']}: is of site {document['site']}; `stores record` is only for "
            f"{CONTROL}'s"
        )
    _check_unique(lab, document)
    write_json(registry.own_path(lab, document["store"]), document)
    for path in registry.other_own_paths(lab, document["store"]):
        remove(path)
    return summary(document)


def register(lab, text, grace):
    """
    Registers a site's store, and returns once the control plane has it. Sites that register or withdraw at
    the same time share updates of the control plane.

    Args:
        text: the store's document, as YAML.
        grace: as in `announcements.announcements`.

    Raises:
        Refused: the document is wrong, or another site has a store or a cluster of this name.
        KitError: there is no control plane, or it is being taken down, or its update failed.
    """
    document = read_document(text)
    if document["site"] == CONTROL:
        raise Refused(f"store {document['store']}: is {CONTROL}'s own; put it on record by `stores record`")
    _check_unique(lab, document)
    if not update.stands(lab):
        raise KitError(
            f"store {document['store']}: there is no control plane to register it at: bring up the stack of "
            f"{CONTROL} first"
        )
    update.refuse_closing(lab)
    runs.restore(lab, document["site"], document["after"])
    known = registry.registered(lab).get(document["store"])
    unchanged = known and all(known[key] == value for key, value in document.items())
    if not unchanged or update.included(lab).get(document["store"]) != known["digest"]:
        known = {**document, **_identity(lab, document)}
        write_json(registry.path(lab, document["store"]), known)
    digest = known["digest"]
    announcements.forget(lab, document["site"])
    if adoption.covers(lab, document["site"]):
        # Glance was asked when the adoption began.
        adoption.include(lab, update.store_jobs(lab), document["store"], digest)
        return summary(known)
    lacks_withdrawn = update.lacks_withdrawn(lab)
    update.commit(
        lab, lambda stores: stores.get(document["store"]) == digest and lacks_withdrawn(stores), grace
    )
    # An earlier withdrawal of the store has closed the site.
    scheduling.open_again(lab, document["site"])
    return summary(known)


def _identity(lab, document):
    """
    {digest, fsid}. The digest covers the control plane's configuration of the store: name, description, names
    of pools, and the Ceph cluster (fsid, monitors, key) as TripleO exports it. Only a change of these needs
    an update.
    """
    path = os.path.join(lab.stores, f"{document['store']}.export")
    log = path + ".log"
    os.makedirs(lab.stores, mode=0o700, exist_ok=True)
    # Two registrations of the store at once would remove one another's file.
    with locks.entered(locks.Lock(path + ".lock"), f"stores register {document['store']}"):
        try:
            command = cephexport.command([document["stack"]], path, cephexport.user(document))
            shell.run(command, lab.directory, log, _EXPORT_SECONDS)
            cluster = cephexport.read(path, [document["cluster"]])[document["cluster"]]
        finally:
            remove(path)
            remove(log)
    names = [document["poolNames"]] if "poolNames" in document else []
    content = [document["store"], document["description"], cluster, *names]
    return {
        "digest": hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest(),
        "fsid": cluster["fsid"],
    }


def _check_unique(lab, document):
    faults = []
    for store, other in registry.known(lab).items():
        if other["site"] != document["site"]:
            if store == document["store"]:
                faults.append(
                    f"store {store}: site {other['site']} has a store of this id already; give it another id"
                )
            if document["cluster"] and other["cluster"] == document["cluster"]:
                faults.append(
                    f"cluster {document['cluster']}: site {other['site']} has a Ceph cluster of this name "
                    "already, and the control plane's files have the name; give it another name"
                )
        elif store != document["store"] and document["site"] != CONTROL:
            faults.append(
                f"store {document['store']}: site {document['site']} has store {store} registered; withdraw "
                "that first"
            )
    refuse(faults)

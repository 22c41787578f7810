"""
The stores and announcements of sites, as files in the lab's directory stores/ (0600):

    <store>.json        the entry of a registered store: its document, with `digest` and `fsid`
    own/<store>.json    the entry of the control plane's own store: its document
    announced/<site>    a site on its way to register its store
    announced/<site>.work    when it last worked without a running job
    expected            how many sites a `./dcn up` has still to start (announcements.expect)
    parts/<store>/<id>  an unfinished copy of an image in the store's cluster (parts.py)
    readings/<store>/<id>.json    the latest reading of a copy of an image (readings.py)
    lost/<site>.json    the images that `stores forget` of the site deletes, until it has ended
    withdrawn/<site>.json    the entry of a store whose withdrawal has begun, and the images it had
    imports             lock (locks.image_imports)
    <store>.proof       lock of a proof of clones (ceph.proofs)
"""

import glob
import os

from clock import stamp
from files import read_json, write_json


def registered(lab):
    """All registered stores but the control plane's own: id -> entry."""
    return _entries(os.path.join(lab.stores, "*.json"))


def own(lab):
    """The entry of the control plane's own store; None before `stores record`."""
    return next(iter(_entries(own_path(lab, "*")).values()), None)


def other_own_paths(lab, store):
    """Files of the control plane's own store under earlier ids than `store`."""
    return [path for path in glob.glob(own_path(lab, "*")) if path != own_path(lab, store)]


def known(lab):
    """Every store of the lab: id -> entry."""
    first = own(lab)
    return {**({first["store"]: first} if first else {}), **registered(lab)}


def entries(lab, stores, faults):
    """The entries of stores, by id. Adds a line to `faults` for each store that has none."""
    found = known(lab)
    for store in dict.fromkeys(stores):
        if store not in found:
            faults.append(
                f"store {store}: is not known here (known are {', '.join(found) or 'none'}); bring up "
                "its site's stack"
            )
    return {store: found[store] for store in stores if store in found}


def digests(lab):
    """The digest of each registered store's entry: id -> digest."""
    return {store: entry["digest"] for store, entry in registered(lab).items()}


def path(lab, store):
    """File of a registered store."""
    return os.path.join(lab.stores, f"{store}.json")


def own_path(lab, store):
    """File of the control plane's own store."""
    return os.path.join(lab.stores, "own", f"{store}.json")


def document(entry):
    """The document of a store, from its entry."""
    return {key: value for key, value in entry.items() if key not in ("digest", "fsid")}


def withdrawn(lab, site):
    """File with what the withdrawal of a site's store takes away."""
    return os.path.join(lab.stores, "withdrawn", f"{site}.json")


def lost(lab, site):
    """File with the images that `stores forget` of a site deletes, until the verb has ended."""
    return os.path.join(lab.stores, "lost", f"{site}.json")


def announcement(lab, site):
    """File that announces a site."""
    return os.path.join(lab.stores, "announced", site)


def last_work(lab, site):
    """File with the time at which an announced site last worked without a running job."""
    return f"{announcement(lab, site)}.work"


def expected(lab):
    """File that announces sites that a `./dcn up` has still to start."""
    return os.path.join(lab.stores, "expected")


def touch_announcement(lab, site):
    """
    Notes that an announced site works without a running job. Does nothing if it is not announced.
    """
    if os.path.exists(announcement(lab, site)):
        write_json(last_work(lab, site), stamp("at"))


def _entries(pattern):
    entries = (read_json(path) for path in sorted(glob.glob(pattern)))
    return {entry["store"]: entry for entry in entries if entry}

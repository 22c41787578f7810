"""
Gathered registrations: while `./dcn up` brings up more sites than it runs side by side, `stores register`
only puts a store on record. One update then gives the control plane the stores of many sites; no site waits
for it.
"""

import sys

import registry
from errors import KitError
from output import say
from stores import announcements, update


def gather(lab, grace):
    """
    Gathers registrations for as long as standard input stays open, and prints the lab's name once it does. At
    its end, starts an update of the control plane for stores that it lacks, unless `stores commit` has given
    them: no store is forgotten if `./dcn up` is killed or interrupted.

    Args:
        grace: as in `announcements.announcements`.

    Raises:
        KitError: another process gathers them.
    """
    lock = announcements.gathering(lab)
    if not lock.acquire("stores gather", wait=False):
        since = (lock.holder() or {}).get("since", "just now")
        raise KitError(f"lab {lab.name}: another `./dcn up` gathers registrations since {since}")
    try:
        print(lab.name, flush=True)
        sys.stdin.read()
    finally:
        lock.remove()
    if update.stands(lab) and not _are_given(lab)(update.included(lab)):
        update.start(lab, grace)


def commit(lab, grace):
    """
    Gives the control plane every store that is on record now.

    Returns:
        {stores: ids}.

    Raises:
        KitError: as `update.commit`.
    """
    given, lacks_withdrawn = _are_given(lab), update.lacks_withdrawn(lab)
    update.commit(lab, lambda stores: given(stores) and lacks_withdrawn(stores), grace)
    return {"stores": sorted(registry.registered(lab))}


def note(store):
    """Says that a store waits for the next update."""
    say(f"store {store}: is on record; the control plane gets it together with stores of other sites")


def _are_given(lab):
    """A condition for `update.commit`: the control plane has each store on record now that does not leave."""
    wanted = registry.digests(lab)

    def given(stores):
        now = registry.digests(lab)
        return all(
            stores.get(store) == digest for store, digest in wanted.items() if now.get(store) == digest
        )

    return given

"""The end of a site on this undercloud."""

import sys

import yaml

from common import GRACE_SECONDS, KitError, remove, say
from hosts import nodes, records
from images import caches
from jobs import fragments, jobs
from stores import stores, update


def leave(lab, site):
    """
    Says that a site is being taken down, and prints that it has, for as long as standard input stays open:
    sites that are taken down side by side share their update of the control plane, and where the control
    plane is one of them there is none.
    """
    lock = update.going(lab, site)
    if not lock.acquire(f"site leave {site}", wait=False):
        since = (lock.holder() or {}).get("since", "just now")
        raise KitError(f"site {site}: is being taken down since {since}; wait for that to end")
    try:
        print(site, flush=True)
        sys.stdin.read()
    finally:
        remove(lock.path)
        lock.release()


def close(lab, site):
    """
    Takes back what is left of a site: its store, its caches, its jobs (the latest first), its announcement;
    gives their names. Then what a control plane that stays has on record of its hosts.

    When all of its resources were destroyed, the former is nothing. But a resource whose first run failed, or
    whose Pulumi was killed, is in no state file: nobody asks for its `job undo` or `stores withdraw`.
    """
    closed = []
    for known in fragments.known(lab).values():
        if known["site"] == site:
            say(f"site {site}: store {known['store']} is still on record")
            document = {key: value for key, value in known.items() if key not in ("digest", "fsid")}
            stores.withdraw(lab, yaml.safe_dump(document), GRACE_SECONDS)
            closed.append(f"store {known['store']}")
    if caches.forget(lab, site):
        closed.append("caches")
    for job in _left(lab, site):
        say(f"site {site}: {job.name} is still on record")
        jobs.run(lab, job.text(), kind="undo")
        closed.append(job.name)
    update.forget(lab, site)
    if site != fragments.CONTROL and update.stands(lab) and not update.is_closing(lab):
        closed += records.remove(lab, site)
    # A host that comes back must be fresh again.
    remove(nodes.record(lab, site))
    return {"site": site, "closed": closed}


def _left(lab, site):
    """The site's jobs that were not undone, the one that began last first."""
    left = [jobs.Job(lab, name) for name in jobs.names(lab) if name.startswith(f"{site}/")]
    begun = [(job.record()["begin"], job) for job in left if job.record()["state"] != "gone"]
    return [job for _, job in sorted(begun, key=lambda pair: pair[0], reverse=True)]

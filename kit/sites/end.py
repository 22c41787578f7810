"""Takes a site down."""

import functools
import os
import sys

import yaml

import publicca
import registry
from clock import is_before
from files import remove, remove_parts, remove_reserved
from hosts import inventory, leftovers
from images import ensure, keeper
from jobs import runs
from jobs.document import read_document
from jobs.record import Job, job_names
from lab import CONTROL
from output import say
from stores import GRACE_SECONDS, announcements, restore, update, withdraw


def leave(lab, site):
    """
    Marks a site as being taken down for as long as standard input stays open, and prints its name once it is
    marked. Sites that are taken down at the same time share updates of the control plane; if the control
    plane is one of them, there is no update.

    Raises:
        KitError: another process takes the site down.
    """
    with announcements.taking_down(lab, site):
        print(site, flush=True)
        sys.stdin.read()


def undo(lab, text):
    """
    Runs the teardown of a job. Before that of a site's overcloud it withdraws a store of the site that is on
    record: Pulumi has no resource of a registration that was interrupted, so it does not call `stores
    withdraw`, and images that are only in the store would go with its cluster. A store that goes with the
    control plane stays on record until `close`.

    Args:
        text: the job's document, as YAML.

    Returns:
        The job's name.

    Raises:
        Refused: as `withdraw.withdraw` does; nothing was changed.
        KitError: the store was not drained, or the teardown failed.
    """
    job = read_document(lab, text)["job"]
    site, step = job.split("/")
    if step == "overcloud-stack" and not announcements.is_closing(lab):
        for entry in registry.registered(lab).values():
            if entry["site"] == site:
                _withdraw(lab, entry)
    runs.run(lab, text, kind="undo")
    return job


def _withdraw(lab, entry):
    say(f"site {entry['site']}: store {entry['store']} is still on record")
    withdraw.withdraw(lab, yaml.safe_dump(registry.document(entry)), GRACE_SECONDS)


def close(lab, site):
    """
    Removes the rest of a site whose resources were destroyed: its store, its caches, its jobs (the latest
    first), its announcement, and the records of its hosts at a control plane that stays. Such a rest exists
    because a resource whose first run failed, or whose Pulumi was killed, is in no state file, so Pulumi
    calls neither `job undo` nor `stores withdraw` for it.

    Returns:
        {site, closed: [a text for each removed thing]}.
    """
    closed = []
    for entry in registry.known(lab).values():
        if entry["site"] == site:
            _withdraw(lab, entry)
            # With a control plane that is being taken down too, the store was left as it is.
            remove(registry.path(lab, entry["store"]))
            closed.append(f"store {entry['store']}")
    if keeper.forget(lab, site):
        closed.append("caches")
    for job in _remaining_jobs(lab, site):
        say(f"site {site}: {job.name} is still on record")
        runs.run(lab, job.text(), kind="undo")
        closed.append(job.name)
    announcements.forget(lab, site)
    if site != CONTROL and update.stands(lab) and not announcements.is_closing(lab):
        closed += leftovers.remove(lab, site, inventory.hosts(lab, site))
    inventory.set_aside(lab, site)
    restore.forget(lab, site)
    if site == CONTROL:
        _sweep(lab)
    return {"site": site, "closed": closed}


def _sweep(lab):
    """Removes what no later run removes when the control plane has ended."""
    ensure.forget_removed(lab)
    update.end(lab)
    publicca.forget(lab)
    remove(registry.expected(lab))
    for directory, _, _ in os.walk(lab.directory):
        remove_parts(directory)
        # A run that was killed before it was on record has reserved space, too.
        remove_reserved(directory)


def _remaining_jobs(lab, site):
    """The site's jobs that were not undone, latest start first."""
    jobs = [Job(lab, name) for name in job_names(lab) if name.startswith(f"{site}/")]
    remaining = [(job.record(), job) for job in jobs if job.record()["state"] != "gone"]
    by_start = functools.cmp_to_key(lambda one, other: is_before(*other, *one) - is_before(*one, *other))
    remaining.sort(key=lambda pair: by_start((pair[0], "begin")), reverse=True)
    return [job for _, job in remaining]

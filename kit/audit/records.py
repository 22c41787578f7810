"""Audits the kit's own records: jobs, and what sites that went have left."""

import glob
import os
import shlex

import registry
from audit.findings import error, warning
from hosts import inventory
from jobs.environments import digest_of
from jobs.record import ACTIVE, Job, job_names
from stores.update import UPDATE

_EXPORTS = ("*_ceph_external.yaml", "*-export.yaml")
_UPDATE = UPDATE.split("/", maxsplit=1)[0]
"""The part before the slash in the name of the job that updates stores, which belongs to no site."""


def read(lab):
    """
    The records: {jobs: {site: [{step, state, reason, environments}]}, stores: sites with a registered store,
    hosts: sites with an inventory, exports: {site: [file]}, withdrawn, lost: sites whose withdrawal has not
    ended}.
    """
    jobs = {}
    for name in job_names(lab):
        site, step = name.split("/")
        record = Job(lab, name).record()
        if record and record["state"] != "gone":
            entry = {
                "step": step,
                "state": record["state"],
                "reason": record["reason"],
                # Absent in the records of older kits.
                "environments": record.get("environments") or {},
            }
            jobs.setdefault(site, []).append(entry)
    exports = {}
    for pattern in _EXPORTS:
        for path in sorted(glob.glob(lab.path(os.path.join("*", pattern)))):
            site, file = path.split("/")[-2:]
            exports.setdefault(site, []).append(file)
    return {
        "jobs": jobs,
        "stores": {entry["site"] for entry in registry.known(lab).values()},
        "hosts": _sites_of(inventory.path(lab, "*"), -2),
        "exports": exports,
        "withdrawn": _sites_of(registry.withdrawn(lab, "*"), -1),
        "lost": _sites_of(registry.lost(lab, "*"), -1),
    }


def _sites_of(pattern, part):
    """Names of sites in the paths that match a pattern."""
    return {os.path.splitext(path.split("/")[part])[0] for path in glob.glob(pattern)}


def job_findings(steps, jobs, is_updated):
    """
    Args:
        steps: the steps of the sites of the lab file, {site: [step]}.
        jobs: as from `read`.
        is_updated: whether the control plane has the registered stores: a failed update is over then.
    """
    found = []
    for site, entries in sorted(jobs.items()):
        for entry in entries:
            job = f"{site}/{entry['step']}"
            owner = None if site == _UPDATE else site
            if entry["state"] == "failed" and not (site == _UPDATE and is_updated):
                reason = " ".join(entry["reason"].split())
                found.append(error("job-failed", owner, f"job {job} failed: {reason}", f"./dcn log {job}"))
            if site in steps and entry["step"] not in steps[site]:
                what = f"job {job} has left the lab file, and goes with its site"
                found.append(warning("job-left", owner, what, f"./dcn log {job}"))
    return found


def environment_findings(jobs):
    """
    The operator's environment files whose content has changed since a step succeeded with them.

    Args:
        jobs: as from `read`.
    """
    changed = {}
    for site, entries in sorted(jobs.items()):
        for entry in entries:
            for path, digest in entry["environments"].items():
                if entry["state"] == "succeeded" and digest_of(path) != digest:
                    changed.setdefault((site, path), []).append(f"{site}/{entry['step']}")
    for (site, path), names in changed.items():
        what = (
            f"{path} is not as it was when {', '.join(names)} ran: a new path of the file under "
            "`environments` in the lab file makes them run again"
        )
        yield warning("environment-changed", site, what, shlex.join(["ls", "-l", path]))


def leftover_findings(lab, sites, records):
    """
    What stands of sites that are not in the lab file, or have no job any more.

    Args:
        sites: names of the sites of the lab file.
        records: as from `read`.
    """
    jobs, stores, hosts = records["jobs"], records["stores"], records["hosts"]
    found = []
    for site in sorted((set(jobs) | stores | hosts) - {*sites, _UPDATE}):
        kinds = [
            kind for kind, among in (("jobs", jobs), ("a store", stores), ("hosts", hosts)) if site in among
        ]
        what = f"the site is not in the lab file, and the records have {', '.join(kinds)} of it"
        found.append(warning("site-foreign", site, what, f"./dcn destroy {site}"))
    for site, files in sorted(records["exports"].items()):
        if site not in jobs:
            what = f"the site has no job any more, and its directory has {', '.join(files)} with passwords"
            paths = [lab.path(os.path.join(site, file)) for file in files]
            found.append(warning("export-left", site, what, shlex.join(["rm", *paths])))
    if is_updating(jobs):
        # A store that goes is on record until the control plane has been updated without the store.
        return found
    for site in sorted(records["withdrawn"] - stores):
        what = "the withdrawal of the site's store has begun and not ended"
        found.append(warning("store-withdrawn", site, what, f"./dcn destroy {site}"))
    for site in sorted(records["lost"]):
        what = "the store of the lost site was taken from Glance, and not all its images were deleted"
        found.append(warning("store-lost", site, what, f"./dcn destroy {site} --site-lost"))
    return found


def at_work(jobs):
    """The sites of which a job has not ended."""
    return {
        site
        for site, entries in jobs.items()
        if site != _UPDATE and any(entry["state"] in ACTIVE for entry in entries)
    }


def is_updating(jobs):
    """Whether an update of the control plane's stores has not ended."""
    return any(entry["state"] in ACTIVE for entry in jobs.get(_UPDATE, []))


def first_not_ended(steps, entries):
    """The first of a site's steps whose job has not run, or not ended; None if all have."""
    ended = {entry["step"] for entry in entries if entry["state"] not in ACTIVE}
    return next((step for step in steps if step not in ended), None)

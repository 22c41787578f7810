"""Takes the records of a lab away, and leaves the cloud as it is."""

import glob
import os
import shutil

from errors import refuse
from files import remove
from jobs import adoption
from jobs.record import ACTIVE, Job, job_names
from stores import announcements, parts

_RECORDS = ("jobs", "stores", "images", "caches", "audit", "servers", "uploads")
"""Folders of the lab's directory that have records, and what the kit alone needs."""
_OF_SITES = ("hosts.json", "hosts.left.json", "known_hosts")
_KIT = ("kit", "kits")


def check(lab):
    """
    What `forget` would remove.

    Returns:
        {removed: [path], kept: [path]}, as from `forget`.

    Raises:
        Refused: as from `forget`.
    """
    refuse(_under_way(lab))
    paths = [*map(lab.path, _RECORDS), *_files_of_sites(lab), *_last(lab)]
    gone = [path for path in paths if os.path.lexists(path)]
    folders = [entry.path for entry in os.scandir(lab.directory) if entry.is_dir(follow_symlinks=False)]
    return {"removed": gone, "kept": sorted(set(folders) - set(gone))}


def forget(lab):
    """
    Removes the records of a lab and its kit. What steps and exports have written for TripleO stays: files of
    sites in the lab's directory, and all of ~/overcloud-deploy, Glance and the hosts.

    Returns:
        {removed: [path], kept: [path]}; kept: folders of the lab's directory.

    Raises:
        Refused: a job or a copy of an image runs, or a site is being taken down; nothing was removed.
    """
    found = check(lab)
    for path in found["removed"]:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            remove(path)
    return found


def _files_of_sites(lab):
    return sorted(path for name in _OF_SITES for path in glob.glob(lab.path(os.path.join("*", name))))


def _last(lab):
    """What goes last: until then, the same call goes on after a kill."""
    return [adoption.path(lab), adoption.lock(lab).path, *map(lab.path, _KIT)]


def _under_way(lab):
    """A line for each piece of work that needs the records."""
    faults = []
    for name in job_names(lab):
        record = Job(lab, name).record()
        if record and record["state"] in ACTIVE:
            faults.append(f"job {name} runs: wait until it has ended (`kit job wait {name}`)")
    copies = parts.under_way(lab)
    faults += [f"image {copy['image']} is being copied: wait until that has ended" for copy in copies]
    leaving = sorted(announcements.leaving(lab))
    faults += [f"site {site}: is being taken down: wait until that has ended" for site in leaving]
    if adoption.lock(lab).holder() is not None:
        faults.append(f"lab {lab.name}: is being adopted: end that `./dcn import --adopt` first")
    return faults

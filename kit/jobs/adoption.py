"""
The adoption of a lab whose stacks stand already. While it is under way, no job runs TripleO's verbs on a
stack: the job is put on record as done with what stands. The file adoption.json of the lab's directory names
the sites; whoever adopts holds the lock adoption.lock. After a kill the file stays and the lock is free: then
no job runs at all, until the adoption is taken up again, or forgotten.
"""

import os

import registry
from clock import stamp
from errors import KitError, Refused
from files import file_digest, read_json, remove, write_json, write_private
from jobs import locks, storefiles
from jobs.environments import own_digests
from jobs.record import LOGS_KEPT
from jobs.standing import Standing

_UNDERCLOUD_ALONE = ("overcloud-export", "ceph-export", "container-images")
"""Steps that run also during an adoption: they only read what stands, and write files on the undercloud."""


def path(lab):
    """File that names the sites of an adoption that has not ended."""
    return os.path.join(lab.directory, "adoption.json")


def lock(lab):
    """The lock of the process that adopts."""
    return locks.Lock(os.path.join(lab.directory, "adoption.lock"))


def begin(lab, sites):
    """Notes that sites are being adopted. sites: {site: stack}. The caller holds the lock."""
    write_json(path(lab), {"sites": sites, **stamp("since")})


def end(lab):
    """Notes that all sites are adopted."""
    remove(path(lab))


def under_way(lab):
    """
    The sites that are being adopted, {site: stack}; None if there is no adoption.

    Raises:
        Refused: an adoption was interrupted.
    """
    noted = read_json(path(lab))
    if noted is None:
        return None
    if not locks.held(lock(lab).path):
        raise Refused(
            f"lab {lab.name}: its adoption was interrupted, and nothing else may run before it has ended: "
            "run `./dcn import --adopt` again, or `./dcn import --forget`"
        )
    return noted["sites"]


def covers(lab, site):
    """
    Whether a site is being adopted, so that its hosts and its stack stand already. Raises Refused as
    `under_way`.
    """
    sites = under_way(lab)
    return sites is not None and site in sites


def is_adopted(sites, document, kind):
    """
    Whether a job is to be put on record in place of a run.

    Args:
        sites: as from `under_way`.
        document: the job's.
        kind: of the run that is asked for.

    Raises:
        Refused: the job may neither run nor be adopted now.
    """
    if sites is None:
        return False
    site, step = document["job"].split("/")
    if kind != "run" or site not in sites:
        raise Refused(
            f"{document['job']}: an adoption is under way, of {', '.join(sorted(sites))} alone: run this "
            "when the adoption has ended"
        )
    return step not in _UNDERCLOUD_ALONE


def record(job, before, document, text, wish, stack):
    """
    Puts a job on record as done with what stands: writes its files, and its results as far as they are
    missing, and runs none of its commands. The caller holds the job's gate.

    Args:
        before: record of the latest run; None: there is none.
        document, text: the job's.
        wish: {kind, revision} of the run.
        stack: TripleO's stack of the site.

    Returns:
        The record.

    Raises:
        KitError: a result is missing, and nothing that stands has it.
    """
    lab = job.lab
    results = _missing_results(lab, job, document, Standing(stack))
    for name, content in {**document["files"], **results}.items():
        write_private(lab.path(name), content)
    for name in document["results"]:
        os.chmod(lab.path(name), 0o600)
    number = before["number"] + 1 if before else 1
    found = {
        "job": job.name,
        "number": number,
        "id": os.urandom(16).hex(),
        **wish,
        "state": "succeeded",
        **stamp("begin"),
        **stamp("end"),
        "exit": None,
        "reason": None,
        "command": None,
        "waiting": None,
        "waited": 0,
        "digests": {name: file_digest(lab.path(name)) for name in document["results"]},
        "environments": own_digests(document["commands"]),
        "stores": registry.digests(lab) if storefiles.depends_on_stores(job.name) else None,
    }
    write_private(job.document, text)
    said = f"### {found['begin'][:19]}Z adopted: stack {stack} stands, and no command ran\n"
    write_private(job.log_of(number), said)
    remove(job.log)
    os.symlink(os.path.join("runs", os.path.basename(job.log_of(number))), job.log)
    remove(job.log_of(number - LOGS_KEPT))
    job.save(found)
    return found


def _missing_results(lab, job, document, standing):
    """The contents of a job's results that are not there, by path."""
    found, faults = {}, []
    for name in document["results"]:
        if os.path.exists(lab.path(name)):
            continue
        content = standing.result(job.name.split("/")[1]) if name == document["results"][0] else None
        if content is None:
            faults.append(
                f"{job.name}: {lab.path(name)} is missing, and nothing in {standing.directory} has its "
                "content: put the file there that the verb wrote when the stack was deployed"
            )
        else:
            found[name] = content
    if faults:
        raise KitError("\n".join(faults))
    return found


def include(lab, jobs, store, digest):
    """
    Notes in the records of the control plane's jobs that the control plane has a store.

    Args:
        jobs: those of the control plane that depend on the stores.
        digest: of the store's entry.
    """
    for job in jobs:
        with locks.entered(job.gate(), job.name):
            noted = job.record()
            if noted and noted["kind"] == "run" and noted["stores"] is not None:
                job.save({**noted, "stores": {**noted["stores"], store: digest}})

"""
The kit: what glance-dcn does on the undercloud. `python3 <lab directory>/kit VERB --help` tells more.

Results are one line of JSON on stdout (tables where people ask), progress and errors are lines on stderr.
Exit codes: 0 done; 1 the work failed; 2 refused, nothing was touched; 130 interrupted, a job that was started goes on.
"""

import argparse
import json
import os
import sys

import check
import images
import imageverbs
import jobs
import nodes
import roles
import status
import stores
import supervisor
import update
from common import KitError, Refused, answer, last_lines, this_lab
from redact import Redactor


def main():
    """Runs one verb and gives the exit code."""
    arguments = _parser().parse_args()
    lab = this_lab()
    lab.prepare()
    try:
        arguments.verb(lab, arguments)
    except KitError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read this is gone; stdout is closed so that the interpreter does not stumble over it once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except KeyboardInterrupt:
        print("interrupted; a job that was started goes on (`kit job list`)", file=sys.stderr)
        return 130
    return 0


def _parser():
    parser = argparse.ArgumentParser(prog="kit", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    groups = parser.add_subparsers(required=True, metavar="VERB")

    job = groups.add_parser("job", help="one TripleO verb, run detached").add_subparsers(required=True, metavar="VERB")
    _verb(job, "run", _job_run, "run the job of the document on stdin, or join it; wait for it")
    _verb(job, "undo", _job_undo, "run its teardown, then forget the job")
    _with_json(_verb(job, "list", _job_list, "all jobs and their latest runs"))
    _verb(job, "log", _job_log, "the log of a job's latest run, without secrets").add_argument("job", metavar="SITE/STEP")
    _verb(job, "wait", _job_wait, "wait for a job's latest run").add_argument("job", metavar="SITE/STEP")

    node = groups.add_parser("nodes", help="the hosts of a site").add_subparsers(required=True, metavar="VERB")
    _verb(node, "wait", lambda lab, _: answer(nodes.wait(lab, _stdin())), "wait until the nodes of the document are ready")

    _verb(groups, "check", lambda lab, _: answer(check.check(lab)), "is this undercloud ready?")
    _with_json(_verb(groups, "status", _status, "what goes on in this lab"))

    store = groups.add_parser("stores", help="Glance stores of the sites").add_subparsers(required=True, metavar="VERB")
    _verb(store, "announce", _announce, "a site is on its way; updates of the control plane wait for it").add_argument("site")
    _verb(store, "record", lambda lab, _: answer(stores.record(lab, _stdin())), "put the control plane's own store on record")
    _with_grace(_verb(store, "register", _register, "give the control plane the store of the document"))
    _with_grace(_verb(store, "withdraw", _withdraw, "drain the store of the document and take it from the control plane"))
    _with_grace(_verb(store, "update", _update, "the job stores/update: update the control plane now"))
    _with_json(_verb(store, "list", _store_list, "the registered stores"))

    image = groups.add_parser("images", help="images and their copies").add_subparsers(required=True, metavar="VERB")
    _verb(image, "ensure", lambda lab, _: answer(images.ensure(lab, _stdin())), "make and copy the images of the document")
    _verb(image, "remove-all", lambda lab, _: answer(images.remove_all(lab, _stdin())), "delete the images of the document")
    _with_json(_verb(image, "list", _image_list, "all images and the stores that hold them"))
    for name, work, option, needed, words in (
        ("copy", imageverbs.copy, "--to", True, "copy images to stores"),
        ("remove", imageverbs.remove, "--from", True, "remove images' copies from stores"),
        ("verify", imageverbs.verify, "--at", False, "compare images' data in Ceph with Glance's checksum"),
        ("clone", imageverbs.clone, "--at", True, "time a copy-on-write clone against a full copy; nothing stays"),
    ):
        verb = _with_json(_verb(image, name, _by_name(work), words))
        verb.add_argument("names", nargs="+", metavar="NAME", help="name or id of an image")
        verb.add_argument(option, dest="stores", nargs="+", metavar="STORE", required=needed, default=[])

    role = groups.add_parser("roles", help="TripleO's roles files").add_subparsers(required=True, metavar="VERB")
    subnets = _verb(role, "subnets", _roles_subnets, "put a site's subnets into a roles file")
    subnets.add_argument("--file", required=True, help="file that `openstack overcloud roles generate` wrote")
    subnets.add_argument("--subnet", action="append", default=[], metavar="NETWORK=SUBNET")

    # What jobs.run starts: not for people.
    supervise = groups.add_parser("supervise")
    supervise.set_defaults(verb=lambda lab, arguments: supervisor.supervise(lab, arguments.job))
    supervise.add_argument("job")
    return parser


def _verb(group, name, work, words):
    parser = group.add_parser(name, help=words, description=words)
    parser.set_defaults(verb=work)
    return parser


def _with_json(parser):
    parser.add_argument("--json", action="store_true", help="as JSON")
    return parser


def _with_grace(parser):
    words = "seconds for which a site without a running job is still taken to be on its way (%(default)s)"
    parser.add_argument("--grace", type=float, default=update.GRACE_SECONDS, help=words)
    return parser


def _stdin():
    return sys.stdin.read()


def _job_run(lab, _):
    record = jobs.run(lab, _stdin())
    answer({"job": record["job"], "digests": record["digests"]})


def _job_undo(lab, _):
    text = _stdin()
    jobs.run(lab, text, kind="undo")
    answer({"job": jobs.read_document(lab, text)["job"], "digests": {}})


def _job_list(lab, arguments):
    entries = status.job_list(lab)
    if arguments.json:
        answer(entries)
        return
    for entry in entries:
        print(f"{entry['since'][:19]}Z  {entry['state']:<10} {entry['job']} ({entry['kind']} {entry['run']})")


def _job_named(lab, name):
    if name not in jobs.names(lab):
        raise Refused(f"job {name}: there is none; jobs: {', '.join(jobs.names(lab)) or 'none yet'}")
    return jobs.Job(lab, name)


def _job_log(lab, arguments):
    job = _job_named(lab, arguments.job)
    print(Redactor().clean("\n".join(last_lines(job.log, sys.maxsize, sys.maxsize))))


def _job_wait(lab, arguments):
    job = _job_named(lab, arguments.job)
    record = jobs.wait(job, job.record()["number"])
    if record["state"] == "failed":
        raise KitError(jobs.failure(job, record))
    answer({"job": job.name, "state": record["state"], "digests": record["digests"]})


def _status(lab, arguments):
    if arguments.json:
        answer(status.status(lab))
    else:
        print(status.text(lab))


def _announce(lab, arguments):
    update.announce(lab, arguments.site)
    answer({"site": arguments.site})


def _register(lab, arguments):
    answer(stores.register(lab, _stdin(), arguments.grace))


def _withdraw(lab, arguments):
    answer(stores.withdraw(lab, _stdin(), arguments.grace))


def _update(lab, arguments):
    update.update(lab, arguments.grace)


def _store_list(lab, arguments):
    entries = stores.listing(lab)
    if arguments.json:
        answer(entries)
        return
    for entry in entries:
        print(f"{entry['store']:<12} {entry['site']:<14} {'included' if entry['included'] else 'not yet included'}")


def _image_list(lab, arguments):
    entries = imageverbs.listing(lab)
    if arguments.json:
        answer(entries)
        return
    for entry in entries:
        print(f"{entry['id']}  {entry['status']:<8} {entry['name']}: {', '.join(entry['stores']) or 'no store'}")


def _by_name(work):
    def verb(lab, arguments):
        rows = work(lab, arguments.names, arguments.stores)
        if arguments.json:
            answer(rows)
            return
        for row in rows:
            print("  ".join(f"{key} {value if isinstance(value, str) else json.dumps(value)}" for key, value in row.items()))

    return verb


def _roles_subnets(_, arguments):
    roles.subnets(arguments.file, arguments.subnet)


if __name__ == "__main__":
    sys.exit(main())

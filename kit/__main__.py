"""
The kit: what glance-dcn does on the undercloud. `python3 <lab directory>/kit VERB --help` tells more.

Results are one line of JSON on stdout (a table where people ask), progress and errors are lines on stderr.
Exit codes: 0 done; 1 the work failed; 2 refused, nothing was touched; 130 interrupted, a job that it started
goes on.
"""

import argparse
import importlib
import os
import sys

from common import GRACE_SECONDS, KitError, this_lab


def main():
    """Runs one verb and gives the exit code."""
    arguments = _parser().parse_args()
    lab = this_lab()
    lab.prepare()
    # Only what the verb needs is imported: a step that has nothing to do should cost no more than that.
    module, _, function = arguments.verb.rpartition(".")
    try:
        getattr(importlib.import_module(module), function)(lab, arguments)
    except KitError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read this is gone; the interpreter would stumble over it once more when it flushes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except OSError as error:
        # A full disk, a file that is somebody else's.
        print(f"{error.filename or 'undercloud'}: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; a job that was started goes on (`kit job list`)", file=sys.stderr)
        return 130
    return 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="kit", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    groups = parser.add_subparsers(required=True, metavar="VERB")

    job = _group(groups, "job", "one TripleO verb, run detached")
    _verb(job, "run", "jobs.verbs.run", "run the job of the document on stdin, or join it; wait for it")
    _verb(job, "undo", "jobs.verbs.undo", "run its teardown, then forget the job")
    _with_json(_verb(job, "list", "jobs.verbs.listing", "all jobs and their latest runs"))
    log = _verb(job, "log", "jobs.verbs.log", "the log of a job's latest run, without secrets")
    log.add_argument("job", metavar="SITE/STEP")
    wait = _verb(job, "wait", "jobs.verbs.wait", "wait for a job's latest run")
    wait.add_argument("job", metavar="SITE/STEP")

    node = _group(groups, "nodes", "the hosts of a site")
    _verb(node, "wait", "sites.verbs.nodes_wait", "wait until the nodes of the document on stdin are ready")
    words = "say all that the hosts of the document on stdin lack, which exist already"
    _verb(node, "check", "sites.verbs.nodes_check", words)
    words = "wait for servers that a cloud has made, and make hosts of them"
    _verb(node, "prepare", "sites.verbs.nodes_prepare", words)

    site = _group(groups, "site", "a site as a whole")
    words = "say that a site is being taken down, for as long as stdin stays open"
    leave = _verb(site, "leave", "sites.verbs.leave_site", words)
    leave.add_argument("site")
    close = _verb(
        site,
        "close",
        "sites.verbs.close_site",
        "take back what is left of a site: its store, its jobs, its hosts",
    )
    close.add_argument("site")

    _verb(groups, "check", "sites.verbs.check_undercloud", "is this undercloud ready?")
    _with_json(_verb(groups, "status", "sites.verbs.show_status", "what goes on in this lab"))

    store = _group(groups, "stores", "Glance stores of the sites")
    announce = _verb(
        store, "announce", "sites.verbs.announce", "a site is on its way: control plane updates wait for it"
    )
    announce.add_argument("site")
    _verb(
        store, "record", "sites.verbs.record", "put the control plane's own store, of the document, on record"
    )
    register = _verb(
        store, "register", "sites.verbs.register", "give the control plane the store of the document"
    )
    words = "drain the store of the document, and take it from the control plane"
    withdraw = _verb(store, "withdraw", "sites.verbs.withdraw", words)
    update = _verb(store, "update", "sites.verbs.update_control_plane", "what the job stores/update runs")
    words = "what would go with the store of a site that is lost for good"
    _verb(store, "lost", "sites.verbs.show_lost", words).add_argument("site")
    words = "take the store of a site that is lost for good out, without asking it"
    forget = _verb(store, "forget", "sites.verbs.forget_lost", words)
    forget.add_argument("site")
    for verb in (register, withdraw, update, forget):
        words = "seconds for which a site without a running job is still taken to be on its way (%(default)s)"
        verb.add_argument("--grace", type=float, default=GRACE_SECONDS, help=words)
    _with_json(_verb(store, "list", "sites.verbs.store_list", "the registered stores"))

    cache = _group(groups, "caches", "image caches of the sites, where Glance's store is Swift")
    words = "put the caches of the document on record, and have each kept under its limit"
    _verb(cache, "keep", "sites.verbs.keep_caches", words)
    _verb(cache, "leave", "sites.verbs.leave_caches", "take that back")

    image = _group(groups, "images", "images and their copies")
    _verb(image, "ensure", "sites.verbs.ensure", "make, upload and copy the images of the document")
    _verb(image, "remove-all", "sites.verbs.remove_all", "delete the images of the document everywhere")
    _with_json(_verb(image, "list", "sites.verbs.image_list", "all images and the stores that hold them"))
    for name, option, needed, words in (
        ("copy", "--to", True, "copy images to stores, or fetch them into the caches of sites"),
        ("remove", "--from", True, "remove images' copies from stores, or from the caches of sites"),
        ("verify", "--at", False, "compare images' data in Ceph, or in caches, with Glance's checksum"),
        ("clone", "--at", True, "time a copy-on-write clone against a full copy; nothing stays"),
        ("download", "--at", True, "time a download over the WAN against one from a site's cache"),
    ):
        verb = _with_json(_verb(image, name, f"sites.verbs.{name}", words))
        verb.add_argument("names", nargs="+", metavar="NAME", help="name or id of an image")
        words = "store, or in a lab with caches a site"
        verb.add_argument(
            option, dest="stores", nargs="+", metavar="PLACE", required=needed, default=[], help=words
        )

    server = _group(groups, "servers", "servers of Nova that show what images are worth at a site")
    _verb(server, "boot", "sites.verbs.boot", "boot the server of the document, which stays, and look at it")
    words = "boot a server from the image of the document, look at it, and remove it"
    _verb(server, "prove", "sites.verbs.prove", words)

    ceph = _group(groups, "ceph", "the Ceph cluster outside of all overclouds")
    clients = _verb(
        ceph, "clients", "sites.verbs.ceph_clients", "write what sites without another cluster need"
    )
    clients.add_argument("--export", required=True, help="file that `openstack overcloud export ceph` wrote")
    clients.add_argument("--parameters", required=True, help="environment file to write")
    clients.add_argument("--variables", required=True, help="file for CephClientConfigVars to write")
    adopt = _verb(ceph, "adopt", "sites.verbs.ceph_adopt", "look at a cluster that exists, and export it")
    for option in (
        *("--cluster", "--fsid", "--user", "--keyring"),
        *("--client-conf", "--client-keyring", "--export"),
    ):
        adopt.add_argument(option, required=True)
    adopt.add_argument("--monitor", dest="monitors", action="append", required=True, metavar="ADDRESS")
    adopt.add_argument("--pool", dest="pools", action="append", required=True)

    words = "take away what clients were given; refused while a store lies in the cluster"
    release = _verb(ceph, "release", "sites.verbs.ceph_release", words)
    release.add_argument("--cluster", required=True)
    release.add_argument("files", nargs="*", metavar="FILE")

    role = _group(groups, "roles", "TripleO's roles files")
    subnets = _verb(role, "subnets", "sites.verbs.subnets", "put a site's subnets into a roles file")
    subnets.add_argument("--file", required=True, help="file that `openstack overcloud roles generate` wrote")
    subnets.add_argument("--subnet", action="append", default=[], metavar="NETWORK=SUBNET")

    # What a job's start runs: not for people.
    supervise = groups.add_parser("supervise")
    supervise.set_defaults(verb="jobs.supervisor.supervise")
    supervise.add_argument("job")
    return parser


def _group(groups, name, words):
    return groups.add_parser(name, help=words, description=words).add_subparsers(
        required=True, metavar="VERB"
    )


def _verb(group, name, function, words):
    parser = group.add_parser(name, help=words, description=words)
    parser.set_defaults(verb=function)
    return parser


def _with_json(parser):
    parser.add_argument("--json", action="store_true", help="as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())

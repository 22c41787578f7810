"""
The kit: what glance-dcn does on the undercloud. `python3 <lab directory>/kit VERB --help` says more.

Results are one line of JSON on stdout, lists a line for each entry, progress and errors are lines on stderr.
Exit codes: 0 done; 1 the work failed; 2 refused, nothing was touched; 130 interrupted, a started job goes on.
"""

import argparse
import importlib
import importlib.util
import os
import re
import sys
import traceback

import folder  # noqa: F401  (before all other modules of the kit: it decides where they come from)
from direct.pace import MBIT
from stores import GRACE_SECONDS

_OLDEST = (3, 9)
"""Oldest Python of the kit. Older ones, from 3.6 on, can parse this file alone."""


def main():
    """Runs one verb and gives the exit code."""
    fault = _interpreter_fault()
    if fault:
        print(fault, file=sys.stderr)
        return 2
    from arguments import refuse_misnamed
    from errors import KitError, system_fault
    from lab import this_lab
    from output import say_error

    # Documents are UTF-8 in every locale, and documents.parse refuses what is not.
    sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    arguments = _parser().parse_args()
    lab = this_lab()
    lab.prepare()
    # Only the verb's own modules are imported: a step that has nothing to do should cost no more than that.
    module, _, function = arguments.verb.rpartition(".")
    try:
        refuse_misnamed(sys.argv[1:], arguments)
        getattr(importlib.import_module(module), function)(lab, arguments)
    except KitError as error:
        say_error(error)
        return error.exit_code
    except BrokenPipeError:
        # The reader of stdout is gone: the interpreter would fail again when it flushes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except OSError as error:
        say_error(system_fault(error))
        return 1
    except KeyboardInterrupt:
        say_error("interrupted; a started job goes on (`kit job list`)")
        return 130
    except Exception:
        # A fault of the kit: the last line of the traceback may quote a service or a file.
        say_error(traceback.format_exc())
        return 1
    return 0


def _interpreter_fault():
    """What this Python lacks for the kit; None: nothing."""
    install = (
        "dnf install python39 python39-pyyaml, and make it the python3 of the undercloud's user: "
        "alternatives --set python3 /usr/bin/python3.9"
    )
    version = "{}.{}.{}".format(*sys.version_info[:3])
    if sys.version_info < _OLDEST:
        return f"undercloud: python3 is Python {version}, needed is 3.9 or later with PyYAML: {install}"
    if importlib.util.find_spec("yaml") is None:
        return f"undercloud: python3 (Python {version}) has no PyYAML: install it for {sys.executable}"
    return None


class _Parser(argparse.ArgumentParser):
    """A parser that prints its faults as all other errors: argparse quotes a word of any length."""

    def error(self, message):
        """Prints usage and fault, and ends the process."""
        from output import say_error

        self.print_usage(sys.stderr)
        say_error(f"{self.prog}: error: {message}")
        sys.exit(2)


def _parser():
    parser = _Parser(prog="kit", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    groups = parser.add_subparsers(required=True, metavar="VERB")
    _verb(groups, "check", "hosts.verbs.check_undercloud", "check whether this undercloud is ready")
    _verb(groups, "install", "install.install", "make this kit, which was uploaded, the kit of the lab")
    _with_json(
        _verb(
            groups,
            "status",
            "sites.verbs.show_status",
            "show jobs, stores, locks and image imports of this lab",
        )
    )
    words = "compare what stands with the records and the lab file, whose document is on stdin"
    audit = _verb(groups, "audit", "audit.verbs.audit", words)
    audit.add_argument("sites", nargs="*", metavar="SITE", help="only these sites (default: all)")
    words = "also read images back, up to so many MiB in the store of each site"
    audit.add_argument("--content", type=_mib, default=0, metavar="MIB", help=words)
    words = "read what the stacks of this undercloud are; changes nothing"
    survey = _verb(groups, "survey", "survey.verbs.survey", words)
    survey.add_argument("stacks", nargs="*", metavar="STACK", help="only these stacks (default: all)")
    _add_job(groups)
    _add_nodes(groups)
    _add_roles(groups)
    _add_containers(groups)
    _add_ceph(groups)
    _add_stores(groups)
    _add_caches(groups)
    _add_images(groups)
    _add_servers(groups)
    _add_site(groups)
    _add_tls(groups)
    _add_adoption(groups)
    # The supervisor of a run (jobs/runs.py): not for people.
    supervise = groups.add_parser("supervise")
    supervise.set_defaults(verb="jobs.supervisor.supervise")
    supervise.add_argument("job")
    return parser


def _add_job(groups):
    group = _group(groups, "job", "TripleO's verbs as detached jobs")
    _verb(group, "run", "jobs.verbs.run", "run the job of the document on stdin, or join its run, and wait")
    _verb(group, "undo", "sites.verbs.undo_job", "run the job's teardown")
    _with_json(_verb(group, "list", "jobs.verbs.listing", "list all jobs and their latest runs"))
    log = _verb(group, "log", "jobs.verbs.log", "print the log of a job's latest run, without secrets")
    log.add_argument("job", metavar="SITE/STEP")
    log.add_argument("--follow", action="store_true", help="go on until the run has ended")
    wait = _verb(group, "wait", "jobs.verbs.wait", "wait for a job's latest run")
    wait.add_argument("job", metavar="SITE/STEP")


def _add_nodes(groups):
    group = _group(groups, "nodes", "the hosts of a site")
    for name, words in (
        ("wait", "wait until the nodes of the document on stdin are ready"),
        ("check", "check once the nodes of the document on stdin, hosts that exist already"),
        ("prepare", "wait for a cloud's servers, the nodes of the document on stdin, and prepare them"),
    ):
        verb = _verb(group, name, f"hosts.verbs.{name}", words)
        words = "the site stands: its hosts need not be fresh, also if its destruction has begun"
        verb.add_argument("--again", action="store_true", help=words)
    words = "empty nodes that leave a site which stays, and remove the control plane's records of them"
    drain = _verb(group, "drain", "sites.verbs.drain_nodes", words)
    drain.add_argument("nodes", nargs="+", metavar="NODE")
    drain.add_argument("--site", required=True)
    drain.add_argument("--cluster", help="the site's own Ceph cluster, if it has one")
    words = "the nodes are off for good: the cluster forgets their OSDs"
    drain.add_argument("--dead", action="store_true", help=words)
    words = "the site's stack, if nothing comes in place of the nodes: their ports go, too"
    drain.add_argument("--stack", help=words)
    words = "only say what would be done, and why it would be refused"
    drain.add_argument("--check", action="store_true", help=words)


def _add_roles(groups):
    group = _group(groups, "roles", "TripleO's roles files")
    subnets = _verb(group, "subnets", "hosts.verbs.subnets", "put a site's subnets into a roles file")
    subnets.add_argument("--file", required=True, help="file that `openstack overcloud roles generate` wrote")
    subnets.add_argument("--subnet", action="append", default=[], metavar="[ROLE/]NETWORK=SUBNET")
    subnets.add_argument("--without", action="append", default=[], metavar="NETWORK")
    subnets.add_argument("--default-route", metavar="NETWORK")


def _add_containers(groups):
    group = _group(groups, "containers", "TripleO's container images")
    words = "upload the images of a site's roles to the local registry, if there is one"
    prepare = _verb(group, "prepare", "hosts.verbs.prepare_images", words)
    words = "environment file, as for `openstack overcloud deploy`"
    prepare.add_argument("--environment", dest="environments", action="append", required=True, help=words)
    prepare.add_argument("--roles", required=True, help="roles file of the site")
    prepare.add_argument("--output", required=True, help="environment file to write, with names of images")


def _add_ceph(groups):
    group = _group(groups, "ceph", "Ceph clusters: their pools, and a cluster outside of all overclouds")
    words = "write the files for sites without a Ceph cluster of their own"
    clients = _verb(group, "clients", "ceph.verbs.clients", words)
    clients.add_argument("--export", required=True, help="file that `openstack overcloud export ceph` wrote")
    clients.add_argument("--parameters", required=True, help="environment file to write")
    clients.add_argument("--variables", required=True, help="file for CephClientConfigVars to write")
    words = "write the clusters of several exports into one, and remove these"
    combine = _verb(group, "combine", "ceph.verbs.combine", words)
    combine.add_argument("--output", required=True, help="environment file to write")
    combine.add_argument("exports", nargs="+", metavar="EXPORT")
    words = "give each user in the variables for `ceph deploy` a key, and keep it in later runs"
    keys = _verb(group, "keys", "ceph.verbs.give_keys", words)
    keys.add_argument("--variables", required=True, help="file with the variables, without keys")
    keys.add_argument("--clients", required=True, help="ceph_client.yml, which `ceph deploy` writes")
    keys.add_argument("--output", required=True, help="file to write, for --ansible-extra-vars")
    adopt = _verb(group, "adopt", "ceph.verbs.adopt", "check a cluster that exists, and export it")
    for option in (
        *("--cluster", "--fsid", "--user", "--keyring"),
        *("--client-conf", "--client-keyring", "--export"),
    ):
        adopt.add_argument(option, required=True)
    adopt.add_argument("--monitor", dest="monitors", action="append", required=True, metavar="ADDRESS")
    adopt.add_argument("--pool", dest="pools", action="append", required=True)
    words = "give the pools of a cluster their settings of the lab file"
    pools = _verb(group, "pools", "ceph.verbs.settle_pools", words)
    _add_cluster(pools)
    words = "let pools with the default rule place each copy on a different host"
    pools.add_argument("--over-hosts", action="store_true", help=words)
    words = "a pool and its settings, under the names of `ceph osd pool set`"
    form = "NAME,SETTING=VALUE,…"
    pools.add_argument("--pool", dest="settings", action="append", default=[], metavar=form, help=words)
    words = "give a cluster its settings of the lab file"
    config = _verb(group, "config", "ceph.verbs.settle_config", words)
    _add_cluster(config)
    words, form = "a setting, as for `ceph config set`", "SECTION/OPTION=VALUE"
    config.add_argument("--set", dest="settings", action="append", required=True, metavar=form, help=words)
    words = "move the hosts of a cluster to their places of the lab file in the CRUSH hierarchy"
    hierarchy = _verb(group, "hierarchy", "ceph.verbs.settle_hierarchy", words)
    _add_cluster(hierarchy)
    words, form = "a host and its buckets, the outermost first", "NAME,TYPE=BUCKET,…"
    hierarchy.add_argument("--host", dest="hosts", action="append", required=True, metavar=form, help=words)
    words = "remove the files for clients of a cluster; refused while a store lies in the cluster"
    release = _verb(group, "release", "ceph.verbs.release", words)
    release.add_argument("--cluster", required=True)
    release.add_argument("files", nargs="*", metavar="FILE")


def _add_cluster(verb):
    """Adds the options of a site's cluster and of a node that has its administrator's key."""
    for option in ("--cluster", "--site", "--node", "--address"):
        verb.add_argument(option, required=True)


def _add_stores(groups):
    group = _group(groups, "stores", "Glance stores of the sites")
    words = "announce a site that is on its way: updates of the control plane wait for it"
    _verb(group, "announce", "stores.verbs.announce", words).add_argument("site")
    words = "announce that so many sites are still to start: updates wait for them, for a minute and a half"
    _verb(group, "expect", "stores.verbs.expect", words).add_argument("count", type=int)
    words = "record the control plane's own store, described by the document on stdin"
    _verb(group, "record", "stores.verbs.record", words)
    words = "give the control plane the store of the document on stdin"
    register = _verb(group, "register", "stores.verbs.register", words)
    words = "drain the store of the document on stdin, and take it from the control plane"
    withdraw = _verb(group, "withdraw", "stores.verbs.withdraw", words)
    update = _verb(group, "update", "stores.verbs.update", "do the work of the job stores/update")
    words = "list the images in the store of a site that is lost for good"
    _verb(group, "lost", "stores.verbs.show_lost", words).add_argument("site")
    words = "remove the store of a site that is lost for good, without its Ceph cluster"
    forget = _verb(group, "forget", "stores.verbs.forget", words)
    forget.add_argument("site")
    for verb in (register, withdraw, update, forget):
        _with_grace(verb)
    _with_json(_verb(group, "list", "stores.verbs.list_stores", "list the stores"))


def _add_caches(groups):
    group = _group(groups, "caches", "image caches of the sites, where Glance's store is Swift")
    words = "record the caches of the document on stdin, and keep each under its limit"
    _verb(group, "keep", "images.verbs.keep_caches", words)
    _verb(group, "leave", "images.verbs.leave_caches", "undo `keep`")


def _add_images(groups):
    group = _group(groups, "images", "images and their copies")
    words = "generate, upload and copy the images of the document on stdin"
    _verb(group, "ensure", "images.verbs.ensure", words)
    words = "take back deletions of the images that the document on stdin names"
    _verb(group, "restore", "images.verbs.restore", words)
    words = "refuse to delete the images that the document on stdin names if one of them must stay"
    _verb(group, "check-removal", "images.verbs.check_removal", words)
    words = "delete the images of the document on stdin everywhere"
    _verb(group, "remove-all", "images.verbs.remove_all", words)
    words = "list the images and the stores that have them: by name, hidden ones last"
    listing = _with_json(_verb(group, "list", "images.verbs.list_images", words))
    listing.add_argument("--name", help="only images of this name")
    listing.add_argument("--status", help="only images of this status of Glance, such as active")
    listing.add_argument("--of-lab", action="store_true", help="only images that this lab has made")
    for name, option, needed, words in (
        ("copy", "--to", True, "copy images to stores, or fetch them into the caches of sites"),
        ("remove", "--from", True, "remove images' copies from stores, or from the caches of sites"),
        ("verify", "--at", False, "compare images' data in Ceph, or in caches, with Glance's checksum"),
        ("clone", "--at", True, "time a copy-on-write clone against a full copy; both are removed"),
        ("download", "--at", True, "time a download over the WAN against one from a site's cache"),
    ):
        verb = _with_json(_verb(group, name, f"images.verbs.{name}", words))
        verb.add_argument("names", nargs="+", metavar="NAME", help="name or id of an image")
        words = "store, or in a lab with caches a site"
        verb.add_argument(
            option, dest="stores", nargs="+", metavar="PLACE", required=needed, default=[], help=words
        )
        if name == "copy":
            _add_direct(verb)
    words = "delete images with all their copies, such as earlier versions of the lab's images"
    verb = _with_json(_verb(group, "delete", "images.verbs.delete", words))
    verb.add_argument("names", nargs="+", metavar="NAME", help="name or id of an image")


def _add_direct(copy):
    words = "send blocks from cluster to cluster, past Glance: only what is not there, to all stores at once"
    copy.add_argument("--direct", action="store_true", help=words)
    copy.add_argument("--dry-run", action="store_true", help="only say what would be sent")
    words = "at most so many Mbit/s to each store"
    copy.add_argument("--rate", type=_rate, metavar="MBIT", help=words)
    words = "at most so many Mbit/s to all stores together"
    copy.add_argument("--rate-in-all", type=_rate, metavar="MBIT", help=words)
    copy.add_argument("--at-once", type=_count, metavar="N", help="images at a time (4)")


def _rate(text):
    """Bytes per second, from Mbit/s."""
    if not re.fullmatch(r"\d{1,7}(\.\d+)?", text) or float(text) == 0:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no rate; write a number of Mbit/s, such as 50")
    return float(text) * MBIT


def _mib(text):
    if not re.fullmatch(r"[1-9]\d{0,8}", text):
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is no size; write a whole number of MiB, such as 512"
        )
    return int(text)


def _count(text):
    if not re.fullmatch(r"[1-9]\d?", text):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no number of images; write one from 1 to 99")
    return int(text)


def _add_servers(groups):
    group = _group(groups, "servers", "servers of Nova that test images at a site")
    words = "boot the server of the document on stdin, check it and keep it"
    _verb(group, "boot", "servers.verbs.boot", words)
    words = "boot a server from the image of the document on stdin, check it and remove it"
    _verb(group, "prove", "servers.verbs.prove", words)
    _with_json(_verb(group, "list", "servers.verbs.list_servers", "list the servers of all projects"))


def _add_site(groups):
    group = _group(groups, "site", "a site as a whole")
    words = "check whether the undercloud has room for the site of the document on stdin"
    _verb(group, "check", "sites.verbs.check_site", words)
    words = "mark a site as being taken down, for as long as stdin stays open"
    _verb(group, "leave", "sites.verbs.leave", words).add_argument("site")
    words = "give a site back what an unfinished destruction has taken away"
    restore = _verb(group, "restore", "sites.verbs.restore", words)
    restore.add_argument("site")
    _with_grace(restore)
    words = "remove what is left of a site: its store, its jobs, its hosts"
    _verb(group, "close", "sites.verbs.close", words).add_argument("site")


def _add_tls(groups):
    group = _group(groups, "tls", "TLS of the public end points")
    words = "write a private key into an environment file, if it is that of the certificate"
    key = _verb(group, "key", "cloud.verbs.give_key", words)
    key.add_argument("--certificate", required=True, help="PEM file")
    key.add_argument("--key", required=True, help="PEM file, without a passphrase")
    key.add_argument("--output", required=True, help="environment file to write, of mode 0600")


def _add_adoption(groups):
    group = _group(groups, "adoption", "a lab of stacks that stand already")
    words = "adopt the sites of the document on stdin, for as long as stdin stays open: no job runs meanwhile"
    _verb(group, "begin", "takeover.verbs.begin", words)
    _verb(group, "end", "takeover.verbs.end", "end the adoption, when all sites are on record")
    words = "remove the records of this lab, and leave all that TripleO made"
    forget = _verb(group, "forget", "takeover.verbs.forget", words)
    forget.add_argument("--check", action="store_true", help="only say what would be removed")


def _group(groups, name, words):
    return groups.add_parser(name, help=words, description=words).add_subparsers(
        required=True, metavar="VERB"
    )


def _verb(group, name, function, words):
    parser = group.add_parser(name, help=words, description=words)
    parser.set_defaults(verb=function)
    return parser


def _with_grace(parser):
    words = "seconds for which a site without a running job still counts as on its way (%(default)s)"
    parser.add_argument("--grace", type=float, default=GRACE_SECONDS, help=words)


def _with_json(parser):
    parser.add_argument("--json", action="store_true", help="as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())

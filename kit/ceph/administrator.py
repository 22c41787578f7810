"""
Runs commands on a node of a Ceph cluster, with the key of the cluster's administrator.

On the node where TripleO made the cluster, the files of the key and the configuration have the cluster's
name (tripleo-ansible roles/tripleo_cephadm/tasks/bootstrap.yaml). The other nodes with a monitor get both
files from cephadm, with the name `ceph` (label _admin, tripleo-ansible ceph_spec_bootstrap.py
get_label_map).
"""

import shlex

from errors import KitError
from hosts import inventory, ssh
from output import say
from parallel import each

_AT_ONCE = 16
_LIST_SECONDS = 60
_NOT_RUN = (125, 126, 127)
"""Exit codes of podman if it could not run a command (podman-run(1)), for instance without the key's file."""
_FOLDER = "/etc/ceph"

_able = {}
"""The node that was last found in place of another one, (node, name of its files), by site and cluster."""


def run(lab, store, words, *, what, limit_seconds, stdin):
    """
    Runs a command in `cephadm shell`. If the node that the store names cannot run it, another node of the
    site does that has the key.

    Args:
        store: {site, cluster, node: {name, address}}; node may have a `site` of its own. answering:
            the hosts of the site that may be asked; without: all.
        words, what, limit_seconds, stdin: as in `ssh.run`.

    Returns:
        The command's stdout, as text.

    Raises:
        ssh.Failed: the command failed; the message has its stderr.
        KitError: no node can run the command, with a line for each reason; or it did not end in time.
    """
    cluster, site = store["cluster"], store["node"].get("site", store["site"])

    def shell(node, files):
        inner = in_shell(files, words)
        return ssh.run(lab, site, node, inner, what=what, limit_seconds=limit_seconds, stdin=stdin)

    first, files = _able.get((site, cluster), (store["node"], cluster))
    answering = store.get("answering", [first, *inventory.hosts(lab, site)])
    others = [host for host in answering if host["name"] != first["name"]]
    reasons = [f"{what}: {first['name']} has not answered"]
    if len(others) < len(answering):
        try:
            return shell(first, files)
        except KitError as error:
            if not _was_not_run(error) or not others:
                raise
            reasons = [str(error)]
    say(f"{what}: {first['name']} cannot be asked, looks for another node: {reasons[0]}")
    able, faults = _find(lab, site, cluster, others, what)
    reasons += faults
    for node, files in able:
        say(f"{what}: asks {node['name']} in place of {first['name']}")
        try:
            answer = shell(node, files)
        except KitError as error:
            if not _was_not_run(error):
                raise
            reasons.append(str(error))
        else:
            _able[site, cluster] = node, files
            return answer
    raise KitError(
        "\n".join([f"{what}: no node of site {site} can be asked about its cluster {cluster}:", *reasons])
    )


def command(lab, store, words, *, what):
    """
    The ssh command line that runs a command where `run` would run it now.

    Args:
        store, words, what: as in `run`.

    Raises:
        KitError: no node can run commands.
    """
    run(lab, store, ["true"], what=what, limit_seconds=_LIST_SECONDS, stdin=b"")
    cluster, site = store["cluster"], store["node"].get("site", store["site"])
    node, files = _able.get((site, cluster), (store["node"], cluster))
    inner = " ".join(map(shlex.quote, in_shell(files, words)))
    return [*ssh.command(node["address"], ssh.known_hosts(lab, site)), "--", inner]


def in_shell(files, words):
    """
    The argument list that runs a command in `cephadm shell` on a node.

    Args:
        files: name of the files of configuration and key there: that of the cluster, or `ceph`.
        words: the command.
    """
    config, keyring = (f"{_FOLDER}/{name}" for name in _names(files))
    return ["sudo", "cephadm", "shell", "--config", config, "--keyring", keyring, "--", *words]


def _was_not_run(error):
    """Whether a command was not run, and so may be run on another node."""
    return isinstance(error, ssh.Unreachable) or (isinstance(error, ssh.Failed) and error.code in _NOT_RUN)


def _find(lab, site, cluster, nodes, what):
    """The nodes with the key, [(node, name of its files)], and a line for each reason to leave out others."""

    def look(node):
        try:
            listed = ssh.run(lab, site, node, ["sudo", "ls", _FOLDER], what=what, limit_seconds=_LIST_SECONDS)
        except ssh.Failed:
            return node, None, None
        except KitError as error:
            return node, None, str(error)
        return node, _files(cluster, listed.splitlines()), None

    found = each(nodes, look, _AT_ONCE)
    able = [(node, files) for node, files, _ in found if files]
    faults = [fault for *_, fault in found if fault]
    without = [node["name"] for node, files, fault in found if not files and not fault]
    if without:
        faults.append(f"{what}: {', '.join(without)}: without the key of its administrator in {_FOLDER}")
    return able, faults


def _files(cluster, names):
    """The name of those of a node's files that have a cluster's configuration and key; None without both."""
    return next((files for files in (cluster, "ceph") if set(_names(files)) <= set(names)), None)


def _names(files):
    return f"{files}.conf", f"{files}.client.admin.keyring"

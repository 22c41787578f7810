"""Checks whether this host is an undercloud that the kit can work on."""

import os
import shutil
import subprocess
import sys

from errors import KitError, Refused
from jobs import locks, shell
from jobs.locks import Lock
from lab import home

TEMPLATES = "/usr/share/openstack-tripleo-heat-templates"

FREE_GIB = 5
"""Room on the undercloud's disk that the kit needs for logs, exports and images."""
_SECONDS = 60


def check(lab):
    """
    Checks the undercloud. If it has no faults, also creates the key of cephadm's user, unless there is one.

    Returns:
        {directory, python, publicKey, templates}.

    Raises:
        Refused: one line for each fault.
    """
    faults = []
    if not _succeeds("openstack", "--version"):
        faults.append(
            "`openstack` does not run in a login shell after `source ~/stackrc`: install "
            "python3-tripleoclient and the undercloud (openstack undercloud install)"
        )
    if not os.path.exists(home("stackrc")):
        faults.append(
            f"{home('stackrc')} is missing: the undercloud is not installed for this user (openstack "
            "undercloud install)"
        )
    if not os.path.isdir(TEMPLATES):
        faults.append(f"{TEMPLATES} is missing: install openstack-tripleo-heat-templates")
    if not _succeeds("sudo", "-n", "true"):
        faults.append(
            f"sudo asks for a password: let {os.path.basename(home())} use it without (/etc/sudoers.d), as "
            "TripleO needs"
        )
    for name in ("id_rsa", "id_rsa.pub"):
        # The paths that tripleoclient utils.py get_key tries last.
        if not os.path.exists(home(".ssh", name)):
            faults.append(
                f"{home('.ssh', name)} is missing: ssh-keygen -t rsa -N '' -f {home('.ssh', 'id_rsa')}"
            )
    for program, package in (("ssh", "openssh-clients"), ("qemu-img", "qemu-img")):
        if not shutil.which(program):
            faults.append(f"{program} is missing: install {package}")
    free = shutil.disk_usage(lab.directory).free / 2**30
    if free < FREE_GIB:
        faults.append(
            f"{lab.directory}: {free:.1f} GiB are free, at least {FREE_GIB} are needed for logs, exports "
            "and images; make room"
        )
    if faults:
        raise Refused(faults)
    ensure_ceph_key()
    with open(home(".ssh", "id_rsa.pub"), encoding="utf-8") as file:
        public_key = file.read().strip()
    return {
        "directory": lab.directory,
        "python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "publicKey": public_key,
        "templates": TEMPLATES,
    }


def ensure_ceph_key():
    """
    Creates the key of cephadm's user, if it is missing. Otherwise each `ceph deploy` would create it: of
    several that run side by side all but one would fail (tripleo-ansible ceph-admin-user-playbook.yml).
    """
    key = home(".ssh", "ceph-admin-id_rsa")
    with locks.entered(Lock(home("dcn", "locks", "ceph-key")), "check"):
        if not os.path.exists(key):
            _make_key(key)


def _make_key(key):
    try:
        done = subprocess.run(
            ["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", key],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
        )
        problem = done.stderr.strip() or f"exit {done.returncode}" if done.returncode else None
    except subprocess.TimeoutExpired:
        problem = f"not done after {_SECONDS} s"
    if problem:
        raise KitError(
            f"{key}: ssh-keygen could not make the key of cephadm's user: {problem}; can this user write "
            f"into {os.path.dirname(key)}?"
        )


def _succeeds(*argv):
    try:
        shell.output(argv, _SECONDS)
    except KitError:
        return False
    return True

"""Keys of the users of a Ceph cluster that has no overcloud."""

import base64
import os
import struct
import time

import yaml

from files import read_yaml, write_private

_NAME = "tripleo_cephadm_keys"


def give(variables, clients, output):
    """
    Writes variables for `openstack overcloud ceph deploy --ansible-extra-vars`, in which each user has a key.
    tripleo-ansible imports the key of the variables into the cluster, and since May 2023 it makes none itself
    (roles/tripleo_cephadm/tasks/keys.yaml, templates/ceph_key.j2). A user keeps its key in later runs.

    Args:
        variables: file with the variables, in which no user has a key.
        clients: the file ceph_client.yml of an earlier `ceph deploy`, if there was one; for a cluster that
            made the keys itself, and for a lost `output`.
        output: the file to write (mode 0600).

    Raises:
        KitError: a file is no YAML.
    """
    content = read_yaml(variables)
    known = {**_keys(clients, "keys"), **_keys(output, _NAME)}
    users = [{**user, "key": known.get(user["name"]) or _new_key()} for user in content[_NAME]]
    write_private(output, yaml.safe_dump({**content, _NAME: users}, sort_keys=False, width=10**6))


def _keys(path, name):
    """The keys of users in a file, by the users' names; {} if there is no file."""
    try:
        users = read_yaml(path).get(name) or []
    except FileNotFoundError:
        return {}
    return {user["name"]: user["key"] for user in users}


def _new_key():
    """A random key in Ceph's encoding: type 1 (AES), time, length, bytes (auth/Crypto.cc)."""
    secret = os.urandom(16)
    return base64.b64encode(struct.pack("<HIIH", 1, int(time.time()), 0, len(secret)) + secret).decode()

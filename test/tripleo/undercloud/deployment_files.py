#!/opt/tripleo/bin/python
"""Writes the files of a deployment of a stack's nodes that later verbs read. Runs as the undercloud's user.

usage:
    deployment_files.py cluster STACK CLUSTER MONITOR POOL…   also creates pools and client.openstack;
                                                              writes ceph_client.yml
    deployment_files.py overcloud STACK                       writes group_vars/overcloud.json

The code is that of the sandbox's configuration phase.
"""

import json
import pathlib
import sys

sys.path.insert(0, "/opt/dcn")
from tripleo_common.utils import passwords
from tripleoclient import utils

from dcn_common.fleet import Fleet
from dcn_common.inventory import Inventory
from dcn_common.overcloud import Overcloud
from dcn_common.services import ceph_client


def main(what, stack, *rest):
    working_dir = pathlib.Path.home() / "overcloud-deploy" / stack
    directory = working_dir / "config-download" / stack
    if what == "cluster":
        cluster(working_dir, stack, *rest)
        # TripleO has cephadm's playbooks and logs in it; `overcloud export ceph` requires it.
        (directory / "cephadm").mkdir(parents=True, exist_ok=True)
    else:
        (directory / "group_vars" / "overcloud.json").write_text(json.dumps(Overcloud(directory).all_nodes))


def cluster(working_dir, stack, name, monitor, *pools):
    entries = [
        {"name": pool, "application": "rbd", "pg_num": 16, "rule_name": "replicated_rule"} for pool in pools
    ]
    osd = ", ".join(f"profile rbd pool={pool}" for pool in pools)
    user = {
        "name": "client.openstack",
        "key": passwords.create_cephx_key(),
        "caps": {**ceph_client.CAPS, "osd": osd},
    }
    hosts = Inventory(working_dir / "tripleo-ansible-inventory.yaml").hosts
    with Fleet(hosts, utils.get_key(stack)) as fleet:
        prepared = fleet.on(monitor, "ceph.prepare", cluster=name, settings="", pools=entries, keys=[user])
    ceph_client.write_variables(working_dir / "ceph_client.yml", name, prepared)


if __name__ == "__main__":
    main(*sys.argv[1:])

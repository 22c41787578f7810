#!/opt/tripleo/bin/python
"""Leaves on the undercloud what deploying the nodes of a stack would leave for the verbs after it.

leave.py cluster STACK CLUSTER MONITOR POOL…   pools and client.openstack in its Ceph cluster, ceph_client.yml
leave.py overcloud STACK                       group_vars/overcloud.json, the data of all services' nodes

With what the sandbox's configuration phase does it with; run as the undercloud's user.
"""

import json
import pathlib
import sys

sys.path.insert(0, "/opt/dcn")
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
        # `overcloud export ceph` looks for it: in life the playbooks and logs of cephadm lie there
        (directory / "cephadm").mkdir(parents=True, exist_ok=True)
    else:
        (directory / "group_vars" / "overcloud.json").write_text(json.dumps(Overcloud(directory).all_nodes))


def cluster(working_dir, stack, name, monitor, *pools):
    entries = [
        {"name": pool, "application": "rbd", "pg_num": 16, "rule_name": "replicated_rule"} for pool in pools
    ]
    osd = ", ".join(f"profile rbd pool={pool}" for pool in pools)
    user = {"name": "client.openstack", "caps": {**ceph_client.CAPS, "osd": osd}}
    hosts = Inventory(working_dir / "tripleo-ansible-inventory.yaml").hosts
    with Fleet(hosts, utils.get_key(stack)) as fleet:
        known = fleet.on(monitor, "ceph.prepare", cluster=name, settings="", pools=entries, keys=[user])
    ceph_client.write_variables(working_dir / "ceph_client.yml", name, known)


if __name__ == "__main__":
    main(*sys.argv[1:])

import os
import tempfile
import unittest
from unittest import mock

import yaml

from dcn_common.ceph_spec import read_yaml
from dcn_common.errors import SandboxError
from dcn_quick.ceph_deploy import ROLE, CephPlan, provide, write_environment

SPEC = [
    {"service_type": "host", "hostname": "c-0", "labels": ["mon", "mgr", "_admin"]},
    {"service_type": "host", "hostname": "s-0", "labels": ["osd"]},
    {"service_type": "mon", "placement": {"hosts": ["c-0"]}},
    {"service_type": "mgr", "placement": {"hosts": ["c-0"]}},
    {
        "service_type": "osd",
        "service_id": "default_drive_group",
        "service_name": "osd.default_drive_group",
        "placement": {"hosts": ["s-0"]},
        "data_devices": {"paths": ["/dev/vdb"]},
    },
]
VARIABLES = {
    "tripleo_cephadm_cluster": "central",
    "public_network_name": "storage",
    "public_network": "10.8.0.0/24",
    "cluster_network": "10.12.0.0/24",
}
INVENTORY = mock.Mock(hosts={"c-0": {"storage_ip": "10.8.0.10"}, "s-0": {"storage_ip": "10.8.0.30"}})


class Plan(unittest.TestCase):
    def plan(self, spec=None, **variables):
        return CephPlan({**VARIABLES, **variables}, INVENTORY, spec or SPEC)

    def test_daemons_and_their_nodes(self):
        plan = self.plan()
        self.assertEqual(plan.monitors, {"c-0": "10.8.0.10"})
        self.assertEqual(plan.osd_services, [SPEC[4]])
        self.assertIn("mon_host = [v2:10.8.0.10:3300/0,v1:10.8.0.10:6789/0]", plan.conf("f"))
        self.assertIn("public_network = 10.8.0.0/24", plan.settings)

    def test_daemons_have_the_short_names_of_hosts_with_a_domain(self):
        text = yaml.safe_dump(SPEC)
        long = yaml.safe_load(text.replace("c-0", "c-0.example.com").replace("s-0", "s-0.example.com"))
        plan, short = self.plan(long, tld_option="example.com"), self.plan()
        self.assertEqual(plan.monitors, {"c-0": "10.8.0.10"})
        for daemons in ("mon_hosts", "mgr_hosts", "osd_services"):
            self.assertEqual(getattr(plan, daemons), getattr(short, daemons))

    def test_hosts_have_places_in_the_crush_hierarchy(self):
        place = {"root": "default", "rack": "r1"}
        plan = self.plan([SPEC[0], {**SPEC[1], "location": place}, *SPEC[2:]])
        self.assertEqual(plan.locations, {"s-0": place})

    def test_single_host_defaults(self):
        self.assertIn(
            "osd_crush_chooseleaf_type = 0", self.plan(tripleo_cephadm_single_host_defaults=True).settings
        )

    def test_a_spec_without_monitor_is_refused(self):
        with self.assertRaisesRegex(SandboxError, "No hosts with the mon label"):
            self.plan([part for part in SPEC if part["service_type"] != "mon"])

    def test_osds_need_hosts_of_the_inventory(self):
        with self.assertRaisesRegex(SandboxError, "does not have: s-9"):
            self.plan([*SPEC[:4], {**SPEC[4], "placement": {"hosts": ["s-9"]}}])

    def test_a_monitor_needs_an_address_on_the_public_network(self):
        with self.assertRaisesRegex(SandboxError, "no address on network external: c-0"):
            self.plan(public_network_name="external")


class Environment(unittest.TestCase):
    """The environment file for `overcloud deploy`, by tripleo-ansible's own template."""

    def parameters(self, **variables):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "deployed_ceph.yaml")
            defaults = read_yaml(f"{ROLE}/defaults/main.yml")
            cluster = {**VARIABLES, "deployed_ceph_tht_path": path, "tripleo_cephadm_fsid": "f"}
            write_environment({**defaults, **cluster, **variables})
            with open(path) as file:
                return yaml.safe_load(file)["parameter_defaults"]

    def test_says_that_hosts_have_names_with_a_domain(self):
        self.assertIs(self.parameters(tld_option="example.com")["CephSpecFqdn"], True)
        self.assertNotIn("CephSpecFqdn", self.parameters())


POOLS = [{"name": "images", "application": "rbd"}]
USER = {"name": "client.openstack", "mode": "0600", "caps": {"mon": "profile rbd"}}
KEYS = [{**USER, "key": "made-by-the-kit"}]
PREPARED = {
    "fsid": "f",
    "monitors": "[v2:10.8.0.10:3300/0,v1:10.8.0.10:6789/0]",
    "keys": [{"entity": "client.openstack", "key": "made-by-the-kit", "caps": {"mon": "profile rbd"}}],
}


class Provide(unittest.TestCase):
    """Pools and users by `--ansible-extra-vars`, for a cluster without an overcloud."""

    def provide(self, path, **variables):
        plan, fleet = mock.Mock(cluster="central", mon_hosts=["c-0", "c-1"]), mock.Mock()
        fleet.on.return_value = PREPARED
        provide(fleet, plan, {"tripleo_ceph_client_vars": path, **variables})
        return fleet.on.call_args_list

    def test_variables_of_clients_have_the_keys(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "ceph_client.yml")
            variables = {"tripleo_cephadm_pools": POOLS, "tripleo_cephadm_keys": KEYS}
            [call] = self.provide(path, **variables)
            self.assertEqual(call.args, ("c-0", "ceph_daemons.prepare"))
            self.assertEqual(call.kwargs["keys"], KEYS)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
            with open(path) as file:
                client_variables = yaml.safe_load(file)
            self.assertEqual(client_variables["tripleo_ceph_client_cluster"], "central")
            self.assertEqual(client_variables["keys"][0]["key"], "made-by-the-kit")

    def test_a_user_without_a_key_is_refused_as_by_the_last_release(self):
        with self.assertRaisesRegex(SandboxError, "client.openstack: has no `key`"):
            self.provide("/nonexistent", tripleo_cephadm_pools=POOLS, tripleo_cephadm_keys=[USER])

    def test_without_pools_nothing_is_created(self):
        self.assertEqual(self.provide("/nonexistent", tripleo_cephadm_keys=KEYS), [])

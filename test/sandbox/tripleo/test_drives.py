import unittest
from unittest import mock

from dcn_common import drives
from dcn_common.errors import SandboxError
from dcn_quick.ceph_deploy import osds_by_host

GROUP = {
    "service_type": "osd",
    "service_id": "slow",
    "service_name": "osd.slow",
    "placement": {"hosts": ["a", "b"]},
    "data_devices": {"rotational": True},
    "db_devices": {"rotational": False},
}


class Drives(unittest.TestCase):
    """The disks of services of OSDs, which Ceph's own code selects on the hosts (node/drives.py)."""

    def selected(self, disks, **changes):
        fleet = mock.Mock()
        fleet.call.side_effect = lambda calls: {host: disks[host] for host in calls}
        other = {"service_type": "mon", "placement": {"hosts": ["a"]}}
        return drives.selected(fleet, [other, {**GROUP, **changes}])

    def disks(self, data, db):
        return {"data": data, "db": db, "wal": []}

    def test_are_paths_of_one_service_on_hosts_with_the_same_disks(self):
        same = self.disks(["/dev/vdb"], ["/dev/vdc"])
        [document] = drives.with_paths(self.selected({"a": same, "b": same}, filter_logic="AND"))
        self.assertEqual(document["data_devices"], {"paths": ["/dev/vdb"]})
        self.assertEqual(document["db_devices"], {"paths": ["/dev/vdc"]})
        self.assertEqual((document["service_id"], document["placement"]["hosts"]), ("slow", ["a", "b"]))
        self.assertNotIn("filter_logic", document)

    def test_are_paths_of_several_services_on_hosts_with_different_disks(self):
        found = self.selected(
            {"a": self.disks(["/dev/vdb"], ["/dev/vdc"]), "b": self.disks(["/dev/vdc"], ["/dev/vdb"])}
        )
        documents = drives.with_paths(found)
        self.assertEqual(
            [(part["service_id"], part["data_devices"]["paths"]) for part in documents],
            [("slow", ["/dev/vdb"]), ("slow_b", ["/dev/vdc"])],
        )

    def test_are_pairs_of_data_and_databases(self):
        both = self.disks(["/dev/vdb", "/dev/vdd"], ["/dev/vdc", "/dev/vde"])
        osds = osds_by_host(self.selected({"a": both, "b": both}, crush_device_class="fast"))
        self.assertEqual(
            osds["b"],
            [
                {"block": "/dev/vdb", "block.db": "/dev/vdc", "device_class": "fast"},
                {"block": "/dev/vdd", "block.db": "/dev/vde", "device_class": "fast"},
            ],
        )

    def test_must_be_as_many_for_databases_as_for_data(self):
        fewer = self.disks(["/dev/vdb", "/dev/vdd"], ["/dev/vdc"])
        with self.assertRaisesRegex(SandboxError, "b: 1 of db_devices for 2 of data_devices"):
            self.selected({"a": self.disks(["/dev/vdb"], ["/dev/vdc"]), "b": fewer})

    def test_are_refused_where_ceph_needs_lvm(self):
        with self.assertRaisesRegex(SandboxError, "slow: encrypted, slow: osds_per_device"):
            self.selected({}, encrypted=True, osds_per_device=2)
        same = self.disks(["/dev/vdb"], ["/dev/vdc"])
        self.assertTrue(self.selected({"a": same, "b": same}, encrypted=False, osds_per_device=1))

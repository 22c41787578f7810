import os
import tempfile
import unittest
from unittest import mock

import yaml

from dcn_full import ceph_deploy

SPEC = [
    {"service_type": "host", "hostname": "a"},
    {"service_type": "mon", "placement": {"hosts": ["a"]}},
    {
        "service_type": "osd",
        "service_id": "default_drive_group",
        "placement": {"hosts": ["a", "b"]},
        "data_devices": {"rotational": 1},
    },
]


class Overrides(unittest.TestCase):
    """The variables of the client's playbook that `tripleo: full` overrides."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.fleet = mock.Mock()
        disks = {"data": ["/dev/vdb", "/dev/vdc"], "db": [], "wal": []}
        self.fleet.call.side_effect = lambda calls: dict.fromkeys(calls, disks)

    def overrides(self, **given):
        return ceph_deploy.overrides(given, SPEC, self.fleet, self.directory)

    def file(self, text):
        path = os.path.join(self.directory, "given")
        with open(path, "w") as file:
            file.write(text)
        return path

    def conf(self, text):
        overrides = self.overrides(tripleo_cephadm_bootstrap_conf=self.file(text))
        with open(overrides["tripleo_cephadm_bootstrap_conf"]) as file:
            return file.read()

    def test_waits_for_every_osd(self):
        self.assertEqual(self.overrides()["tripleo_cephadm_num_osd_expected"], 4)

    def test_keeps_the_operators_values(self):
        overrides = self.overrides(
            tripleo_cephadm_extra_args="--verbose", tripleo_cephadm_wait_for_mons_delay=7
        )
        self.assertEqual(overrides["tripleo_cephadm_extra_args"], "--verbose --skip-pull")
        self.assertNotIn("tripleo_cephadm_wait_for_mons_delay", overrides)

    def test_gives_cephadm_the_spec_with_the_paths_of_the_disks_and_without_lvm(self):
        overrides = self.overrides()
        self.assertIs(overrides["dynamic_ceph_spec"], False)
        with open(overrides["ceph_spec_path"]) as file:
            documents = list(yaml.safe_load_all(file))
        paths = {"paths": ["/dev/vdb", "/dev/vdc"]}
        osds = {**SPEC[2], "data_devices": paths, "method": "raw"}
        self.assertEqual(documents, [*SPEC[:2], osds])

    def test_merges_its_settings_with_the_operators_into_one_section_of_each_name(self):
        text = self.conf("[global]\nosd_pool_default_size = 1\n[osd]\nbluestore_cache_size = 1\n")
        self.assertIn("osd_pool_default_size = 1\n", text)
        self.assertIn("mgr/cephadm/use_repo_digest = false\n", text)
        self.assertIn("bluestore_cache_size = 1\n", text)
        for section in ("[global]", "[mon]", "[mgr]", "[osd]"):
            self.assertEqual(text.count(section), 1)

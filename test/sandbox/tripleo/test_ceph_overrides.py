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
        "placement": {"hosts": ["a", "b"]},
        "data_devices": {"paths": ["/dev/vdb", "/dev/vdc"]},
    },
]


class Overrides(unittest.TestCase):
    """The variables of the client's playbook that `tripleo: full` overrides."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        patched = mock.patch.object(ceph_deploy, "make_spec", return_value=SPEC)
        self.make_spec = patched.start()
        self.addCleanup(patched.stop)

    def overrides(self, **given):
        return ceph_deploy.overrides(given, "inventory", self.directory)

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

    def test_creates_osds_on_the_same_disks_without_lvm(self):
        overrides = self.overrides(osd_spec_path=self.file("data_devices: {paths: [/dev/vdb]}"))
        with open(overrides["osd_spec_path"]) as file:
            self.assertEqual(yaml.safe_load(file), {"data_devices": {"paths": ["/dev/vdb"]}, "method": "raw"})
        self.assertEqual(self.make_spec.call_args.args[0]["osd_spec_path"], overrides["osd_spec_path"])

    def test_names_the_only_disk_where_all_disks_become_osds(self):
        overrides = self.overrides(osd_spec_path=self.file("data_devices: {all: true}"))
        with open(overrides["osd_spec_path"]) as file:
            self.assertEqual(yaml.safe_load(file)["data_devices"], {"paths": ["/dev/vdb"]})

    def test_merges_its_settings_with_the_operators_into_one_section_of_each_name(self):
        text = self.conf("[global]\nosd_pool_default_size = 1\n[osd]\nbluestore_cache_size = 1\n")
        self.assertIn("osd_pool_default_size = 1\n", text)
        self.assertIn("mgr/cephadm/use_repo_digest = false\n", text)
        self.assertIn("bluestore_cache_size = 1\n", text)
        for section in ("[global]", "[mon]", "[mgr]", "[osd]"):
            self.assertEqual(text.count(section), 1)

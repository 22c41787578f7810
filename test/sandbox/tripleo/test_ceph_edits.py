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


class Edits(unittest.TestCase):
    """What `tripleo: full` makes of the variables that the client gives its playbook."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        patched = mock.patch.object(ceph_deploy, "make_spec", return_value=SPEC)
        self.make_spec = patched.start()
        self.addCleanup(patched.stop)

    def edited(self, **given):
        return ceph_deploy.edited(given, "inventory", self.directory)

    def file(self, text):
        path = os.path.join(self.directory, "given")
        with open(path, "w") as file:
            file.write(text)
        return path

    def conf(self, text):
        edited = self.edited(tripleo_cephadm_bootstrap_conf=self.file(text))
        with open(edited["tripleo_cephadm_bootstrap_conf"]) as file:
            return file.read()

    def test_waits_for_every_osd(self):
        self.assertEqual(self.edited()["tripleo_cephadm_num_osd_expected"], 4)

    def test_keeps_what_the_operator_gives(self):
        edited = self.edited(tripleo_cephadm_extra_args="--verbose", tripleo_cephadm_wait_for_mons_delay=7)
        self.assertEqual(edited["tripleo_cephadm_extra_args"], "--verbose --skip-pull")
        self.assertNotIn("tripleo_cephadm_wait_for_mons_delay", edited)

    def test_makes_osds_without_lvm_of_the_same_disks(self):
        edited = self.edited(osd_spec_path=self.file("data_devices: {paths: [/dev/vdb]}"))
        with open(edited["osd_spec_path"]) as file:
            self.assertEqual(yaml.safe_load(file), {"data_devices": {"paths": ["/dev/vdb"]}, "method": "raw"})
        self.assertEqual(self.make_spec.call_args.args[0]["osd_spec_path"], edited["osd_spec_path"])

    def test_adds_settings_to_those_of_the_operator_in_one_section_of_each_name(self):
        text = self.conf("[global]\nosd_pool_default_size = 1\n[osd]\nbluestore_cache_size = 1\n")
        self.assertIn("osd_pool_default_size = 1\n", text)
        self.assertIn("mgr/cephadm/use_repo_digest = false\n", text)
        self.assertIn("bluestore_cache_size = 1\n", text)
        for section in ("[global]", "[mon]", "[mgr]", "[osd]"):
            self.assertEqual(text.count(section), 1)

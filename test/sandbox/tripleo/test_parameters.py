import pathlib
import tempfile
import unittest

import yaml
from heat.common import context
from heat.engine import environment

from dcn_quick import parameters
from dcn_quick.tree import Tree

SERVICE = """
heat_template_version: wallaby
parameters:
  GlanceBackend:
    type: string
    default: swift
    constraints: [{allowed_values: [swift, rbd]}]
  CephClusterName:
    type: string
    default: ceph
    constraints: [{allowed_pattern: "[a-zA-Z0-9]+", description: only letters and numbers}]
  NovaCrossAZAttach: {type: boolean, default: true}
"""
ROOT = {
    "heat_template_version": "wallaby",
    "parameters": {"ControllerCount": {"type": "number", "default": 1}},
}


class Faults(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.templates = pathlib.Path(directory.name, "templates")
        (self.templates / "deployment").mkdir(parents=True)
        (self.templates / "deployment" / "other.yaml").write_text(
            "heat_template_version: wallaby\nparameters:\n  ManageNetworks:\n    type: boolean\n"
        )
        self.user = pathlib.Path(directory.name, "mine.yaml")

    def tree(self, **defaults):
        env = environment.Environment({"parameter_defaults": defaults})
        self.file = f"file://{self.user}"
        files = {"glance.yaml": SERVICE, self.file: yaml.safe_dump({"parameter_defaults": defaults})}
        return Tree(context.RequestContext(is_admin=True), "test", ROOT, files, env)

    def refused(self, **defaults):
        return parameters.refused(context.RequestContext(is_admin=True), self.tree(**defaults))

    def unknown(self, **defaults):
        return parameters.unknown(self.tree(**defaults), [self.file, self.file], self.templates)

    def test_valid_values_have_no_fault(self):
        self.assertEqual(
            self.refused(GlanceBackend="rbd", CephClusterName="dcn0", NovaCrossAZAttach=False), []
        )

    def test_all_faults_are_found_at_once_with_heats_reasons(self):
        faults = self.refused(GlanceBackend="ceph", CephClusterName="dcn-0", NovaCrossAZAttach="maybe")
        self.assertEqual(len(faults), 3)
        self.assertIn("only letters and numbers", faults[0])
        self.assertIn('"ceph" is not an allowed value', faults[1])
        self.assertIn("maybe", faults[2])

    def test_a_misspelt_parameter_is_named_with_its_file(self):
        [fault] = self.unknown(GlangeBackendID="dcn0")
        self.assertIn("GlangeBackendID", fault)
        self.assertIn(str(self.user), fault)

    def test_a_parameter_that_only_an_unused_template_declares_is_no_fault(self):
        self.assertEqual(self.unknown(ManageNetworks=False), [])

    def test_parameters_of_the_client_and_of_newer_releases_are_no_fault(self):
        self.assertEqual(self.unknown(KeystonePassword="x", DeployedCeph=True, ContainerNovaApiImage="x"), [])

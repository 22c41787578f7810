import pathlib
import tempfile
import unittest

from heatclient import exc

from dcn_common.lock import HeatLock
from dcn_quick.heat import EphemeralHeat
from dcn_quick.overcloud_deploy import _Launcher

STACK = {
    "stack_name": "dcn0",
    "template": {"heat_template_version": "wallaby", "outputs": {}},
    "environment_files": [],
    "files": {},
}


class Killed(unittest.TestCase):
    """What a deploy that was killed leaves of the ephemeral Heat with `tripleo: quick`."""

    def test_its_stack_exists_until_the_launcher_removes_heat(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        database_file = pathlib.Path(directory.name, "heat-database")
        heat = EphemeralHeat(directory.name, directory.name, database_file)
        heat.create(**STACK)
        with self.assertRaisesRegex(exc.HTTPConflict, r"The Stack \(dcn0\) already exists\."):
            heat.create(**STACK)
        _Launcher(HeatLock("dcn0"), database_file).rm_heat()
        heat.create(**STACK)

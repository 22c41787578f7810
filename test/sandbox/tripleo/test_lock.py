import os
import tempfile
import unittest
from unittest import mock

from dcn_common.errors import SandboxError
from dcn_common.lock import HeatLock


class Lock(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        patched = mock.patch.dict(os.environ, HOME=directory.name)
        patched.start()
        self.addCleanup(patched.stop)

    def test_a_second_deploy_is_refused_with_stack_process_and_start_of_the_first(self):
        first, second = HeatLock("control-plane"), HeatLock("dcn0")
        first.acquire()
        with self.assertRaisesRegex(
            SandboxError, r"already running for stack control-plane, process \d+, since 20"
        ):
            second.acquire()
        first.release()
        second.acquire()
        second.release()

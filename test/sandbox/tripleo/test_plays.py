import unittest

from dcn_common import plays
from dcn_common.errors import SandboxError


class Plays(unittest.TestCase):
    """The plays of TripleO's playbook that Ansible plays in the sandbox."""

    def test_those_that_nothing_stops_keep_their_order(self):
        hosts, stopped, network = (
            {"name": "Generate /etc/hosts", "hosts": "all"},
            {"name": "Host prep steps", "hosts": "overcloud"},
            {"name": "Server network validation", "hosts": "overcloud"},
        )
        facts = {"import_playbook": "common_deploy_steps_playbooks.yaml"}
        self.assertEqual(plays.runnable([facts, hosts, stopped, network]), [facts, hosts, network])

    def test_one_entry_stands_for_the_plays_of_all_steps(self):
        steps = [{"name": f"Deploy step tasks for {step}"} for step in range(1, 6)]
        self.assertEqual(plays.runnable(steps), [])

    def test_a_play_that_the_list_lacks_is_refused(self):
        with self.assertRaisesRegex(SandboxError, r"plays\.json lacks the plays: Deploy the moon"):
            plays.runnable([{"name": "Deploy the moon"}])

import argparse
import os
import tempfile
import unittest
from unittest import mock

from osc_lib import exceptions
from tripleoclient import utils
from tripleoclient.v2 import overcloud_ceph

import wallaby_ceph

DEPLOY = ["-o", "ceph.yaml", "metal.yaml"]


class Options(unittest.TestCase):
    """The options of Wallaby's `ceph deploy` that client 20.0.0 lacks."""

    def setUp(self):
        wallaby_ceph.install(renames=True)
        self.command = overcloud_ceph.OvercloudCephDeploy(mock.Mock(), argparse.Namespace())
        self.play, self.set_time_servers, self.rename_hosts = mock.Mock(), mock.Mock(), mock.Mock()
        for owner, name, replacement in [
            (utils, "run_ansible_playbook", self.play),
            (wallaby_ceph, "set_time_servers", self.set_time_servers),
            (wallaby_ceph, "rename_hosts", self.rename_hosts),
        ]:
            patched = mock.patch.object(owner, name, replacement)
            patched.start()
            self.addCleanup(patched.stop)

    def deploy(self, *options):
        """Runs the command, with the client's own work replaced by two of its playbooks."""

        def play_two(_, parsed_args):
            for playbook in ("cli-hosts-file-config.yaml", "cli-deployed-ceph.yaml"):
                utils.run_ansible_playbook(
                    playbook=playbook,
                    inventory="hosts.yaml",
                    workdir="/tmp",
                    extra_vars={"stack_name": "dcn0"},
                )

        with mock.patch.object(wallaby_ceph, "_take_action", play_two):
            self.command.take_action(self.command.get_parser("deploy").parse_args([*DEPLOY, *options]))

    def test_time_servers_are_set_before_ceph_is_deployed(self):
        order = mock.Mock()
        order.attach_mock(self.play, "play")
        order.attach_mock(self.set_time_servers, "set_time_servers")
        self.deploy("--stack", "dcn0", "--ntp-server", "ntp.example.com,192.0.2.123")
        playbook = {"inventory": "hosts.yaml", "workdir": "/tmp", "extra_vars": {"stack_name": "dcn0"}}
        self.assertEqual(
            order.mock_calls,
            [
                mock.call.play(playbook="cli-hosts-file-config.yaml", **playbook),
                mock.call.set_time_servers(["ntp.example.com", "192.0.2.123"], "hosts.yaml", "dcn0"),
                mock.call.play(playbook="cli-deployed-ceph.yaml", **playbook),
            ],
        )
        self.rename_hosts.assert_not_called()

    def test_hosts_are_renamed_before_ceph_is_deployed_with_their_new_names(self):
        order = mock.Mock()
        order.attach_mock(self.play, "play")
        order.attach_mock(self.rename_hosts, "rename_hosts")
        self.deploy("--stack", "dcn0", "--skip-ntp", "--tld", "example.com")
        _, rename, deploy = order.mock_calls
        self.assertEqual(rename, mock.call.rename_hosts("example.com", "hosts.yaml", "dcn0"))
        self.assertEqual(deploy.kwargs["extra_vars"], {"stack_name": "dcn0", "tld_option": "example.com"})

    def test_skip_ntp_sets_none(self):
        self.deploy("--skip-ntp")
        self.set_time_servers.assert_not_called()
        self.assertEqual(self.play.call_count, 2)

    def test_a_list_in_a_heat_environment_is_misread_as_wallaby_misreads_it(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "ntp.yaml")
            with open(path, "w") as file:
                file.write("parameter_defaults: {NtpServer: [ntp.example.com]}")
            self.deploy("--ntp-heat-env-file", path)
        self.assertEqual(self.set_time_servers.call_args.args[0], ["['ntp.example.com']"])

    def test_two_sources_of_time_servers_are_refused(self):
        with self.assertRaises(SystemExit), mock.patch("sys.stderr"):
            self.deploy("--ntp-server", "a", "--ntp-heat-env-file", "b")

    def test_a_domain_of_host_names_is_refused_before_anything_runs_where_the_playbook_knows_short_names_only(
        self,
    ):
        wallaby_ceph.install(renames=False)
        with self.assertRaisesRegex(exceptions.CommandError, "--tld"):
            self.deploy("--tld", "example.com")
        self.play.assert_not_called()


class Defaults(unittest.TestCase):
    def test_time_servers_of_the_internet_are_refused(self):
        with self.assertRaisesRegex(exceptions.CommandError, "pool.ntp.org.*--skip-ntp"):
            wallaby_ceph.set_time_servers([], "hosts.yaml", "dcn0")

"""STAND-IN for the slow parts of `openstack overcloud deploy`; the rest is tripleoclient's own.

Stack phase: rendering, environments, validation and all files are real. The stack is computed, not created
(heat.py), and tripleo-common's own code writes the config-download directory from it. The configuration
phase is in dcn_common.
"""

import os
import pathlib

import yaml
from tripleo_common import inventory as tripleo_inventory
from tripleo_common.utils import config as tripleo_config
from tripleoclient import utils

import wallaby
from dcn_common import deploy


def install():
    """Replaces the client's command by QuickDeployOvercloud in this process."""
    wallaby.install(QuickDeployOvercloud)
    # The stack is complete when the request to create it returns.
    utils.wait_for_stack_ready = lambda *_, **__: True


class QuickDeployOvercloud(deploy.DeployOvercloud):
    """`openstack overcloud deploy` with the stand-in for the ephemeral Heat."""

    def players(self):
        return {
            **super().players(),
            "cli-config-download.yaml": self._config_download,
            "cli-undercloud-get-horizon-url.yaml": self._horizon_url,
        }

    def setup_ephemeral_heat(self, parsed_args):
        database_file = pathlib.Path(self.working_dir, "heat-database")
        self.heat_launcher = _Launcher(self.lock, database_file)
        if parsed_args.rm_heat:
            self.heat_launcher.rm_heat()
        # The import takes half a second, and a deploy without a stack phase does not need it.
        from dcn_quick.heat import EphemeralHeat

        self.orchestration_client = EphemeralHeat(
            os.path.join(self.working_dir, "heat-launcher"),
            os.path.join(self.working_dir, "tripleo-heat-templates"),
            database_file,
        )
        self.clients.orchestration = self.orchestration_client

    def _config_download(self, extra_vars, **_):
        """Plays cli-config-download.yaml by the functions that its modules call."""
        stack = extra_vars["plan"]
        directory = os.path.join(extra_vars["output_dir"], stack)
        tripleo_config.get_overcloud_config(
            heat=self.orchestration_client, container=stack, config_dir=directory, preserve_config=True
        )
        inventory = tripleo_inventory.generate_tripleo_ansible_inventory(
            heat=self.orchestration_client,
            # The stack has all hosts; with a cloud name, Neutron would be queried too, once per port.
            cloud_name=None,
            plan=stack,
            work_dir=directory,
            ansible_python_interpreter=extra_vars["python_interpreter"],
            undercloud_key_file=extra_vars["ansible_ssh_private_key_file"],
            ssh_network=extra_vars["ssh_network"],
        )
        with open(inventory) as source, open(os.path.join(directory, "inventory", "tripleo"), "w") as target:
            target.write(source.read())

    def _horizon_url(self, extra_vars, workdir, **_):
        """Plays cli-undercloud-get-horizon-url.yaml, which asks Heat."""
        os.makedirs(workdir, exist_ok=True)
        with open(os.path.join(self.working_dir, "outputs", "EndpointMap")) as file:
            endpoints = yaml.safe_load(file)
        with open(extra_vars["horizon_url_output_file"], "w") as file:
            file.write(endpoints["HorizonPublic"]["uri"])


class _Launcher:
    """The launcher of Heat, which the client stops at the end of a deploy, even of a failed one, but not of a
    killed one.
    """

    def __init__(self, lock, database_file):
        self._lock = lock
        self._database_file = database_file

    def kill_heat(self, pid):
        self._lock.release()

    def rm_heat(self, backup_db=True):
        self._database_file.unlink(missing_ok=True)

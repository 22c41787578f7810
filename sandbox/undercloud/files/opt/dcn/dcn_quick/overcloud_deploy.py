"""STAND-IN for the slow parts of `openstack overcloud deploy`; all else of it is tripleoclient's own.

Stack phase: rendering, environments, validation and all files are real; the stack is computed, not created
(heat.py), and the config-download directory is written from it by tripleo-common's own code. Configuration
phase: dcn_common.
"""

import os

import yaml
from tripleo_common import inventory as tripleo_inventory
from tripleo_common.utils import config as tripleo_config
from tripleoclient import utils

import wallaby
from dcn_common import deploy


def install():
    """Puts the stand-ins in the place of what they stand in for, in this process."""
    wallaby.install(QuickDeployOvercloud)
    # creation is over when the request is
    utils.wait_for_stack_ready = lambda *_, **__: True


class QuickDeployOvercloud(deploy.DeployOvercloud):
    """`openstack overcloud deploy` with an ephemeral Heat that is stood in for."""

    def players(self):
        return {
            **super().players(),
            "cli-config-download.yaml": self._config_download,
            "cli-undercloud-get-horizon-url.yaml": self._horizon_url,
        }

    def setup_ephemeral_heat(self, parsed_args):
        self.heat_launcher = _Launcher(self.lock)
        # half a second that the configuration phase does not need
        from dcn_quick.heat import EphemeralHeat

        self.orchestration_client = EphemeralHeat(
            os.path.join(self.working_dir, "heat-launcher"),
            os.path.join(self.working_dir, "tripleo-heat-templates"),
        )
        self.clients.orchestration = self.orchestration_client

    def _config_download(self, extra_vars, **_):
        """Plays cli-config-download.yaml: the same functions that its modules call."""
        stack = extra_vars["plan"]
        directory = os.path.join(extra_vars["output_dir"], stack)
        tripleo_config.get_overcloud_config(
            heat=self.orchestration_client, container=stack, config_dir=directory, preserve_config=True
        )
        inventory = tripleo_inventory.generate_tripleo_ansible_inventory(
            heat=self.orchestration_client,
            # the stack knows all hosts; in life Neutron is asked too, port by port
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
    """What the client stops in the end, whatever happened."""

    def __init__(self, lock):
        self._lock = lock

    def kill_heat(self, pid):
        self._lock.release()

    def rm_heat(self, backup_db):
        """There is no pod."""

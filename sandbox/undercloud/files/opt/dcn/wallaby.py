"""Adapts `openstack overcloud deploy` of client 20.0.0 to templates 14.3.0, the newest of Wallaby on PyPI."""

import os

import yaml
from tripleoclient import utils
from tripleoclient.v1 import overcloud_deploy

DEPLOYED_SERVERS = "environments/deployed-server-environment.yaml"

OUTPUTS = {"AdminPassword": None, "KeystoneRegion": "regionOne"}
"""Outputs of newer stacks, which rc files need, with the defaults of these templates' parameters."""

_save_stack = utils.save_stack


class DeployOvercloud(overcloud_deploy.DeployOvercloud):
    """The command with the environment and parameters that these templates expect from a Wallaby client."""

    def create_env_files(self, parsed_args, new_tht_root, user_tht_root):
        files = super().create_env_files(parsed_args, new_tht_root, user_tht_root)
        # The first file is the resource registry, with servers that Nova creates: the second overrides that.
        return [files[0], os.path.join(new_tht_root, DEPLOYED_SERVERS), *files[1:]]

    def _update_parameters(self, args, parameters, tht_root, user_tht_root):
        parameters = super()._update_parameters(args, parameters, tht_root, user_tht_root)
        parameters["StackAction"] = (
            "UPDATE" if os.path.isdir(os.path.join(self.working_dir, "outputs")) else "CREATE"
        )
        # Renamed in Zed (tripleo_common.utils.passwords).
        parameters["AdminToken"] = parameters["KeystonePassword"]
        return parameters


def install(command):
    """Replaces the client's command by `command`, a DeployOvercloud, in this process."""
    # Some of the client's checks depend on the command's class name.
    command.__name__ = overcloud_deploy.DeployOvercloud.__name__
    overcloud_deploy.DeployOvercloud = command
    utils.save_stack = _save_with_outputs
    # An archive of templates and results, for support, would double the duration.
    utils.archive_deploy_artifacts = _no_archive


def _save_with_outputs(stack, working_dir):
    _save_stack(stack, working_dir)
    given = stack.environment().get("parameter_defaults") or {}
    for name, default in OUTPUTS.items():
        with open(os.path.join(working_dir, "outputs", name), "w") as file:
            yaml.safe_dump(given.get(name, default), file)


def _no_archive(log, stack_name, working_dir, ansible_dir=None):
    raise NotImplementedError("the sandbox keeps no archive of a deploy's files")

"""`openstack overcloud deploy` of client 20.0.0 with templates 14.3.0, PyPI's newest of Wallaby."""

import os

import yaml
from tripleoclient import utils
from tripleoclient.v1 import overcloud_deploy

DEPLOYED_SERVERS = "environments/deployed-server-environment.yaml"

OUTPUTS = {"AdminPassword": None, "KeystoneRegion": "regionOne"}
"""Outputs of younger stacks, of which rc files are made: parameters, with these templates' defaults."""

_save_stack = utils.save_stack


class DeployOvercloud(overcloud_deploy.DeployOvercloud):
    """The command, with three things that these templates want and a client of Wallaby gives."""

    def create_env_files(self, parsed_args, new_tht_root, user_tht_root):
        files = super().create_env_files(parsed_args, new_tht_root, user_tht_root)
        # first is the registry, which has servers made by Nova
        return [files[0], os.path.join(new_tht_root, DEPLOYED_SERVERS), *files[1:]]

    def _update_parameters(self, args, parameters, tht_root, user_tht_root):
        parameters = super()._update_parameters(args, parameters, tht_root, user_tht_root)
        parameters["StackAction"] = (
            "UPDATE" if os.path.isdir(os.path.join(self.working_dir, "outputs")) else "CREATE"
        )
        # renamed in Zed (tripleo_common.utils.passwords)
        parameters["AdminToken"] = parameters["KeystonePassword"]
        return parameters


def install(command):
    """Makes `command`, a DeployOvercloud, the one that this process runs."""
    # some of the client's checks are for the command of this name only
    command.__name__ = overcloud_deploy.DeployOvercloud.__name__
    overcloud_deploy.DeployOvercloud = command
    utils.save_stack = _save_with_outputs
    # packs templates and results for support cases, which takes as long as all the rest
    utils.archive_deploy_artifacts = _no_archive


def _save_with_outputs(stack, working_dir):
    _save_stack(stack, working_dir)
    given = stack.environment().get("parameter_defaults") or {}
    for name, default in OUTPUTS.items():
        with open(os.path.join(working_dir, "outputs", name), "w") as file:
            yaml.safe_dump(given.get(name, default), file)


def _no_archive(log, stack_name, working_dir, ansible_dir=None):
    raise NotImplementedError("the sandbox keeps no archive of a deploy's files")

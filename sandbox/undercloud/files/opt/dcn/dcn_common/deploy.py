"""Changes of `openstack overcloud deploy` that both modes share."""

from tripleoclient import exceptions

import wallaby
from dcn_common import configure, playbooks
from dcn_common.errors import SandboxError
from dcn_common.lock import HeatLock


class DeployOvercloud(wallaby.DeployOvercloud):
    """The command with a lock on the ephemeral Heat, and with configure.py in place of the playbook that runs
    TripleO's containers on the nodes.
    """

    def players(self):
        """Playbooks that functions replace: {name: function}."""
        return {
            "cli-grant-local-access.yaml": _nothing_to_grant,
            "deploy_steps_playbook.yaml": configure.play,
        }

    def take_action(self, parsed_args):
        playbooks.play(self.players())
        self.lock = HeatLock(parsed_args.stack)
        if not (parsed_args.config_download_only or parsed_args.setup_only):
            # Before any file is written: two deploys of one stack would remove each other's templates.
            try:
                self.lock.acquire()
            except SandboxError as error:
                raise exceptions.DeploymentError(str(error)) from None
        try:
            return super().take_action(parsed_args)
        finally:
            self.lock.release()


def _nothing_to_grant(**_):
    """Plays cli-grant-local-access.yaml, whose Ansible collection is not installed. The deploying user owns
    all files already.
    """

"""`openstack overcloud deploy` as far as it is the same in both modes."""

from tripleoclient import exceptions

import wallaby
from dcn_common import configure, playbooks
from dcn_common.errors import SandboxError
from dcn_common.lock import HeatLock


class DeployOvercloud(wallaby.DeployOvercloud):
    """The command with one ephemeral Heat at a time, and a configuration phase that is stood in for: the
    playbook that would run TripleO's containers on the nodes is played by configure.py.
    """

    def players(self):
        """The playbooks that are played by functions: {name: function}."""
        return {
            "cli-grant-local-access.yaml": _nothing_to_grant,
            "deploy_steps_playbook.yaml": configure.play,
        }

    def take_action(self, parsed_args):
        playbooks.play(self.players())
        self.lock = HeatLock(parsed_args.stack)
        if not (parsed_args.config_download_only or parsed_args.setup_only):
            # before anything is written: two deploys of one stack would take each other's templates away
            try:
                self.lock.acquire()
            except SandboxError as error:
                raise exceptions.DeploymentError(str(error)) from None
        try:
            return super().take_action(parsed_args)
        finally:
            self.lock.release()


def _nothing_to_grant(**_):
    """Plays cli-grant-local-access.yaml, whose module is of a collection that is not here: the user who
    deploys has written everything.
    """

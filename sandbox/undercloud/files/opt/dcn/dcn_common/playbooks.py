"""Replaces playbooks of TripleO by functions."""

import os

from tripleoclient import exceptions, utils

from dcn_common.errors import SandboxError

ansible = utils.run_ansible_playbook
"""Plays a playbook with Ansible, as the client does."""


def play(players):
    """Replaces playbooks by functions in this process.

    Args:
        players: {file name of the playbook: function}; the function gets the client's keyword arguments.
    """

    def run(playbook, inventory, workdir, playbook_dir=None, **options):
        name = os.path.basename(playbook)
        if name not in players:
            return ansible(playbook, inventory, workdir, playbook_dir=playbook_dir, **options)
        path = playbook if os.path.isabs(playbook) else os.path.join(playbook_dir or workdir, playbook)
        if not os.path.exists(path):
            # The client's own message.
            raise RuntimeError(f"No such playbook: {path}")
        try:
            return players[name](inventory=inventory, workdir=workdir, playbook_dir=playbook_dir, **options)
        except SandboxError as error:
            # The client reports this kind of error without a traceback.
            raise exceptions.DeploymentError(str(error)) from None

    utils.run_ansible_playbook = run

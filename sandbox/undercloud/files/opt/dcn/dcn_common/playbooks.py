"""Which of TripleO's playbooks are played by functions instead of Ansible."""

import os

from tripleoclient import exceptions, utils

from dcn_common.errors import SandboxError

ansible = utils.run_ansible_playbook
"""Runs a playbook as the client does."""


def play(players):
    """From now on playbooks of these names are played by functions: name -> function(**arguments of the
    client).
    """

    def run(playbook, inventory, workdir, playbook_dir=None, **options):
        name = os.path.basename(playbook)
        if name not in players:
            return ansible(playbook, inventory, workdir, playbook_dir=playbook_dir, **options)
        path = playbook if os.path.isabs(playbook) else os.path.join(playbook_dir or workdir, playbook)
        if not os.path.exists(path):
            # the client's own words
            raise RuntimeError(f"No such playbook: {path}")
        try:
            return players[name](inventory=inventory, workdir=workdir, playbook_dir=playbook_dir, **options)
        except SandboxError as error:
            # a kind of error that the client reports without a traceback
            raise exceptions.DeploymentError(str(error)) from None

    utils.run_ansible_playbook = run

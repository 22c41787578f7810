"""Which of TripleO's playbooks are played by this package instead of Ansible."""

import os

from tripleoclient import utils

_ansible = utils.run_ansible_playbook


def play(players):
    """From now on playbooks of these names are played by functions: name -> function(**arguments of the client)."""

    def run(playbook, inventory, workdir, playbook_dir=None, **options):
        name = os.path.basename(playbook)
        if name not in players:
            return _ansible(playbook, inventory, workdir, playbook_dir=playbook_dir, **options)
        path = playbook if os.path.isabs(playbook) else os.path.join(playbook_dir or workdir, playbook)
        if not os.path.exists(path):
            # the client's own words
            raise RuntimeError(f"No such playbook: {path}")
        return players[name](inventory=inventory, workdir=workdir, playbook_dir=playbook_dir, **options)

    utils.run_ansible_playbook = run

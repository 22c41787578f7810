#!/opt/tripleo/bin/python
"""`openstack`, with a configuration phase that ends after the plays of TripleO that run on hosts of the
sandbox (plays.json).

usage: plays.py WORD…    the words of `openstack overcloud deploy --config-download-only …` after `openstack`
"""

import importlib.machinery
import importlib.util
import sys

sys.path.insert(0, "/opt/dcn")
from dcn_common import deploy, plays

OPENSTACK = "/usr/local/bin/openstack"

_players = deploy.DeployOvercloud.players


def players(command):
    return {**_players(command), "deploy_steps_playbook.yaml": plays.play}


deploy.DeployOvercloud.players = players
loader = importlib.machinery.SourceFileLoader("program", OPENSTACK)
program = importlib.util.module_from_spec(importlib.util.spec_from_loader("program", loader))
loader.exec_module(program)
sys.exit(program.main())

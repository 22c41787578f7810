"""STAND-IN for the configuration phase: deploy_steps_playbook.yaml without TripleO's container images and
puppet.

It has the same five steps. In each step first the undercloud acts, then all nodes at once. The
config-download directory alone decides which services run on which node with which settings, by the service
names of the node's role and by puppet's data. Each service is a module of services/ with some of these
functions:

    external_deploy_step(step, overcloud, fleet)             acts from the undercloud
    deploy_step(step, overcloud, node) -> [(function, arguments)…]   functions of node/, called in this order
    external_post_deploy(overcloud, fleet)                   acts from the undercloud after the last step

They do nothing in a step, and for a node, that does not concern the service.

With `tripleo: full` Ansible first plays the plays that need neither of the two (plays.py).
"""

import json
import os

from tripleoclient import utils

from dcn_common import plays, services
from dcn_common.errors import SandboxError
from dcn_common.fleet import Fleet
from dcn_common.overcloud import Overcloud
from dcn_common.services import names

STEPS = range(1, 6)
SETTINGS = "/etc/dcn-sandbox.json"


def play(inventory, workdir, playbook_dir, limit_hosts=None, tags=None, **options):
    """Plays deploy_steps_playbook.yaml.

    Args:
        inventory, workdir, options: of the client.
        playbook_dir: the config-download directory.
        limit_hosts, tags: options of the client; refused if they are set.

    Raises:
        SandboxError: a step failed, or an option is not stood in for.
    """
    if limit_hosts or tags:
        raise SandboxError("not stood in for: --limit, --tags")
    with open(SETTINGS) as file:
        settings = json.load(file)
    full = settings["tripleo"] == "full"
    if full:
        plays.play(inventory, workdir, playbook_dir, **options)
    overcloud = Overcloud(playbook_dir, servers=settings["servers"])
    all_nodes = overcloud.directory / "group_vars" / "overcloud.json"
    with os.fdopen(os.open(all_nodes, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(overcloud.all_nodes, file, indent=4, sort_keys=True)
    # Ansible has written /etc/hosts.
    modules = [module for module in services.modules() if not (full and module is names)]
    with Fleet(overcloud.inventory.hosts, utils.get_key(overcloud.stack)) as fleet:
        for step in STEPS:
            fleet.log(f"step {step} of {STEPS[-1]}")
            for module in modules:
                if hasattr(module, "external_deploy_step"):
                    module.external_deploy_step(step, overcloud, fleet)
            fleet.call_each(
                {name: node_calls(modules, step, overcloud, node) for name, node in overcloud.nodes.items()}
            )
        for module in modules:
            if hasattr(module, "external_post_deploy"):
                module.external_post_deploy(overcloud, fleet)


def node_calls(modules, step, overcloud, node):
    """Returns the calls [(function, arguments)…] for a node in a step."""
    return [
        call
        for module in modules
        if hasattr(module, "deploy_step")
        for call in module.deploy_step(step, overcloud, node)
    ]

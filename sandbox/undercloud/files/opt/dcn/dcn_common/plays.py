"""The plays of deploy_steps_playbook.yaml that need neither container images nor puppet. Ansible plays them
as TripleO wrote them. plays.json lists all plays in TripleO's order, with what stops the others here.
"""

import json
import pathlib
import re

import yaml

from dcn_common import playbooks
from dcn_common.errors import SandboxError

PLAYS = {
    entry["play"]: entry.get("stopped")
    for entry in json.loads(pathlib.Path(__file__).with_name("plays.json").read_text())
}
PLAYBOOK = "dcn_plays.yaml"


def play(inventory, workdir, playbook_dir, **options):
    """Plays them on the stack's hosts.

    Args:
        inventory, workdir, options: as the client gives them to deploy_steps_playbook.yaml.
        playbook_dir: the config-download directory.

    Raises:
        SandboxError: TripleO has a play that the list lacks.
    """
    directory = pathlib.Path(playbook_dir)
    whole = yaml.load((directory / "deploy_steps_playbook.yaml").read_text(), yaml.CSafeLoader)
    (directory / PLAYBOOK).write_text(yaml.safe_dump(runnable(whole), sort_keys=False))
    playbooks.ansible(PLAYBOOK, inventory, workdir, playbook_dir=playbook_dir, **options)


def runnable(whole):
    """The plays of a playbook that nothing stops, in its order.

    Raises:
        SandboxError: as play().
    """
    names = [_listed(part) for part in whole]
    unknown = sorted({name for name in names if name not in PLAYS})
    if unknown:
        raise SandboxError(f"plays.json lacks the plays: {', '.join(unknown)}")
    return [part for part, name in zip(whole, names) if PLAYS[name] is None]


def _listed(part):
    """A play's name in the list, which has one entry for the plays of all steps."""
    return part.get("import_playbook") or re.sub(r" \d+$", " N", part["name"])

#!/opt/tripleo/bin/python
"""Prints the parameters that a stack's environment files set and none of its templates declares, as JSON
{undeclared: {parameter: [file…]}}.

usage: undeclared.py STACK FILE…    the environment files of an `overcloud deploy` that has run

Neither the client nor Heat reports them: Heat drops them when it merges environments (environment_util), and
the client warns only of parameters in Heat's answer. Passwords are exempt: the client generates and exports
all of them, whichever services a stack has.
"""

import json
import pathlib
import sys

import yaml
from heatclient.common import template_utils
from tripleo_common import constants as common_constants
from tripleoclient import constants, utils


def main(stack, *paths):
    rendered = pathlib.Path.home() / "overcloud-deploy" / stack / "tripleo-heat-templates"
    registry = str(rendered / constants.DEFAULT_RESOURCE_REGISTRY)
    environments, _ = utils.process_multiple_environments(
        [registry, *paths], str(rendered), constants.TRIPLEO_HEAT_TEMPLATES.rstrip("/"), cleanup=False
    )
    templates, root = template_utils.get_template_contents(template_file=str(rendered / "overcloud.yaml"))
    declared = set(root["parameters"]) | set(common_constants.PASSWORD_PARAMETER_NAMES)
    for text in {**templates, **environments}.values():
        text = text.decode() if isinstance(text, bytes) else text
        if "heat_template_version" in text:
            declared |= set(load(text).get("parameters") or {})
    found = {}
    for path in paths:
        # TripleO's own environment files are read as rendered.
        name = path.replace(constants.TRIPLEO_HEAT_TEMPLATES, f"{rendered}/")
        for parameter in load(pathlib.Path(name).read_text()).get("parameter_defaults") or {}:
            if parameter not in declared:
                found.setdefault(parameter, []).append(path)
    print(json.dumps({"undeclared": found}))


def load(text):
    return yaml.load(text, yaml.CSafeLoader) or {}


if __name__ == "__main__":
    main(*sys.argv[1:])

#!/opt/tripleo/bin/python
"""Parameters that the environment files of a stack set and no template declares which the client sends to
Heat: JSON, name -> files.

undeclared.py STACK FILE…    the files that `overcloud deploy` was given with -e, after it has run

Neither the client nor Heat tells of them: Heat drops them when it merges environments (environment_util), and
what the client warns of is what Heat gives back. Passwords, which the client generates for every stack and
exports to others whatever their services, are not among them.
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
    own = [str(rendered / constants.DEFAULT_RESOURCE_REGISTRY)]
    environments, _ = utils.process_multiple_environments(
        [*own, *paths], str(rendered), constants.TRIPLEO_HEAT_TEMPLATES.rstrip("/"), cleanup=False
    )
    templates, root = template_utils.get_template_contents(template_file=str(rendered / "overcloud.yaml"))
    declared = set(root["parameters"]) | set(common_constants.PASSWORD_PARAMETER_NAMES)
    for text in {**templates, **environments}.values():
        text = text.decode() if isinstance(text, bytes) else text
        if "heat_template_version" in text:
            declared |= set(load(text).get("parameters") or {})
    found = {}
    for path in paths:
        # TripleO's own are rendered, too
        name = path.replace(constants.TRIPLEO_HEAT_TEMPLATES, f"{rendered}/")
        for parameter in load(pathlib.Path(name).read_text()).get("parameter_defaults") or {}:
            if parameter not in declared:
                found.setdefault(parameter, []).append(path)
    print(json.dumps({"undeclared": found}))


def load(text):
    return yaml.load(text, yaml.CSafeLoader) or {}


if __name__ == "__main__":
    main(*sys.argv[1:])

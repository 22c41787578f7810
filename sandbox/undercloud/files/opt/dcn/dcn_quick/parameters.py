"""Parameters that Heat refuses, and such as no template knows.

Validation of a template alone checks no value: the engine does when it creates the nested stack that
declares the parameter, minutes later. An unknown name it ignores silently, and so does the client but for a
warning.
"""

import pathlib
import re

import yaml
from heat.common import exception
from heat.engine import parameters
from heat.engine import template as heat_template
from tripleo_common import constants as common_constants
from tripleoclient import constants

# `ceph deploy` of tripleo-ansible 6.0.0 and `export` of the client 20.0.0 write them for templates that are
# younger than 14.3.0, or these want it of an operator whose Ceph is an external one (ExternalCeph).
WRITTEN_FOR_YOUNGER_TEMPLATES = {
    "ApplyCephConfigOverridesOnUpdate",
    "AuthCloudName",
    "CephadmDefaultContainer",
    "DeployedCeph",
    "ExternalCeph",
}


def refused(context, tree):
    """What Heat says against values of parameter_defaults, by its own parameter types and constraints.

    One line for each parameter that a template of the tree declares and whose value it refuses.
    """
    defaults = tree.env.param_defaults
    faults = {}
    for file in tree.templates:
        for name, schema in heat_template.Template(tree.parse(file)).param_schemata().items():
            if name in defaults and name not in faults:
                reason = _refusal(context, name, schema, defaults[name])
                if reason:
                    faults[name] = f"{reason} (parameter {name} of {_path(file).name})"
    return [faults[name] for name in sorted(faults)]


def _refusal(context, name, schema, value):
    try:
        # not validate(): that one also refuses schemata whose own default does not fit
        parameters.Parameter(name, schema, value)._validate(value, context)
    except (exception.HeatException, ValueError, TypeError) as error:
        return str(error)
    return None


def unknown(tree, environment_files, templates):
    """Parameters that the user's environments set and no template declares; one line for each, with its
    files.

    TripleO's own environments (below `templates`) set some that only other releases know. A parameter that
    a template declares, but one that nothing in this stack uses, is no fault. Passwords are named by the
    client's release.
    """
    setters = {}
    for file in dict.fromkeys(environment_files):
        if pathlib.Path(templates) not in _path(file).parents:
            for name in (yaml.load(tree.files[file], yaml.CSafeLoader) or {}).get("parameter_defaults") or {}:
                setters.setdefault(name, []).append(str(_path(file)))
    generated = re.compile("|".join(constants.UNUSED_PARAMETER_EXCLUDES_RE))
    declared = set(tree.root.parameters).union(
        *(tree.parse(file).get("parameters") or {} for file in tree.templates)
    )
    rest = (
        set(setters)
        - declared
        - set(common_constants.PASSWORD_PARAMETER_NAMES)
        - WRITTEN_FOR_YOUNGER_TEMPLATES
    )
    rest = _declared_nowhere({name for name in rest if not generated.search(name)}, templates)
    return [
        f"Following parameter(s) are defined but not currently used: {name}. No template declares it; "
        f"it is set in {', '.join(setters[name])}"
        for name in sorted(rest)
    ]


def _declared_nowhere(names, templates):
    """Those of the names that no template declares, used in this stack or not."""
    rest = set(names)
    for file in pathlib.Path(templates).rglob("*.yaml") if rest else []:
        text = file.read_text()
        if rest and "heat_template_version" in text:
            rest -= set(re.findall(r"^  (\w+):$", text, re.MULTILINE))
    return rest


def _path(url):
    return pathlib.Path(url.replace("file://", "", 1))

"""Parameters with values that Heat refuses, and parameters that no template declares.

Heat's validation of a template checks no values. Its engine checks a value minutes later, when it creates the
nested stack that declares the parameter. It ignores unknown names; the client only warns of them.
"""

import pathlib
import re

import yaml
from heat.common import exception
from heat.engine import parameters
from heat.engine import template as heat_template
from tripleo_common import constants as common_constants
from tripleoclient import constants

# `ceph deploy` of tripleo-ansible 6.0.0 and `export` of client 20.0.0 write these for templates newer than
# 14.3.0; ExternalCeph is set by operators with an external Ceph, for such templates.
WRITTEN_FOR_NEWER_TEMPLATES = {
    "ApplyCephConfigOverridesOnUpdate",
    "AuthCloudName",
    "CephadmDefaultContainer",
    "DeployedCeph",
    "ExternalCeph",
}


def refused(context, tree):
    """Checks the values of parameter_defaults with Heat's own parameter types and constraints.

    Args:
        context: Heat's request context.
        tree: the Tree of the stack.

    Returns:
        One line per parameter whose value Heat refuses in a template of the tree, sorted by parameter.
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
        # validate() would also refuse schemata with an invalid default.
        parameters.Parameter(name, schema, value)._validate(value, context)
    except (exception.HeatException, ValueError, TypeError) as error:
        return str(error)
    return None


def unknown(tree, environment_files, templates):
    """Finds parameters that the user's environments set and no template declares.

    Exempt are TripleO's own environments (below `templates`), which set some parameters of other releases;
    parameters of templates that this stack does not use; and passwords, whose names come from the client.

    Args:
        tree: the Tree of the stack.
        environment_files: the user's environments and TripleO's own, by the names of tree.files.
        templates: directory of the rendered templates.

    Returns:
        One line per parameter, with the files that set it.
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
    undeclared = (
        set(setters) - declared - set(common_constants.PASSWORD_PARAMETER_NAMES) - WRITTEN_FOR_NEWER_TEMPLATES
    )
    undeclared = _declared_nowhere({name for name in undeclared if not generated.search(name)}, templates)
    return [
        f"Following parameter(s) are defined but not currently used: {name}. No template declares it; "
        f"it is set in {', '.join(setters[name])}"
        for name in sorted(undeclared)
    ]


def _declared_nowhere(names, templates):
    """Returns the names that no template declares, including templates that this stack does not use."""
    rest = set(names)
    for file in pathlib.Path(templates).rglob("*.yaml") if rest else []:
        text = file.read_text()
        if rest and "heat_template_version" in text:
            rest -= set(re.findall(r"^  (\w+):$", text, re.MULTILINE))
    return rest


def _path(url):
    return pathlib.Path(url.replace("file://", "", 1))

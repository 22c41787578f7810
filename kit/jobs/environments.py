"""Environment files of `overcloud deploy`: those of the plan, and those of the operator."""

import os

import documents
from errors import KitError
from files import file_digest, read_yaml
from redact import is_own

_POOL = "take it out, and write ceph: {{ pools: {{ {}: {{ name: … }} }} }} at the site with the cluster"
_RELIED_ON = {
    "GlanceRbdPoolName": ("images", _POOL.format("images")),
    "NovaRbdPoolName": ("vms", _POOL.format("vms")),
    "CinderRbdPoolName": ("volumes", _POOL.format("volumes")),
    "CephClientUserName": (
        "openstack",
        "take it out, and write ceph: { user: … } at the site with the cluster",
    ),
    "CinderRbdExtraPools": ("", "take it out: Cinder has one pool in each cluster"),
}
"""Parameters with the only value that works where the plan does not set them, and the remedy for another."""

_NO_INTERNAL_TLS = (
    "take it out: TLS between services needs host names with a domain, and this version gives addresses"
)
_INTERNAL_TLS = ("EnableInternalTLS", "EnableEtcdInternalTLS")
_TRUE = ("t", "true", "y", "yes", "on", "1")
"""What Heat reads as true (oslo.utils strutils.bool_from_string)."""


def named(commands):
    """Paths of the environment files that commands name."""
    return [path for words in commands for option, path in zip(words, words[1:]) if option == "-e"]


def own_digests(commands):
    """
    sha256 of each of the operator's environment files that commands name, by path. The lab file has only the
    path, so that a later change of the content changes no step.
    """
    return {path: digest for path in set(filter(is_own, named(commands))) if (digest := digest_of(path))}


def digest_of(path):
    """sha256 of a file's content; None if the file cannot be read."""
    try:
        return file_digest(path)
    except OSError:
        return None


def dropped_settings(document):
    """
    A line for each map of the plan, or of an operator's file, from which a deployment would lose settings: of
    two files with the same map, Heat takes the map of the last file whole. Templates since June 2022 merge
    ServiceNetMap, VipSubnetMap, SshServerOptions, ExtraConfig, <Role>Parameters and <Role>ExtraConfig (THT
    overcloud-resource-registry-puppet.j2.yaml, parameter_merge_strategies). With these templates such maps
    get a line, too: the kit does not know which templates the undercloud has.

    Args:
        document: a job's document; its `files` are the plan's environment files.
    """
    directory = document["directory"]
    planned = {os.path.join(directory, name): text for name, text in document["files"].items()}
    faults = []
    for command in document["commands"]:
        paths = [word for option, word in zip(command, command[1:]) if option == "-e"]
        # Files of TripleO and of earlier verbs come before the plan's, the control plane's stores come last.
        start = next((at for at, path in enumerate(paths) if path in planned), len(paths))
        maps = []
        for path in paths[start:]:
            if path in planned:
                maps.append((path, True, _maps(documents.parse(path, planned[path]))))
            elif not path.startswith(directory + os.sep):
                maps.append((path, False, _maps(_read(path))))
        for at, (later, is_ours, after) in enumerate(maps):
            for earlier, was_ours, before in maps[:at]:
                if is_ours != was_ours:
                    faults += _lost(document["job"], earlier, before, later, after)
    return faults


def unusable_settings(document):
    """
    A line for each setting of an operator's file that cannot work: names of pools and of Ceph's user that the
    plan and the kit do not know, TLS between services (model/labfile/checks/parameters.ts refuses them among
    the parameters of a site). What a later file of the plan sets counts instead.

    Args:
        document: as in `dropped_settings`.
    """
    directory = document["directory"]
    planned = {os.path.join(directory, name): text for name, text in document["files"].items()}
    faults = []
    for command in document["commands"]:
        later = set()
        for path in reversed(named([command])):
            if path in planned:
                later |= {place for place, _ in _flat(documents.parse(path, planned[path]))}
            elif is_own(path):
                for place, value in _flat(_read(path)):
                    remedy = None if place in later else _remedy(place[-1], value)
                    if remedy:
                        setting = f"{place[-1]}: {value}"
                        faults.append(f"{document['job']}: {path} has {setting}, which cannot work: {remedy}")
    return faults[::-1]


def _flat(content):
    """The parameters of an environment file, also those of one role: pairs of place and value."""
    for name, value in _parameters(content).items():
        yield (name,), value
        if name.endswith("Parameters") and isinstance(value, dict):
            yield from (((name, inner), of_role) for inner, of_role in value.items())


def _remedy(name, value):
    """What to do in place of a setting that cannot work; None: it can."""
    if name in _INTERNAL_TLS and str(value).strip().lower() in _TRUE:
        return _NO_INTERNAL_TLS
    usual, remedy = _RELIED_ON.get(name, (value, None))
    return None if value == usual or not value else remedy


def _lost(job, earlier, before, later, after):
    for name in sorted(set(before) & set(after)):
        lost = sorted(before[name] - after[name])
        if lost:
            yield (
                f"{job}: {name} in {later} replaces {name} in {earlier} and lacks {', '.join(lost)}: write "
                f"{name} only under `parameters` of the site in the lab file, to which the plan adds its "
                "settings; or, if it has secrets, only in a file of `environments`, with these settings. The "
                "kit refuses this also where newer templates would merge the maps"
            )


def _read(path):
    """
    The content of an operator's file; {} if there is none: TripleO then says so.

    Raises:
        KitError: the file is no YAML, or its parameters are no mapping of names.
    """
    try:
        content = read_yaml(path)
    except FileNotFoundError:
        return {}
    parameters = _parameters(content)
    if not isinstance(parameters, dict) or not all(isinstance(name, str) for name in parameters):
        raise KitError(f"{path}: parameter_defaults: must be a mapping, with names of parameters; correct it")
    return content


def _parameters(content):
    return content.get("parameter_defaults") or {}


def _maps(content):
    """
    The names of the settings in each map of an environment file, by the map's name. A map in Puppet's data is
    one of independent settings, too: its settings are named in its place.
    """
    parameters = _parameters(content)
    return {
        name: set(_settings(value, name.endswith("ExtraConfig")))
        for name, value in parameters.items()
        if isinstance(value, dict)
    }


def _settings(values, is_deep):
    for name, value in values.items():
        if is_deep and isinstance(value, dict) and value:
            yield from (f"{name}: {inner}" for inner in value)
        else:
            yield str(name)

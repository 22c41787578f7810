"""Uploads the container images of a site's roles to a local registry, before the verbs that need them."""

import os
import subprocess

import yaml

from errors import KitError
from files import SafeLoader, read_yaml, remove, write_private
from output import say

_SERVICE = "OS::TripleO::Services::ContainerImagePrepare"
_NONE = "parameter_defaults: {}\n"


def prepare(environments, roles, output):
    """
    Runs `openstack tripleo container image prepare` for those roles whose deployment does not upload images
    itself: without a Controller, no deployment does. Nothing is uploaded if no file names a local registry.

    Args:
        environments: environment files as `overcloud deploy` gets them, with `ContainerImagePrepare`, which
            may have `push_destination`, and the number of nodes of each role.
        roles: the roles file of the site.
        output: environment file to write, with the names of the images that were uploaded. Later deployments
            use these images; without the file they would take the newest tags, which nobody has uploaded.

    Raises:
        KitError: a file does not exist or has another form, or the command failed.
    """
    if not any([_pushes(path) for path in environments]):
        say("no file has a push_destination: hosts pull container images from the registries of their names")
        write_private(output, _NONE)
        return
    with open(roles, encoding="utf-8") as file:
        wanted = [
            role
            for role in yaml.load(file, Loader=SafeLoader)
            if _SERVICE not in (role.get("ServicesDefault") or [])
        ]
    if not wanted:
        say("the deployment of this site uploads the container images of all its roles itself")
        write_private(output, _NONE)
        return
    chosen = os.path.join(os.path.dirname(output), "image_roles.yaml")
    write_private(chosen, yaml.safe_dump(wanted, sort_keys=False, width=10**6, allow_unicode=True))
    # The command runs as root, and so does not write `output` itself.
    written = f"{output}.new"
    words = ["sudo", "openstack", "tripleo", "container", "image", "prepare"]
    options = [word for path in environments for word in ("-e", path)]
    options += ["-r", chosen, "--output-env-file", written]
    code = subprocess.run([*words, *options], stdin=subprocess.DEVNULL, check=False).returncode
    if code:
        raise KitError(f"`{' '.join(words)} …` exited with {code}")
    with open(written, encoding="utf-8") as file:
        write_private(output, file.read())
    remove(written)


def _pushes(path):
    """Whether an environment file names a local registry for container images of all roles or of one."""
    try:
        parameters = read_yaml(path).get("parameter_defaults") or {}
    except FileNotFoundError:
        raise KitError(
            f"{path} is missing; if it is the file of undercloud.containerPrepare, write it with `openstack "
            "tripleo container image prepare default`"
        ) from None
    return any(
        isinstance(entry, dict) and entry.get("push_destination")
        for name, entries in parameters.items()
        if name.endswith("ContainerImagePrepare") and isinstance(entries, list)
        for entry in entries
    )

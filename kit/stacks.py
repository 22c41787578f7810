"""TripleO's stacks of a lab's sites."""

import os

import documents


def of_command(command):
    """The stack that an argument list deploys or deletes; None for other verbs."""
    if command[:3] == ["openstack", "overcloud", "deploy"] and "--stack" in command[:-1]:
        return command[command.index("--stack") + 1]
    if command[:3] == ["openstack", "overcloud", "delete"]:
        return command[-1]
    return None


def of_site(lab, site):
    """
    The stack of a site's overcloud, from the latest document of its job overcloud-stack. Before that job has
    run: the site's name, which is the default.
    """
    path = os.path.join(lab.jobs, site, "overcloud-stack", "doc.yaml")
    try:
        with open(path, encoding="utf-8") as file:
            document = documents.parse(path, file.read())
    except FileNotFoundError:
        return site
    return next(filter(None, map(of_command, document["commands"])), site)

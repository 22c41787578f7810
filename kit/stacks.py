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


def of_document(document):
    """Stacks on which the commands of a job's document work; exports only read."""
    return {
        value
        for command in document["commands"]
        if command[:2] == ["openstack", "overcloud"] and command[2:3] != ["export"]
        for option, value in zip(command, command[1:])
        if option == "--stack"
    }


def of_site(lab, site):
    """
    The stack of a site's overcloud, from the latest document of its job overcloud-stack. Before that job has
    run: the site's name, which is the default.
    """
    document = overcloud_document(lab, site)
    return next(filter(None, map(of_command, document["commands"])), site) if document else site


def overcloud_document(lab, site):
    """The latest document of a site's job overcloud-stack, from documents.parse; None: it has not run."""
    path = os.path.join(lab.jobs, site, "overcloud-stack", "doc.yaml")
    try:
        with open(path, encoding="utf-8") as file:
            return documents.parse(path, file.read())
    except FileNotFoundError:
        return None

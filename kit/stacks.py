"""TripleO's stacks of a lab's sites."""

import os

import documents
from files import remove, write_private
from lab import CONTROL


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
    document = _overcloud(lab, site)
    return next(filter(None, map(of_command, document["commands"])), site) if document else site


_PUBLIC_CERTIFICATE = "control-plane/public-certificate.pem"
_PUBLIC_CA = "control-plane/public-ca.pem"
"""Files of the lab's certificate and its CA (model/tripleo/paths.ts)."""
_SERVED_CA = "control-plane/served-ca.pem"
"""
The CA that the lab had when overcloud-config last succeeded, which the end points have until that job
succeeds again; empty: a CA of the system.
"""


def has_public_tls(lab):
    """Whether the lab gives the public end points their certificate."""
    document = _overcloud(lab, CONTROL)
    return document is not None and _PUBLIC_CERTIFICATE in (document.get("files") or {})


def public_ca(lab):
    """
    Path of the file with the CA of the control plane's public end points; None: the lab names none, or the
    control plane has not been deployed with one.
    """
    document = _overcloud(lab, CONTROL)
    return lab.path(_PUBLIC_CA) if document and _PUBLIC_CA in (document.get("files") or {}) else None


def served_ca(lab):
    """
    Path of the file with the CA of the last configuration of the control plane that succeeded, which is empty
    for those of the system; None: the end points had no TLS of the lab, or none has succeeded yet.
    """
    path = lab.path(_SERVED_CA)
    return path if os.path.exists(path) else None


def note_served_ca(lab):
    """Notes, after a configuration, of which CA the end points have a certificate now."""
    if not has_public_tls(lab):
        forget_served_ca(lab)
        return
    text, path = "", public_ca(lab)
    if path:
        with open(path, encoding="ascii") as file:
            text = file.read()
    write_private(lab.path(_SERVED_CA), text)


def forget_served_ca(lab):
    """Forgets the CA of a control plane that has ended, or has none."""
    remove(lab.path(_SERVED_CA))


def _overcloud(lab, site):
    """The latest document of a site's job overcloud-stack; None: it has not run."""
    path = os.path.join(lab.jobs, site, "overcloud-stack", "doc.yaml")
    try:
        with open(path, encoding="utf-8") as file:
            return documents.parse(path, file.read())
    except FileNotFoundError:
        return None

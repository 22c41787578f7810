"""The CA of the public end points: that of the lab, and that of the control plane's last configuration."""

import os

import stacks
from files import remove, write_private
from lab import CONTROL

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
    document = stacks.overcloud_document(lab, CONTROL)
    return document is not None and _PUBLIC_CERTIFICATE in (document.get("files") or {})


def of_lab(lab):
    """
    Path of the file with the CA of the control plane's public end points; None: the lab names none, or the
    control plane has not been deployed with one.
    """
    document = stacks.overcloud_document(lab, CONTROL)
    return lab.path(_PUBLIC_CA) if document and _PUBLIC_CA in (document.get("files") or {}) else None


def served(lab):
    """
    Path of the file with the CA of the last configuration of the control plane that succeeded, which is empty
    for those of the system; None: the end points had no TLS of the lab, or none has succeeded yet.
    """
    path = lab.path(_SERVED_CA)
    return path if os.path.exists(path) else None


def note(lab):
    """Notes, after a configuration, of which CA the end points have a certificate now."""
    if not has_public_tls(lab):
        forget(lab)
        return
    text, path = "", of_lab(lab)
    if path:
        with open(path, encoding="ascii") as file:
            text = file.read()
    write_private(lab.path(_SERVED_CA), text)


def forget(lab):
    """Forgets the CA of a control plane that has ended, or has none."""
    remove(lab.path(_SERVED_CA))

"""What the undercloud's Neutron has."""

import json

from errors import KitError
from jobs import shell
from redact import clean

CTLPLANE = "ctlplane"
"""The undercloud's own network."""

_SECONDS = 120


def ask(*words):
    """
    The answer to words of `openstack` that list or show something of the undercloud's Neutron.

    Raises:
        KitError: Neutron does not answer.
    """
    command = ["openstack", *words, "--format", "json"]
    try:
        text = shell.output(command, _SECONDS)
    except KitError as error:
        problem = str(error)
    else:
        try:
            return json.loads(text)
        except ValueError:
            problem = f"answered {clean(text)[:80]!r}, which is not JSON"
    raise KitError(
        f"undercloud: `{' '.join(command)}`: {problem}; does its Neutron answer after `source ~/stackrc`?"
    )

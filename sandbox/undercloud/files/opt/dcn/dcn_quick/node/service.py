"""Units of OpenStack's services, named as TripleO names those of its containers: tripleo_nova_compute."""

import os

from host import put, unit

UNIT = """[Unit]
Description={name}, by the distribution's package
After=network.target

[Service]
User={user}
ExecStart={command}
Restart=always
RestartSec=2
LimitNOFILE=65536
{more}
[Install]
WantedBy=multi-user.target
"""


def note_change(service, changed):
    """Notes, over a deploy that fails in between, that what a service reads has changed."""
    if any(changed):
        put(_note(service), "", quiet=True)


def serve(service, units):
    """Makes the units of a service {name: {user, command, more}} run with what was configured.

    It does not wait for them: they come up side by side, and what they offer is waited for in the end.
    """
    noted = os.path.exists(_note(service))
    for name, given in units.items():
        text = UNIT.format(**{"name": name, "more": "", **given})
        defined = put(f"/etc/systemd/system/tripleo_{name}.service", text)
        unit(f"tripleo_{name}", noted, defined, wait=False)
    if noted:
        os.remove(_note(service))


def _note(service):
    return f"/run/dcn-{service}-changed"

"""Units of OpenStack's services, named as TripleO names the units of its containers: tripleo_nova_compute."""

import os

from host import directory, log, put, run
from ini import render

UNIT = """[Unit]
Description={name}, by the distribution's package
After=network.target {after}

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


def configure(service, options):
    """Writes SERVICE.conf of a service whose user and directories have its name."""
    for path in (f"/var/lib/{service}/lock", f"/var/log/{service}"):
        directory(path, 0o755, service)
    note_change(service, [put(f"/etc/{service}/{service}.conf", render(options), 0o640, "root", service)])


def serve_programs(service, programs):
    """Runs these programs {unit: path} of a service as the user of its name."""
    serve(service, {name: {"user": service, "command": path} for name, path in programs.items()})


def note_change(service, changed):
    """Records that files of a service have changed; the note stays if the deploy fails before the restart."""
    if any(changed):
        put(_note(service), "", quiet=True)


def serve(service, units):
    """Starts the units of a service, and restarts those whose files or definition have changed.

    Does not wait for them: they start side by side, and the last step of a deploy waits for their ports.

    Args:
        units: {name: {user, command, more, after}}; `more`: further lines of the section [Service]; `after`:
            units that start first. Both may be missing.
    """
    texts = {
        f"tripleo_{name}": UNIT.format(**{"name": name, "after": "", "more": "", **given})
        for name, given in units.items()
    }
    defined = [
        name for name, text in texts.items() if put(f"/etc/systemd/system/{name}.service", text, quiet=True)
    ]
    if defined:
        run(["systemctl", "daemon-reload"])
    if os.path.exists(_note(service)):
        wrong = list(texts)
    else:
        states = run(["systemctl", "is-active", *texts], check=False).split()
        wrong = [name for name, state in zip(texts, states) if state != "active" or name in defined]
    if wrong:
        # `restart` also starts a unit that does not run.
        run(["systemctl", "--quiet", "enable", *wrong])
        run(["systemctl", "--no-block", "restart", *wrong])
        log(f"started {', '.join(wrong)}")
    if os.path.exists(_note(service)):
        os.remove(_note(service))


def _note(service):
    return f"/run/dcn-{service}-changed"

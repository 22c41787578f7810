"""The Placement API on this node."""

import service
from host import answers, put, source, wait_for
from ini import render

# One thread a process: see keystone.COMMAND.
COMMAND = (
    "/usr/bin/uwsgi --plugin python3 --http-socket {address}:{port} --mount {path}={program}"
    " --manage-script-name --master --processes 4 --die-on-term --buffer-size 65535"
    ' --disable-logging --add-header "Connection: close"'
)
PROGRAM = "/etc/placement/placement.wsgi"


def configure(options):
    """Writes placement.conf and the WSGI program."""
    changed = [
        put("/etc/placement/placement.conf", render(options), 0o640, "root", "placement"),
        put(PROGRAM, source("placement_wsgi")),
    ]
    service.note_change("placement", changed)


def serve(address, port, path):
    """Runs the API at http://ADDRESS:PORT/PATH."""
    command = COMMAND.format(address=address, port=port, path=path, program=PROGRAM)
    service.serve("placement", {"placement_api": {"user": "placement", "command": command}})


def ready(url):
    """Waits until the API answers."""
    wait_for(f"Placement does not answer on {url}", lambda: answers(url), 120, "tripleo_placement_api")

"""Nova's control services on this node."""

import service
from host import answers, directory, put, wait_for
from ini import render


def configure(options):
    """nova.conf"""
    for path in ("/var/lib/nova/lock", "/var/log/nova"):
        directory(path, 0o755, "nova")
    service.note_change("nova", [put("/etc/nova/nova.conf", render(options), 0o640, "root", "nova")])


def serve(units):
    """{name: program}"""
    service.serve("nova", {name: {"user": "nova", "command": program} for name, program in units.items()})


def ready(url):
    """Waits until the API answers."""
    wait_for(f"nova-api does not answer on {url}", lambda: answers(url), 120, "tripleo_nova_api")

"""Cinder's services on this node."""

import service
from host import answers, directory, put, wait_for
from ini import render


def configure(options):
    """cinder.conf"""
    for path in ("/var/lib/cinder/lock", "/var/log/cinder"):
        directory(path, 0o755, "cinder")
    service.note_change("cinder", [put("/etc/cinder/cinder.conf", render(options), 0o640, "root", "cinder")])


def serve(units):
    """{name: program}"""
    service.serve("cinder", {name: {"user": "cinder", "command": program} for name, program in units.items()})


def ready(url):
    """Waits until the API answers."""
    wait_for(
        f"cinder-api does not answer on {url}",
        lambda: answers(f"{url}healthcheck"),
        120,
        "tripleo_cinder_api",
    )

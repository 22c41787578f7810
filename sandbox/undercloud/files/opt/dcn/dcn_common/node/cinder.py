"""Cinder's services on this node."""

import service
from host import answers, wait_for


def configure(options):
    """Writes cinder.conf."""
    service.configure("cinder", options)


def serve(units):
    """Runs the services {unit: program}."""
    service.serve_programs("cinder", units)


def ready(url):
    """Waits until the API answers."""
    wait_for(
        f"cinder-api does not answer on {url}",
        lambda: answers(f"{url}healthcheck"),
        120,
        "tripleo_cinder_api",
    )

"""Nova's control services on this node."""

import service
from host import answers, wait_for


def configure(options):
    """Writes nova.conf."""
    service.configure("nova", options)


def serve(units):
    """Runs the services {unit: program}."""
    service.serve_programs("nova", units)


def ready(url):
    """Waits until the API answers."""
    wait_for(f"nova-api does not answer on {url}", lambda: answers(url), 120, "tripleo_nova_api")

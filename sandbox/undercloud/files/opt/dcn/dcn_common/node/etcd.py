"""etcd on this node."""

import service
from host import directory, listens, put, wait_for


def serve(options):
    """Runs etcd with these environment variables, of which the cluster's token is secret."""
    directory("/var/lib/etcd", 0o700, "etcd")
    text = "".join(f'{name}="{value}"\n' for name, value in options.items())
    service.note_change("etcd", [put("/etc/default/etcd", text, 0o600)])
    service_lines = "Type=notify\nEnvironmentFile=/etc/default/etcd\n"
    service.serve("etcd", {"etcd": {"user": "etcd", "command": "/usr/bin/etcd", "more": service_lines}})


def ready(address, port):
    """Waits until etcd accepts connections; the members of a new cluster wait for each other."""
    wait_for(f"etcd does not listen on {address}:{port}", lambda: listens(address, port), 120, "tripleo_etcd")

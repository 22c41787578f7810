"""memcached on this node."""

from host import put, unit


def serve(address, port):
    """Runs memcached on this address and on loopback."""
    lines = [
        "-m 64",
        f"-p {port}",
        "-u memcache",
        f"-l 127.0.0.1,{address}",
        "-P /var/run/memcached/memcached.pid",
    ]
    unit("memcached", put("/etc/memcached.conf", "\n".join(lines) + "\n"))

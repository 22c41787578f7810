"""Swift on this node. The module is not named `swift`, because it imports the library of that name."""

import os

from host import answers, directory, once, put, unit, wait_for
from ini import render

SEED = 999
"""The seed of puppet-tripleo, with which every node computes the same rings."""


def configure(sections, rings):
    """Writes swift.conf and builds the rings, {kind: {part_power, replicas, min_part_hours, devices}}."""
    changed = put("/etc/swift/swift.conf", render(sections), 0o640, "root", "swift")
    built = once("swift-rings", [rings], lambda: [_build(kind, **ring) for kind, ring in rings.items()])
    if changed or built:
        for kind in [*rings, "proxy"]:
            put(_changed(kind), "", quiet=True)


def _build(kind, part_power, replicas, min_part_hours, devices):
    from swift.common.ring import RingBuilder

    builder = RingBuilder(part_power, replicas, min_part_hours)
    for device in devices:
        replication = {"replication_ip": device["ip"], "replication_port": device["port"]}
        builder.add_dev({"region": 1, "zone": 1, "weight": 100.0, "meta": "", **device, **replication})
    builder.rebalance(seed=SEED)
    builder.get_ring().save(f"/etc/swift/{kind}.ring.gz")
    os.chmod(f"/etc/swift/{kind}.ring.gz", 0o644)


def configure_storage(servers):
    """Writes the storage servers' configuration, {kind: sections}; creates the directory for their data."""
    for path in ("/srv/node/d1", "/var/cache/swift"):
        directory(path, 0o755, "swift")
    for kind, sections in servers.items():
        _configure(kind, sections)


def configure_proxy(sections):
    """Writes the configuration of the proxy."""
    _configure("proxy", sections)


def _configure(kind, sections):
    if put(f"/etc/swift/{kind}-server.conf", render(sections), 0o640, "root", "swift"):
        put(_changed(kind), "", quiet=True)


def _changed(kind):
    return f"/run/dcn-swift-{kind}-changed"


def serve(kinds):
    """Runs the servers of these kinds."""
    for kind in kinds:
        command = f"/usr/bin/swift-{kind}-server /etc/swift/{kind}-server.conf"
        override = f"/etc/systemd/system/swift-{kind}.service.d/tripleo.conf"
        defined = put(
            override, f"[Service]\nType=simple\nUser=swift\nGroup=swift\nExecStart=\nExecStart={command}\n"
        )
        unit(f"swift-{kind}", os.path.exists(_changed(kind)), defined)
        if os.path.exists(_changed(kind)):
            os.remove(_changed(kind))


def ready(url):
    """Waits until the proxy answers."""
    wait_for(f"Swift does not answer on {url}", lambda: answers(f"{url}/healthcheck"), 120, "swift-proxy")

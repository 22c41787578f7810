"""The disks of this host, and which of them cephadm takes by a drive group: Ceph's own code selects."""

import os
import stat

from ceph.deployment.drive_selection import DriveSelection
from ceph.deployment.hostspec import SpecValidationError
from ceph.deployment.inventory import Device
from ceph.deployment.service_spec import ServiceSpec

from host import Failure

# First bytes of a disk that holds data, databases or logs of an OSD (ceph-volume util/disk.py).
LABEL = b"bluestore block device"


def select(spec):
    """Selects disks as cephadm does; disks that OSDs have already stay selected.

    Args:
        spec: a document of the Ceph spec, of service_type osd.

    Returns:
        {"data": [path…], "db": […], "wal": […]}.

    Raises:
        Failure: the spec is not valid for cephadm, or no disk of this host is selected.
    """
    try:
        group = ServiceSpec.from_json(spec)
        group.validate()
        selection = DriveSelection(group, [_device(path) for path in _paths()])
    except SpecValidationError as error:
        raise Failure(f"osd_spec: {error}") from None
    found = {
        "data": selection.data_devices(),
        "db": selection.db_devices(),
        "wal": selection.wal_devices(),
    }
    for kind, devices in found.items():
        if spec.get(f"{kind}_devices") and not devices:
            raise Failure(f"osd_spec: no disk of this host is one of {kind}_devices: {_shown()}")
    return {kind: [device.path for device in devices] for kind, devices in found.items()}


def _paths():
    """Paths of this host's disks. On a host that runs containers they are links to loop devices."""
    names = sorted(name for name in os.listdir("/dev") if not name.startswith("loop"))
    return [f"/dev/{name}" for name in names if stat.S_ISBLK(os.stat(f"/dev/{name}").st_mode)]


def _device(path):
    """A disk as an entry of cephadm's inventory."""
    with open(path, "rb") as file:
        start = file.read(65536)
    facts = {"rotational": _fact(path, "queue/rotational"), "human_readable_size": _size(path)}
    return Device(path, sys_api=facts, available=not start.strip(b"\0"), ceph_device=start.startswith(LABEL))


def _fact(path, name):
    number = os.stat(path).st_rdev
    with open(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}/{name}") as file:
        return file.read().strip()


def _size(path):
    """The size of a disk as ceph-volume writes it: 20.00 GB for 20 GiB."""
    size, units = int(_fact(path, "size")) * 512, ["B", "KB", "MB", "GB", "TB"]
    while size >= 1024 and len(units) > 1:
        size, units = size / 1024, units[1:]
    return f"{size:.2f} {units[0]}"


def _shown():
    """The disks of this host, for a message."""
    kinds = {"1": "rotating", "0": "not rotating"}
    return ", ".join(f"{path} {kinds[_fact(path, 'queue/rotational')]}" for path in _paths()) or "none"

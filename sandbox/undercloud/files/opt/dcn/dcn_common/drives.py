"""The disks that become OSDs, by the services of OSDs in a Ceph spec."""

from dcn_common.errors import SandboxError

KINDS = ("data", "db", "wal")

# Keys of a drive group for which ceph-volume needs LVM or dm-crypt: the hosts have no device mapper.
WITH_LVM = ("encrypted", "block_db_size", "block_wal_size")


def osd_services(spec):
    """Returns the documents of a Ceph spec that describe OSDs."""
    return [part for part in spec if part.get("service_type") == "osd"]


def selected(fleet, spec):
    """Selects the disks of each service of OSDs.

    Args:
        fleet: the hosts.
        spec: documents of the Ceph spec, with names of hosts that the fleet knows.

    Returns:
        [(document, {host: {"data": [path…], "db": […], "wal": […]}})…].

    Raises:
        SandboxError: a host does not have the disks, or OSDs would need LVM.
    """
    services = osd_services(spec)
    _refuse_lvm(services)
    found = [
        (part, fleet.call({host: ("drives.select", {"spec": part}) for host in part["placement"]["hosts"]}))
        for part in services
    ]
    faults = [
        f"{host}: {len(disks[kind])} of {kind}_devices for {len(disks['data'])} of data_devices: without LVM "
        "each OSD needs one of its own"
        for _, hosts in found
        for host, disks in hosts.items()
        for kind in KINDS[1:]
        if disks[kind] and len(disks[kind]) != len(disks["data"])
    ]
    if faults:
        raise SandboxError("\n".join(faults))
    return found


def with_paths(found):
    """Returns the documents of `selected` with the paths of the disks, one for hosts with the same disks."""
    documents = []
    for part, hosts in found:
        others = {key: value for key, value in part.items() if key not in ("filter_logic", "service_name")}
        groups = {}
        for host, disks in hosts.items():
            groups.setdefault(tuple(tuple(disks[kind]) for kind in KINDS), []).append(host)
        for number, (disks, names) in enumerate(groups.items()):
            paths = {
                f"{kind}_devices": {"paths": list(chosen)} for kind, chosen in zip(KINDS, disks) if chosen
            }
            name = part["service_id"] if number == 0 else f"{part['service_id']}_{names[0]}"
            placement = {"hosts": names}
            documents.append({**others, "service_id": name, "placement": placement, **paths})
    return documents


def _refuse_lvm(services):
    unsupported = [
        f"{part['service_id']}: {key}"
        for part in services
        for key in (*WITH_LVM, "osds_per_device")
        if part.get(key) and not (key == "osds_per_device" and part[key] == 1)
    ]
    if unsupported:
        raise SandboxError(
            f"osd_spec: needs LVM or dm-crypt, which the hosts of the sandbox do not have: "
            f"{', '.join(unsupported)}"
        )

"""nova-compute and libvirt on this node."""

import os
import subprocess
import tempfile

import service
from host import directory, log, put
from ini import render

QEMU = """# a host without its own kernel cannot isolate its servers from one another
user = "root"
group = "root"
security_driver = "none"
cgroup_controllers = []
namespaces = []
remember_owner = 0
dynamic_ownership = 0
"""
LIBVIRTD = """# /etc/machine-id: the firmware has the same UUID on all hosts of a machine
host_uuid_source = "machine-id"
unix_sock_group = "libvirt"
unix_sock_rw_perms = "0770"
auth_unix_rw = "none"
"""
SECRET = """<secret ephemeral='no' private='no'>
  <uuid>{uuid}</uuid>
  <usage type='ceph'><name>client.{user} {uuid}</name></usage>
</secret>
"""
# A boot sector: mov al, 0x31; out 0x501, al (dx). The device at that port ends QEMU with code 2 * 0x31 + 1.
ENDS_ITSELF = bytes.fromhex("b031ba0105ee")
ENDED = 99
# The boot takes a third of a second; where KVM itself is emulated, ten seconds or forever.
SECONDS_TO_BOOT = 3
# A restart of the unit leaves its servers running.
KEEP_SERVERS = "KillMode=process\n"


def configure(options, secret):
    """Writes nova.conf, libvirt's files, and the secret {uuid, user, key} for RBD."""
    for path in ("/var/lib/nova/lock", "/var/lib/nova/instances", "/var/log/nova"):
        directory(path, 0o755, "nova")
    if options["libvirt"]["virt_type"] == "kvm" and not _has_kvm():
        log("no KVM here: QEMU emulates the servers' processors")
        options["libvirt"].update(virt_type="qemu", cpu_mode="none")
    options["DEFAULT"]["reserved_host_memory_mb"] = reserved(
        int(options["DEFAULT"]["reserved_host_memory_mb"]), _memory_mb()
    )
    changed = [
        put("/etc/libvirt/qemu.conf", QEMU),
        put("/etc/libvirt/libvirtd.conf", LIBVIRTD),
        put("/etc/nova/nova.conf", render(options), 0o640, "root", "nova"),
    ]
    # Debian's file overrides nova.conf.
    if os.path.exists("/etc/nova/nova-compute.conf"):
        os.remove("/etc/nova/nova-compute.conf")
    if secret:
        secret_file = f"/etc/libvirt/secrets/{secret['uuid']}"
        directory("/etc/libvirt/secrets", 0o700)
        changed += [
            put(f"{secret_file}.xml", SECRET.format(**secret), 0o600),
            put(f"{secret_file}.base64", secret["key"], 0o600, quiet=True),
        ]
    service.note_change("nova_compute", changed)


def reserved(wanted, total):
    """Returns the MiB of memory that Nova keeps from servers: at most half of the machine's.

    Hosts of the sandbox see the memory of their whole machine, and their OSDs take little of it.

    Args:
        wanted: MiB that TripleO reserves.
        total: MiB of the machine.
    """
    return min(wanted, total // 2)


def _memory_mb():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20


def _has_kvm():
    """Whether a virtual machine boots under KVM on this host: some machines have a /dev/kvm that fails."""
    if not os.path.exists("/dev/kvm"):
        return False
    result = "/var/lib/dcn/kvm"
    if not os.path.exists(result):
        with tempfile.NamedTemporaryFile() as disk:
            disk.write(ENDS_ITSELF.ljust(510, b"\0") + b"\x55\xaa")
            disk.flush()
            command = [
                *(
                    "qemu-system-x86_64",
                    "-machine",
                    "q35,accel=kvm",
                    "-m",
                    "16",
                    "-nodefaults",
                    "-display",
                    "none",
                ),
                *("-drive", f"file={disk.name},format=raw,if=ide", "-device", "isa-debug-exit"),
            ]
            try:
                ended = subprocess.run(command, capture_output=True, timeout=SECONDS_TO_BOOT).returncode
            except subprocess.TimeoutExpired:
                ended = None
        put(result, "yes" if ended == ENDED else "no", quiet=True)
    with open(result) as file:
        return file.read() == "yes"


def serve():
    """Runs virtlogd, which keeps the servers' consoles, libvirtd and nova-compute, in this order."""
    units = {
        "nova_virtlogd": {"user": "root", "command": "/usr/sbin/virtlogd", "more": KEEP_SERVERS},
        "nova_libvirt": {
            "user": "root",
            "command": "/usr/sbin/libvirtd",
            "more": f"Type=notify\n{KEEP_SERVERS}",
            "after": "tripleo_nova_virtlogd.service",
        },
        # If libvirt does not answer, nova-compute disables itself.
        "nova_compute": {
            "user": "nova",
            "command": "/usr/bin/nova-compute",
            "after": "tripleo_nova_libvirt.service",
        },
    }
    service.serve("nova_compute", units)

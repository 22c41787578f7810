"""nova-compute and libvirt on this node."""

import os
import subprocess
import time

import service
from host import directory, log, put
from ini import render

QEMU = """# what a host without its own kernel cannot give each of its servers
user = "root"
group = "root"
security_driver = "none"
cgroup_controllers = []
namespaces = []
remember_owner = 0
dynamic_ownership = 0
"""
LIBVIRTD = """# /etc/machine-id: what the machine's firmware says is the same on all hosts
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
SECONDS_TO_FAIL = 1
# servers live on when their keeper is started anew
KEEP_SERVERS = "KillMode=process\n"


def configure(options, secret):
    """nova.conf, libvirt's own files, and the secret {uuid, user, key} for RBD."""
    for path in ("/var/lib/nova/lock", "/var/lib/nova/instances", "/var/log/nova"):
        directory(path, 0o755, "nova")
    if options["libvirt"]["virt_type"] == "kvm" and not _has_kvm():
        log("no KVM here: QEMU emulates the servers' processors")
        options["libvirt"].update(virt_type="qemu", cpu_mode="none")
    changed = [
        put("/etc/libvirt/qemu.conf", QEMU),
        put("/etc/libvirt/libvirtd.conf", LIBVIRTD),
        put("/etc/nova/nova.conf", render(options), 0o640, "root", "nova"),
    ]
    # by Debian for a host without a nova.conf of its own
    if os.path.exists("/etc/nova/nova-compute.conf"):
        os.remove("/etc/nova/nova-compute.conf")
    if secret:
        place = f"/etc/libvirt/secrets/{secret['uuid']}"
        directory("/etc/libvirt/secrets", 0o700)
        changed += [
            put(f"{place}.xml", SECRET.format(**secret), 0o600),
            put(f"{place}.base64", secret["key"], 0o600, quiet=True),
        ]
    service.note_change("nova_compute", changed)


def _has_kvm():
    """Whether a machine starts under KVM here: some machines have the device, and fail at the first steps."""
    if not os.path.exists("/dev/kvm"):
        return False
    command = [
        "qemu-system-x86_64",
        "-accel",
        "kvm",
        "-m",
        "16",
        "-nodefaults",
        "-display",
        "none",
        "-monitor",
        "stdio",
    ]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as machine:
        time.sleep(SECONDS_TO_FAIL)
        status, _ = machine.communicate(b"info status\nquit\n")
    return b"VM status: running" in status


def serve():
    """libvirtd and what keeps servers' consoles, and nova-compute, which finds them when they are up."""
    units = {
        "nova_virtlogd": {"user": "root", "command": "/usr/sbin/virtlogd", "more": KEEP_SERVERS},
        "nova_libvirt": {"user": "root", "command": "/usr/sbin/libvirtd", "more": KEEP_SERVERS},
        "nova_compute": {"user": "nova", "command": "/usr/bin/nova-compute"},
    }
    service.serve("nova_compute", units)

"""nova-compute with libvirt, on every node of a role with NovaCompute.

From THT's nova-compute-container-puppet.yaml and nova-libvirt-container-puppet.yaml, read as puppet-nova's
compute::libvirt and compute::rbd do. STAND-IN for OVN's metadata agent: servers get a config drive.
"""

from dcn_common.errors import SandboxError
from dcn_common.services.nova import common

RBD = "nova::compute::rbd::libvirt"


def deploy_step(step, overcloud, node):
    if "nova_compute" not in node.services:
        return []
    if step == 3:
        return [("nova_compute.configure", {"options": configuration(node), "secret": secret(node)})]
    # Once the catalog exists: a nova-compute that cannot reach Placement retries only after a minute.
    return [("nova_compute.serve", {})] if step == (5 if overcloud.group("keystone") else 4) else []


def configuration(node):
    """Returns the sections of nova.conf; node/nova_compute.py changes `virt_type` on a host without KVM."""
    sections = common(node)
    sections["DEFAULT"].update(
        {
            "compute_driver": "libvirt.LibvirtDriver",
            "force_config_drive": True,
            "force_raw_images": node.hiera("nova::compute::force_raw_images"),
            "reserved_host_memory_mb": node.hiera("nova::compute::reserved_host_memory"),
            "resume_guests_state_on_host_boot": node.hiera("nova::compute::resume_guests_state_on_host_boot"),
            "sync_power_state_interval": node.hiera("nova::compute::sync_power_state_interval"),
            **{
                # TripleO's 0 means Nova's own default.
                f"{kind}_allocation_ratio": node.hiera(f"nova::{kind}_allocation_ratio") or None
                for kind in ("cpu", "ram", "disk")
            },
        }
    )
    never = node.hiera("nova::workarounds::never_download_image_if_on_rbd")
    return {
        **sections,
        "libvirt": {
            "virt_type": node.hiera("nova::compute::libvirt::virt_type"),
            "cpu_mode": node.hiera("nova::compute::libvirt::cpu_mode"),
            "hw_machine_type": node.hiera("nova::compute::libvirt::hw_machine_type"),
            "num_pcie_ports": node.hiera("nova::compute::libvirt::num_pcie_ports"),
            **_rbd(node),
        },
        "workarounds": {"never_download_image_if_on_rbd": never},
        "vnc": {"enabled": False},
    }


def _rbd(node):
    """Options of the servers' disks, and of the access to RBD for disks and volumes; empty without Ceph."""
    if not node.hiera(f"{RBD}_rbd_user"):
        return {}
    access = {
        "rbd_user": node.hiera(f"{RBD}_rbd_user"),
        "rbd_secret_uuid": node.hiera(f"{RBD}_rbd_secret_uuid"),
        "disk_cachemodes": ",".join(node.hiera("rbd_disk_cachemodes") or []),
    }
    if not node.hiera("nova::compute::rbd::ephemeral_storage"):
        return access
    names = ("pool", "ceph_conf", "glance_store_name", "glance_copy_poll_interval", "glance_copy_timeout")
    images = {f"images_rbd_{name}": node.hiera(f"{RBD}_images_rbd_{name}") for name in names}
    if not images["images_rbd_ceph_conf"]:
        raise SandboxError(
            f"{node.name}: NovaEnableRbdBackend without a Ceph configuration ({RBD}_images_rbd_ceph_conf)"
        )
    return {**access, "images_type": "rbd", **images}


def secret(node):
    """Returns the key with which libvirt opens RBD images: {uuid, key, user}; None without Ceph."""
    key = node.hiera(f"{RBD}_rbd_secret_key")
    if not key:
        return None
    return {"uuid": node.hiera(f"{RBD}_rbd_secret_uuid"), "key": key, "user": node.hiera(f"{RBD}_rbd_user")}

#!/bin/bash
# Makes a new root file system the image of virtual machines. Runs in its chroot after its packages are installed.
set -euo pipefail

# Only the units that a host needs start by themselves: without KVM, every unit slows the boot.
mkdir -p /etc/systemd/system-preset
printf 'enable %s\n' ssh.service dbus.socket systemd-networkd.service cloud-init-local.service cloud-init.service \
  cloud-config.service cloud-final.service >/etc/systemd/system-preset/00-dcn.preset
echo 'disable *' >>/etc/systemd/system-preset/00-dcn.preset
systemctl preset-all 2>/dev/null
systemctl set-default multi-user.target 2>/dev/null

echo 'datasource_list: [ConfigDrive]' >/etc/cloud/cloud.cfg.d/90-dcn.cfg
# cloud-init installs the host key.
mkdir -p /etc/systemd/system/ssh.service.d
printf '[Unit]\nAfter=cloud-init.service\n' >/etc/systemd/system/ssh.service.d/keys.conf
rm -f /etc/ssh/ssh_host_*

# Modules for the root file system; udev loads all others.
sed -i 's/^MODULES=.*/MODULES=list/' /etc/initramfs-tools/initramfs.conf
printf 'virtio_pci\nvirtio_blk\next4\n' >/etc/initramfs-tools/modules
update-initramfs -u

: >/etc/machine-id
rm -f /var/lib/dbus/machine-id /var/lib/systemd/random-seed
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/*.log /var/cache/debconf/*-old

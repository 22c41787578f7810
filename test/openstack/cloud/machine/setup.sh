#!/bin/bash
# Runs inside the new root file system (chroot) once its packages are installed: makes it the image of a virtual machine.
set -euo pipefail

# Nothing of the distribution starts by itself that a host does not need: without KVM all of it takes its time.
mkdir -p /etc/systemd/system-preset
printf 'enable %s\n' ssh.service dbus.socket systemd-networkd.service cloud-init-local.service cloud-init.service \
  cloud-config.service cloud-final.service >/etc/systemd/system-preset/00-dcn.preset
echo 'disable *' >>/etc/systemd/system-preset/00-dcn.preset
systemctl preset-all 2>/dev/null
systemctl set-default multi-user.target 2>/dev/null

echo 'datasource_list: [ConfigDrive]' >/etc/cloud/cloud.cfg.d/90-dcn.cfg
# cloud-init brings the host key.
mkdir -p /etc/systemd/system/ssh.service.d
printf '[Unit]\nAfter=cloud-init.service\n' >/etc/systemd/system/ssh.service.d/keys.conf
rm -f /etc/ssh/ssh_host_*

# What is needed to reach the root file system, udev loads the rest.
sed -i 's/^MODULES=.*/MODULES=list/' /etc/initramfs-tools/initramfs.conf
printf 'virtio_pci\nvirtio_blk\next4\n' >/etc/initramfs-tools/modules
update-initramfs -u

: >/etc/machine-id
rm -f /var/lib/dbus/machine-id /var/lib/systemd/random-seed
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/*.log /var/cache/debconf/*-old

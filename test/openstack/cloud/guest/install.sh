#!/bin/bash
# Makes a host of the sandbox an image of the test cloud. Runs in the layer's chroot after the packages are installed.
set -euo pipefail
rm -f /usr/sbin/init
cp -r files/. /
chown -R root: /usr/sbin/init /usr/local/sbin/dcn-disk-links /etc/cloud /etc/systemd/system
rm -f /etc/systemd/system/systemd-networkd.service
systemctl enable systemd-networkd.service cloud-init-local.service cloud-init.service cloud-config.service \
  cloud-final.service dcn-disk-links.service ssh.service 2>/dev/null

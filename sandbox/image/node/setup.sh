#!/bin/bash
# Runs inside the new root file system (chroot) once its packages are installed: makes it the image of a host.
# What differs from host to host (keys, names, identity) is not made here but at a host's creation.
set -euo pipefail

# Nothing starts by itself except what a fresh, pre-provisioned node runs; services are enabled by whoever deploys them.
mkdir -p /etc/systemd/system-preset
printf 'enable ssh.service\nenable dbus.socket\ndisable *\n' >/etc/systemd/system-preset/00-dcn.preset
systemctl preset-all 2>/dev/null
systemctl set-default multi-user.target 2>/dev/null

# Units that have no meaning in a host without its own kernel, clock or consoles, or that would work at night.
masked=(
  systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udev-trigger.service
  systemd-udev-settle.service systemd-networkd.service systemd-resolved.service systemd-timesyncd.service
  systemd-firstboot.service systemd-remount-fs.service systemd-modules-load.service systemd-sysctl.service
  systemd-update-utmp.service systemd-journal-flush.service systemd-pstore.service systemd-logind.service
  systemd-machine-id-commit.service systemd-random-seed.service systemd-binfmt.service
  systemd-journald-audit.socket getty.target console-getty.service
  e2scrub_reap.service e2scrub_all.timer apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer
  man-db.timer fstrim.timer logrotate.timer systemd-tmpfiles-clean.timer
  sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount sys-fs-fuse-connections.mount
  dev-hugepages.mount dev-mqueue.mount proc-sys-fs-binfmt_misc.automount
)
for unit in "${masked[@]}"; do ln -sf /dev/null "/etc/systemd/system/$unit"; done

mkdir -p /etc/systemd/journald.conf.d
printf '[Journal]\nStorage=volatile\nRuntimeMaxUse=16M\n' >/etc/systemd/journald.conf.d/dcn.conf

# UsePAM: without it sshd refuses accounts without a password ("locked"), such as those TripleO's playbooks create.
rm -f /etc/ssh/ssh_host_*
cat >/etc/ssh/sshd_config <<'SSHD'
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin no
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM yes
UseDNS no
PrintMotd no
AcceptEnv LANG LC_*
MaxStartups 100:30:200
MaxSessions 100
Subsystem sftp /usr/lib/openssh/sftp-server
SSHD

# tooz gives etcd3gw.client() the path of the API, which this release of etcd3gw takes in its class only.
printf '\n\nclient = Etcd3Client\n' >>/usr/lib/python3/dist-packages/etcd3gw/client.py

# What the packages made for one machine only: each host gets its own.
: >/etc/machine-id
rm -f /var/lib/dbus/machine-id /var/lib/systemd/random-seed
rm -rf /var/lib/mysql/* /var/lib/{glance,nova,neutron,cinder,placement}/*.sqlite /var/lib/keystone/*.db
rm -rf /etc/ssl/private/ssl-cert-snakeoil.key /var/lib/rabbitmq/.erlang.cookie /var/lib/rabbitmq/mnesia

# Traces of the build: the machine's own package configuration is no part of the image.
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/*.log /var/cache/debconf/*-old

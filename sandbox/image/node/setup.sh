#!/bin/bash
# Makes a new root file system the image of hosts. Runs in its chroot after its packages are installed. Files that differ from
# host to host (keys, names, identity) are written when a host is created.
set -euo pipefail

# Only the units of a fresh, pre-provisioned node start by themselves; a deployment enables its services.
mkdir -p /etc/systemd/system-preset
printf 'enable ssh.service\nenable dbus.socket\ndisable *\n' >/etc/systemd/system-preset/00-dcn.preset
systemctl preset-all 2>/dev/null
systemctl set-default multi-user.target 2>/dev/null

# Units without a purpose in a host that has no kernel, clock or consoles of its own, and timers of maintenance jobs.
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

# tooz passes the path of the API to etcd3gw.client(); in this release of etcd3gw only the class has that argument.
printf '\n\nclient = Etcd3Client\n' >>/usr/lib/python3/dist-packages/etcd3gw/client.py

# Files that packages have created for one machine: each host gets its own.
: >/etc/machine-id
rm -f /var/lib/dbus/machine-id /var/lib/systemd/random-seed
rm -rf /var/lib/mysql/* /var/lib/{glance,nova,neutron,cinder,placement}/*.sqlite /var/lib/keystone/*.db
rm -rf /etc/ssl/private/ssl-cert-snakeoil.key /var/lib/rabbitmq/.erlang.cookie /var/lib/rabbitmq/mnesia

# Traces of the build and of the machine's package configuration.
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/*.log /var/cache/debconf/*-old

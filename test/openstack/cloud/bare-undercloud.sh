#!/bin/bash
# Sets up an undercloud without services (the deployment's account, TripleO's client, an SSH server), and becomes its SSH server.
# Runs in separate namespaces for mounts, host name and processes.
# usage: bare-undercloud.sh DIRECTORY LAYERS ADDRESS AUTHORIZED
#   DIRECTORY: has upper, work and root; LAYERS: overlayfs' lowerdir; AUTHORIZED: a line of authorized_keys
set -euo pipefail
directory=$1 layers=$2 address=$3 authorized=$4
root=$directory/root home=$directory/root/home/stack
mount -t overlay undercloud -o "lowerdir=$layers,upperdir=$directory/upper,workdir=$directory/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mkdir -p "$root/run/sshd"
hostname undercloud
printf '127.0.0.1 localhost\n%s undercloud\n' "$address" >"$root/etc/hosts"
chroot "$root" useradd --create-home --shell /bin/bash --password '*' stack
echo 'stack ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/stack"
mkdir -m 700 "$home/.ssh"
echo "$authorized" >"$home/.ssh/authorized_keys"
ssh-keygen -q -t rsa -b 3072 -m PEM -N '' -C stack@undercloud -f "$home/.ssh/id_rsa"
# Empty: the undercloud has no services to connect to.
touch "$home/stackrc"
chroot "$root" chown --recursive stack: /home/stack
exec chroot "$root" /usr/sbin/sshd -D -e

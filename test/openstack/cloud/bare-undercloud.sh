#!/bin/bash
# Becomes an undercloud without its services: the account that deploys, TripleO's client, an SSH server. In namespaces of
# its own for mounts, names and processes. usage: bare-undercloud.sh DIRECTORY LAYERS ADDRESS AUTHORIZED
#   DIRECTORY with upper, work and root; LAYERS overlayfs' lowerdir; AUTHORIZED line of authorized_keys
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
# There is no cloud of its own that it would have to say.
touch "$home/stackrc"
chroot "$root" chown --recursive stack: /home/stack
exec chroot "$root" /usr/sbin/sshd -D -e

#!/bin/bash
# Makes a folder the root of the mount namespace that this runs in, and becomes the test cloud there.
# usage: enter.sh DIRECTORY LAYERS HYPERVISOR LAYER…
#   DIRECTORY the cloud's: upper, work, root, state; LAYERS overlayfs' lowerdir of its host; LAYER directories that images
#   of the cloud may name by their last name
set -euo pipefail
directory=$1 layers=$2 hypervisor=$3
shift 3
root=$directory/root
mount -t overlay cloud -o "lowerdir=$layers,upperdir=$directory/upper,workdir=$directory/work" "$root"
# its own, which shows the network devices of its own namespace
mount -t sysfs sysfs "$root/sys"
mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
mount -t tmpfs run "$root/run"
mount -t tmpfs tmp "$root/tmp"
mkdir -p "$root/srv/cloud" "$root/srv/layers" "$root/.old"
mount --bind "$directory/state" "$root/srv/cloud"
for layer in "$@"; do
  mkdir -p "$root/srv/layers/${layer##*/}"
  mount --bind -o ro "$layer" "$root/srv/layers/${layer##*/}"
done
cd "$root"
pivot_root . .old
mount -t proc proc /proc
cd /
umount --lazy /.old
exec /usr/local/sbin/cloud-run "$hypervisor"

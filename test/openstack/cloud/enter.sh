#!/bin/bash
# Makes a folder the root of this script's mount namespace, and becomes the first process of the test cloud.
# usage: enter.sh DIRECTORY LAYERS HYPERVISOR LAYER…
#   DIRECTORY: has upper, work, root and state; LAYERS: overlayfs' lowerdir of the cloud's host; LAYER: directory that images of
#   the cloud may list by the last part of its path
set -euo pipefail
directory=$1 layers=$2 hypervisor=$3
shift 3
root=$directory/root
mount -t overlay cloud -o "lowerdir=$layers,upperdir=$directory/upper,workdir=$directory/work" "$root"
# a new sysfs shows the network devices of this namespace
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

#!/bin/bash
# Makes a container image of a root file system: the only image of a podman storage that hosts read. Runs in a mount namespace
# that the caller has unshared.
# usage: import.sh LOWER SCRATCH STORAGE IMAGE
#   LOWER overlayfs `lowerdir` of the root, SCRATCH an empty folder beside it, STORAGE the folder to fill
set -euo pipefail
lower=$1 scratch=$2 storage=$3 image=$4

mkdir -p "$scratch"/{root,upper,work}
# podman refuses a long path for its run directory
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/root"
podman=(podman --root "$storage" --runroot "$run/run" --tmpdir "$run/tmp" --storage-driver overlay
  --cgroup-manager cgroupfs --events-backend none --runtime runc)
# `cephadm shell` looks for an image with this label; ceph-volume by default ignores loop devices, which the disks of hosts are
changes=(--change 'LABEL ceph=True' --change 'ENV CEPH_VOLUME_ALLOW_LOOP_DEVICES=true'
  --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' --change 'CMD ["/bin/bash"]')
echo "== container image $image"
tar -C "$scratch/root" --numeric-owner -cf - . | "${podman[@]}" import --quiet "${changes[@]}" - "$image"
umount "$storage/overlay" 2>/dev/null || true

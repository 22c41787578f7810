#!/bin/bash
# Removes the parts of a test cloud that outlive its namespaces: loop devices over its files, cgroups of its containers, its
# folder. usage: sweep.sh DIRECTORY
set -euo pipefail
directory=$1
losetup --noheadings --raw --output NAME,BACK-FILE | while read -r device file; do
  # outside the cloud, losetup shows a path in the folder, or the path below a mount that no longer exists
  case $file in
    "$directory"/* | /srv/cloud/*) losetup --detach "$device" ;;
  esac
done
find /sys/fs/cgroup -depth -type d -name '*.libvirt-*' 2>/dev/null | while read -r group; do
  find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
done
rm -rf "$directory"

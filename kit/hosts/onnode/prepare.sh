#!/usr/bin/env bash
# The first part of the script for servers of a cloud, before probe.sh: writes the names of the site's nodes into
# /etc/hosts, and creates links to volumes. A volume's device name depends on the order in which volumes are attached, so
# the links use the volume's id, which udev has for virtio and for SCSI disks.
#
# Arguments: those of probe.sh, then device=volume of each volume. No `set -e`: probe.sh reports what failed here.
set -u

names=$4 volumes=$7
PATH=$PATH:/usr/sbin:/sbin
for entry in $names; do
  line="${entry#*=}"
  line="${line%%,*} ${entry%%=*}"
  grep -qxF "$line" /etc/hosts || {
    sudo -n sed -i -E "/[[:blank:]]${entry%%=*}([[:blank:]]|$)/d" /etc/hosts
    echo "$line" | sudo -n tee -a /etc/hosts >/dev/null
  }
done 2>/dev/null
links=
for entry in $volumes; do
  id=${entry#*=}
  for disk in /dev/disk/by-id/virtio-"${id:0:20}" /dev/disk/by-id/scsi-*_"$id"; do
    [ ! -b "$disk" ] || links+="L+ ${entry%%=*} - - - - $disk"$'\n'
  done
done
file=/etc/tmpfiles.d/glance-dcn.conf
if [ -n "$links" ] && [ "$links" != "$(cat "$file" 2>/dev/null)"$'\n' ]; then
  printf %s "$links" | sudo -n tee "$file" >/dev/null
fi 2>/dev/null
[ ! -e "$file" ] || sudo -n systemd-tmpfiles --create "$file" 2>/dev/null

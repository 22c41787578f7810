#!/usr/bin/env bash
# Prints what a Ceph cluster says of itself, a line of JSON each: its fsid and health, its OSDs, the versions of its daemons. With a
# user as $1, which only the administrator may ask about, also [the user's key and capabilities], or [].
set -euo pipefail

ceph health detail --format json
echo
ceph osd stat --format json
echo
ceph versions --format json
echo
printf '"%s"\n' "$(ceph fsid)"
if [ $# -gt 0 ]; then
  # 2: the cluster has no such user.
  ceph auth get "client.$1" --format json || { [ $? -eq 2 ] && echo '[]'; }
  echo
fi

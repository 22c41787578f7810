#!/usr/bin/env bash
# Prints what a Ceph cluster says of itself, a line of JSON each: its fsid and health, its OSDs, the versions of its daemons. With a
# user as $1, which only the administrator may ask about, also [the user's key and capabilities], or [].
set -euo pipefail

ask() { # ask WORD…: without a monitor that answers, Ceph waits for minutes
  ceph --connect-timeout 15 "$@" --format json || return
  echo
}
ask health detail
ask osd stat
ask versions
printf '"%s"\n' "$(ceph --connect-timeout 15 fsid)"
if [ $# -gt 0 ]; then
  # 2: the cluster has no such user.
  ask auth get "client.$1" || { [ $? -eq 2 ] && echo '[]'; }
fi

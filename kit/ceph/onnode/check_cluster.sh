#!/usr/bin/env bash
# Checks a Ceph cluster as its client: prints a line for each fault. Arguments: the expected fsid, then the expected
# pools, to which the user must be able to write. The image that tests a pool is removed in any case.
set -euo pipefail

fsid=$1
shift
found=$(ceph --connect-timeout 30 fsid) || exit 1
[ "$found" = "$fsid" ] || echo "its fsid is $found, not $fsid; write $found under ceph.existing.fsid"
pools=$(ceph osd pool ls) || exit 1
probe=glance-dcn-probe-$$
for pool in "$@"; do
  if ! grep --quiet --line-regexp --fixed-strings "$pool" <<<"$pools"; then
    echo "has no pool $pool; make it there: ceph osd pool create $pool && rbd pool init $pool"
    continue
  fi
  trap 'rbd rm --no-progress "$pool/$probe" >/dev/null 2>&1 || true' EXIT
  output=$(rbd create --size 1M "$pool/$probe" 2>&1) ||
    echo "its user cannot write to $pool (${output##*$'\n'}); add to its caps: osd 'profile rbd pool=$pool'"
  rbd rm --no-progress "$pool/$probe" >/dev/null 2>&1 || true
done

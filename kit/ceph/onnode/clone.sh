#!/usr/bin/env bash
# Clones the image $1 copy-on-write to vms/$2-clone and copies it in full to vms/$2-copy. Prints how many nanoseconds
# each took, `rbd info` of the clone, and `rbd du` of the clone and of the copy. Removes both in any case, also when the
# connection is lost.
id=$1 clone=vms/$2-clone copy=vms/$2-copy
trap 'rbd rm --no-progress "$clone" >/dev/null 2>&1; rbd rm --no-progress "$copy" >/dev/null 2>&1' EXIT
trap 'exit 1' HUP INT TERM PIPE
set -euo pipefail

t0=$(date +%s%N)
rbd clone "images/$id@snap" "$clone" >&2
t1=$(date +%s%N)
rbd cp --no-progress "images/$id@snap" "$copy" >&2
t2=$(date +%s%N)
echo "$((t1 - t0)) $((t2 - t1))"
rbd info --format json "$clone"
echo
rbd du --format json "$clone" 2>/dev/null
echo
rbd du --format json "$copy" 2>/dev/null
echo

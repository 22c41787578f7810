#!/usr/bin/env bash
# Clones the image $1 of the pool $3 copy-on-write to $2-clone in the pool $4, and copies it in full to $2-copy there.
# Prints lines of JSON: how many nanoseconds each took, `rbd info` of the clone, `rbd du` of the clone and of the copy. Removes both in
# any case, also when the connection is lost.
image=$3/$1@snap clone=$4/$2-clone copy=$4/$2-copy
trap 'rbd rm --no-progress "$clone" >/dev/null 2>&1; rbd rm --no-progress "$copy" >/dev/null 2>&1' EXIT
trap 'exit 1' HUP INT TERM PIPE
set -euo pipefail

# The first call on a host loads programs and finds the cluster, for which the clone would be charged.
rbd info --format json "$image" >/dev/null
t0=$(date +%s%N)
rbd clone "$image" "$clone" >&2
t1=$(date +%s%N)
rbd cp --no-progress "$image" "$copy" >&2
t2=$(date +%s%N)
echo "[$((t1 - t0)), $((t2 - t1))]"
rbd info --format json "$clone"
echo
rbd du --format json "$clone" 2>/dev/null
echo
rbd du --format json "$copy" 2>/dev/null
echo

#!/usr/bin/env bash
# Standard input: names of images in the pool $1, one a line. Removes them with their snapshots, as far as they are there.
set -euo pipefail

pool=$1
mapfile -t names
for name in "${names[@]}"; do
  code=0
  rbd info --format json "$pool/$name" >/dev/null 2>&1 || code=$?
  # Exit 2 is ENOENT.
  [ "$code" != 2 ] || continue
  [ "$code" = 0 ] || exit "$code"
  rbd snap ls --format json "$pool/$name" | grep -q '"snap"' && {
    rbd snap unprotect "$pool/$name@snap" >&2 || true
    rbd snap rm --no-progress "$pool/$name@snap" >&2
  }
  rbd rm --no-progress "$pool/$name" >&2
done

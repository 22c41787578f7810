#!/usr/bin/env bash
# Removes those images of the pool $1 that proofs of a lab have made, whose names start with $2. Prints the names of the removed
# ones; an image that a program has open stays.
set -euo pipefail

pool=$1 prefix=$2
found=$(rbd ls "$pool")
mapfile -t names <<<"$found"
for name in "${names[@]}"; do
  if [[ $name =~ ^"$prefix"[0-9]{6}-[0-9a-f]{8}-(clone|copy)$ ]] && rbd rm --no-progress "$pool/$name" >&2; then
    echo "$name"
  fi
done

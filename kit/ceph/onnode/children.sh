#!/usr/bin/env bash
# Standard input: ids of images in the pool $1, one a line. Prints a line for each: the id and its clones, as JSON of
# `rbd children`.
set -euo pipefail

pool=$1
mapfile -t ids
for id in "${ids[@]}"; do
  code=0
  found=$(rbd children --all --format json "$pool/$id@snap") || code=$?
  # Exit 2 is ENOENT: the image or its snapshot is not in the pool, so it has no clones; or the cluster has no such pool,
  # and `rbd ls` fails.
  case $code in
    0) ;;
    2)
      rbd ls "$pool" >/dev/null
      found='[]'
      ;;
    *) exit "$code" ;;
  esac
  printf '%s %s\n' "$id" "$found"
done

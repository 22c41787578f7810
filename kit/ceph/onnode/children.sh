#!/usr/bin/env bash
# Standard input: ids of images in the pool $1, one a line. Prints a line for each: the id and its clones, as JSON of
# `rbd children`.
set -euo pipefail

pool=$1
mapfile -t ids
for id in "${ids[@]}"; do
  code=0
  found=$(rbd children --all --format json "$pool/$id@snap") || code=$?
  # Exit 2 is ENOENT: the image or its snapshot is not in this cluster, so it has no clones.
  case $code in 0) ;; 2) found='[]' ;; *) exit "$code" ;; esac
  printf '%s %s\n' "$id" "$found"
done

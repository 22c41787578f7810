#!/usr/bin/env bash
# Prints for each image id of the arguments, in the pool images: the id and its clones, as `rbd children` lists them in JSON.
set -euo pipefail

for id in "$@"; do
  code=0
  found=$(rbd children --all --format json "images/$id@snap") || code=$?
  # Exit 2 is ENOENT: an image without data here, or without its snapshot, has no clones.
  case $code in 0) ;; 2) found='[]' ;; *) exit "$code" ;; esac
  printf '%s %s\n' "$id" "$found"
done

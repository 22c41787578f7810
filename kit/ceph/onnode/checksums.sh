#!/usr/bin/env bash
# Prints for each image id of the arguments, in the pool images: the id and the sha512 of the image's data.
set -euo pipefail

for id in "$@"; do
  sum=$(rbd export --no-progress "images/$id@snap" - | sha512sum) || exit 1
  echo "$id ${sum%% *}"
done

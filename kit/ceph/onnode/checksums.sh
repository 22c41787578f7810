#!/usr/bin/env bash
# Arguments: ids of images in the pool images. Prints a line for each: the id and the sha512 of the image's data.
set -euo pipefail

for id in "$@"; do
  sum=$(rbd export --no-progress "images/$id@snap" - | sha512sum) || exit 1
  echo "$id ${sum%% *}"
done

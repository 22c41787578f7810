#!/usr/bin/env bash
# Standard input: ids of images in the pool images, one a line. Prints a line for each: the id and the sha512 of the
# image's data.
set -euo pipefail

mapfile -t ids
for id in "${ids[@]}"; do
  sum=$(rbd export --no-progress "images/$id@snap" - | sha512sum) || exit 1
  echo "$id ${sum%% *}"
done

#!/usr/bin/env bash
# Standard input: ids of images in the pool $1, one a line. Prints a line for each: the id and the sha512 of the
# image's data.
set -euo pipefail

pool=$1
mapfile -t ids
for id in "${ids[@]}"; do
  sum=$(rbd export --no-progress "$pool/$id@snap" - | sha512sum) || exit 1
  echo "$id ${sum%% *}"
done

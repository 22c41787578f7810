#!/usr/bin/env bash
# Standard input: hosts of a Ceph cluster, one a line: the name, and its buckets in the CRUSH hierarchy as TYPE=NAME. Moves them there,
# and makes buckets that are missing. Prints the hierarchy before and after, a line of JSON each.
set -euo pipefail

mapfile -t hosts
ceph osd tree --format json
echo
for host in "${hosts[@]}"; do
  read -ra words <<<"$host"
  ceph osd crush move "${words[@]}" >&2
done
ceph osd tree --format json

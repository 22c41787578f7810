#!/usr/bin/env bash
# Standard input: settings of a Ceph cluster, one a line: the kind of daemon, the option, the value. Sets them, and prints all
# settings of the cluster as JSON.
set -euo pipefail

mapfile -t settings
for setting in "${settings[@]}"; do
  read -r who option value <<<"$setting"
  ceph config set "$who" "$option" "$value" >&2
done
ceph config dump --format json

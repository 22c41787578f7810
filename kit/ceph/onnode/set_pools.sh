#!/usr/bin/env bash
# Standard input: settings of pools, one a line: the pool, the setting, the value. Makes the CRUSH rule $1 first, if there
# is a $1: the rule places each copy on a different host.
set -euo pipefail

if [ $# -gt 0 ]; then
  ceph osd crush rule create-replicated "$1" default host >&2
fi
mapfile -t settings
for setting in "${settings[@]}"; do
  read -r pool key value <<<"$setting"
  ceph osd pool set "$pool" "$key" "$value" >&2
done

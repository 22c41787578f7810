#!/usr/bin/env bash
# Gives pools the CRUSH rule $1, which places each copy on a different host, and makes the rule if it is missing.
# Arguments: the rule, then the pools.
set -euo pipefail

rule=$1
shift
ceph osd crush rule create-replicated "$rule" default host >&2
for pool in "$@"; do
  ceph osd pool set "$pool" crush_rule "$rule" >&2
done

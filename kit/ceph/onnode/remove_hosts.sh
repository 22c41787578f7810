#!/usr/bin/env bash
# Standard input: what a Ceph cluster keeps of hosts without daemons, one a line: `host NAME` of cephadm, `bucket NAME` of the CRUSH
# hierarchy. Removes these.
set -euo pipefail

mapfile -t entries
for entry in "${entries[@]}"; do
  read -r kind name <<<"$entry"
  case $kind in
    host) ceph orch host rm "$name" >&2 ;;
    bucket) ceph osd crush rm "$name" >&2 ;;
  esac
done

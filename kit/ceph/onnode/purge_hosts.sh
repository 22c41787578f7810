#!/usr/bin/env bash
# Standard input: OSDs that are down, and hosts that are off for good, one a line: `osd ID`, `host NAME`, `bucket NAME` of the CRUSH
# hierarchy. Removes these, and with an OSD the copies that it had. Ceph refuses an OSD that is up, and cephadm a host that it has
# not found to be off: it looks every ten minutes, or when asked.
set -euo pipefail

mapfile -t entries
for entry in "${entries[@]}"; do
  read -r kind name <<<"$entry"
  case $kind in
    osd) ceph osd purge "$name" --yes-i-really-mean-it >&2 ;;
    host)
      ceph cephadm check-host "$name" >/dev/null 2>&1 || true
      ceph orch host rm "$name" --offline --force >&2
      ;;
    bucket) ceph osd crush rm "$name" >&2 ;;
  esac
done

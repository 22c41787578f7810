#!/usr/bin/env bash
# Has cephadm take all daemons from the hosts $@: OSDs once other OSDs have their data. cephadm goes on by itself. Can be repeated.
set -euo pipefail

for host in "$@"; do
  ceph orch host drain "$host" >&2
done

#!/usr/bin/env bash
# Prints the CRUSH rules of a Ceph cluster and its pools, a line of JSON each.
set -euo pipefail

ceph osd crush rule dump --format json
echo
ceph osd pool ls detail --format json
echo

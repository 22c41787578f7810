#!/usr/bin/env bash
# Prints `rbd info` and `rbd du` of the disk $1 (pool/name), a line of JSON each.
set -euo pipefail

rbd info --format json "$1"
echo
rbd du --format json "$1" 2>/dev/null
echo

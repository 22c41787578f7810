#!/usr/bin/env bash
# Prints the CRUSH rules of a Ceph cluster and its pools, a line of JSON each.
set -euo pipefail

ask() { # ask WORD…: without a monitor that answers, Ceph waits for minutes
  ceph --connect-timeout 15 "$@" --format json
  echo
}
ask osd crush rule dump
ask osd pool ls detail

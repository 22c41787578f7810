#!/usr/bin/env bash
# Prints what a Ceph cluster has on its hosts, a line of JSON each: the hierarchy, the use of the OSDs, the pools, the CRUSH rules, the
# monitors, its status, the daemons, cephadm's hosts, the OSDs that cephadm removes, the specifications of cephadm's services.
set -euo pipefail

ask() { # ask WORD…
  ceph "$@" --format json
  echo
}
listed() { # listed WORD…: cephadm says that a list is empty in words, whatever the format
  local text
  text=$(ceph orch "$@" --format json)
  if [[ $text == '['* ]]; then printf '%s\n' "$text"; else echo '[]'; fi
}
ask osd tree
ask osd df
ask osd pool ls detail
ask osd crush rule dump
ask mon dump
ask status
listed ps
listed host ls
listed osd rm status
listed ls --export

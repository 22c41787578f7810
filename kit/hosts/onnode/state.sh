#!/usr/bin/env bash
# Prints the state of this node, a line for each fact, and `seen` at the end. Arguments: the MTU of the storage path and the addresses
# of the monitors at its other end; without arguments the path is not looked at. No `set -e`: a fact that fails must not end the others.
set -u
PATH=$PATH:/usr/sbin:/sbin

size() { # size BYTES: of a packet's data, without the headers of IP and ICMP
  if [[ $address == *:* ]]; then echo $(($1 - 48)); else echo $(($1 - 28)); fi
}
reaches() { # reaches BYTES: whether a packet of this size reaches the address in one piece
  ping -n -q -c 2 -i 0.2 -W 2 -M 'do' -s "$(size "$1")" "$address" >/dev/null 2>&1
}
listens() { # whether a monitor at the address takes connections, of either protocol of Ceph
  local port
  for port in 3300 6789; do
    # shellcheck disable=SC2016 # for the inner shell
    timeout 2 bash -c 'exec 3<>"/dev/tcp/$1/$2"' monitor "$address" "$port" 2>/dev/null && return
  done
  return 1
}
echo "machine $(cat /etc/machine-id 2>/dev/null)"
echo "time $(date +%s.%N)"
df --portability --block-size=1 / /var /var/lib/ceph 2>/dev/null | awk 'NR > 1 && !seen[$6]++ { print "disk", $2, $4, $6 }'
ip -o address show 2>/dev/null | awk '{ sub("/.*", "", $4); print "address", $4 }'
# `ip` prints the route to a single host without /32.
ip -4 route show 2>/dev/null | awk '$2 == "via" { print "route", ($1 ~ /^[0-9.]+$/ ? $1 "/32" : $1), $2, $3 }'
systemctl list-units --state=failed --no-legend --plain | awk '{ print "failed", $1 }'
if [ $# -gt 0 ]; then
  mtu=$1
  path=none
  for address in "${@:2}"; do
    listens || continue
    # Where not even a small packet comes back, a firewall drops ICMP, and nothing is known of the MTU.
    if reaches "$mtu" || ! reaches 576; then path=whole; else path="short $address"; fi
    break
  done
  echo "path $path"
fi
echo seen

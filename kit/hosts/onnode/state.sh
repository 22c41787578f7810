#!/usr/bin/env bash
# Prints the state of this node, a line for each fact, and `seen` at the end. Arguments: an address on the storage path and the MTU
# of that path; without arguments the path is not looked at. No `set -e`: a fact that fails must not end the others.
set -u

size() { # size BYTES: of a packet's data, without the headers of IP and ICMP
  if [[ $address == *:* ]]; then echo $(($1 - 48)); else echo $(($1 - 28)); fi
}
reaches() { # reaches BYTES: whether a packet of this size reaches the address in one piece
  ping -n -q -c 2 -i 0.2 -W 2 -M 'do' -s "$(size "$1")" "$address" >/dev/null 2>&1
}
echo "machine $(cat /etc/machine-id 2>/dev/null)"
echo "time $(date +%s.%N)"
df --portability --block-size=1 / /var /var/lib/ceph 2>/dev/null | awk 'NR > 1 && !seen[$6]++ { print "disk", $2, $4, $6 }'
systemctl list-units --state=failed --no-legend --plain | awk '{ print "failed", $1 }'
if [ $# -gt 0 ]; then
  address=$1
  if reaches "$2"; then
    echo 'path whole'
  elif reaches 576; then
    echo 'path short'
  else
    echo 'path none'
  fi
fi
echo seen

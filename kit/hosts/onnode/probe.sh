#!/usr/bin/env bash
# Checks whether this node meets TripleO's assumptions about pre-provisioned nodes. Prints a line for each fault, then
# `looked` and the machine-id; without that last line the check did not finish.
#
# Arguments: name of the node; its addresses; its OSD devices, or `all` for every blank disk; name=address,address of each node of the site;
# machine-id of the host that the inventory has under this name, or `any` for a host whose site stands; devices that were blank when that host was first checked;
# volumes, for prepare.sh; time servers that TripleO sets on the host; `ceph` for a host that gets daemons of Ceph;
# the name with the domain, where `ceph deploy` gives the host that name; selections of disks, a line for each, with the values of
# SELECTION of document.py and | between them.
# - cephadm compares the node's `hostname` with its name, to which `ceph deploy --tld` appends the domain on the host, too.
# - A host of the inventory was checked as a fresh host when the site's deployment started; by now TripleO may have used
#   its disks. The disks of a fresh host must be blank: cephadm makes no OSD of other disks, and data without a signature
#   may be needed. `ceph deploy` assumes that a host with a cluster's files has been bootstrapped (tripleo-docs
#   features/deployed_server.rst: reinstall hosts before reuse).
# No `set -e`: a failed check must not end the others.
set -u

name=$1 addresses=$2 devices=$3 names=$4 known=$5 accepted=$6 servers=${8-} ceph=${9-} fqdn=${10-} selections=${11-}
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
content() { # content DEVICE: prints the kind of content of a device; nothing if the device is blank
  local found
  found=$(lsblk --noheadings --raw --output TYPE "$1" | tail -n +2 | sort -u | paste -sd,)
  [ -n "$found" ] || found=$(sudo -n wipefs --noheadings --output TYPE "$1" | sort -u | paste -sd,)
  if [ -n "$found" ]; then
    echo "$found"
  elif [ "$(sudo -n head --bytes=65536 "$1" | wc -c)" != 65536 ]; then
    echo 'cannot be read'
  elif [ "$(sudo -n head --bytes=65536 "$1" | tr -d '\0' | wc -c)" != 0 ]; then
    echo 'data without a signature'
  fi
} 2>/dev/null
blank_disks() { # prints the disks without content, such as cephadm takes with `data_devices: {all: true}`
  local disk kind
  while read -r disk; do
    kind=$(lsblk --nodeps --noheadings --raw --output TYPE "$disk")
    # A disk of a sandbox is a loop device of its machine, of which lsblk knows nothing there.
    if [[ " disk loop " == *" ${kind:-loop} "* ]] && [ -z "$(content "$disk")" ]; then
      echo "$disk"
    fi
  done < <(find /dev -maxdepth 1 -type b | sort)
} 2>/dev/null
fact() { # fact DISK FILE: prints what the kernel says of a disk, by the path of ceph-volume's own fact below /sys/block/DISK
  local major minor
  read -r major minor < <(stat --dereference --format="0x%t 0x%T" "$1") &&
    head -n 1 "/sys/dev/block/$((major)):$((minor))/$2" | sed 's/ *$//'
} 2>/dev/null
size_of() { # size_of DISK: prints its size as `ceph-volume inventory` does: 1.82 TB for 2 TB
  awk -v bytes="$(($(fact "$1" size) * 512))" 'BEGIN {
    while (bytes >= 1024 && unit < 4) { bytes /= 1024; unit++ }
    printf "%.2f %s", bytes, substr("B KBMBGBTB", 2 * unit + 1, 2)
  }'
}
has_size() { # has_size SIZE FILTER: whether cephadm takes a disk of a size by the filter; it reads each unit as a power of 1000
  awk -v size="$1" -v filter="$2" '
    function value(text) { return text + 0 == 0 ? 0 : (text + 0) * 1000 ^ index("KMGT", substr(text, match(text, /[KMGT]/), 1)) }
    BEGIN {
      if (split(filter, bound, ":") == 1) exit value(size) != value(filter)
      exit value(size) < value(bound[1]) || (bound[2] != "" && value(size) > value(bound[2]))
    }'
}
takes() { # takes LOGIC ROTATIONAL SIZE MODEL VENDOR DISK: whether a selection of a drive group takes a blank disk
  local disk=$6 passed=0 failed=0
  count() { if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi; }
  [ -z "$2" ] || count [ "$(fact "$disk" queue/rotational)" = "$([ "$2" = true ] && echo 1 || echo 0)" ]
  [ -z "$3" ] || count has_size "$(size_of "$disk")" "$3"
  [ -z "$4" ] || count grep -qF -- "$4" <<<"$(fact "$disk" device/model)"
  [ -z "$5" ] || count grep -qF -- "$5" <<<"$(fact "$disk" device/vendor)"
  if [ "$1" = OR ]; then [ "$passed" -gt 0 ]; else [ "$failed" = 0 ]; fi
}
found_as() { # found_as DISK: prints the properties of a disk that a selection may ask for
  echo "$1: $([ "$(fact "$1" queue/rotational)" = 1 ] || echo 'not ')rotating, $(size_of "$1")," \
    "$(fact "$1" device/vendor) $(fact "$1" device/model)" | tr -s ' ' | sed 's/, $//'
}
identity=$(cat /etc/machine-id 2>/dev/null)
[ "$known" != any ] || known=$identity
[ -n "$identity" ] || echo "has no /etc/machine-id: systemd-machine-id-setup makes one"
[ "$(hostname)" = "$name" ] || [ "$(hostname)" = "${fqdn:-$name}" ] || echo "has the hostname $(hostname): hostnamectl set-hostname $name"
sudo=1
if ! sudo -n true 2>/dev/null; then
  sudo=
  echo "user $(id -un) has no sudo without a password: give it '$(id -un) ALL=(ALL) NOPASSWD: ALL' in" \
    "/etc/sudoers.d"
fi
# A container has the clock of its host.
if [ -z "$servers" ] && ! systemd-detect-virt --container --quiet &&
  [ "$(timedatectl show --property=NTPSynchronized --value 2>/dev/null)" = no ]; then
  echo "has a clock that is not synchronised, which Ceph and Keystone need: give its chronyd time servers that it" \
    "reaches, or write glance-dcn:hosts: { ntpServers: […] } into the lab file"
fi
command -v python3 >/dev/null || echo "has no python3, which Ansible needs: install it"
if [ -n "$ceph" ]; then
  # TripleO calls cephadm with --skip-prepare-host: cephadm installs nothing. In a container chronyd does not start (its unit's
  # ConditionVirtualization); a container has the clock of its host.
  lacking=
  command -v lvcreate >/dev/null || lacking+=' lvm2'
  command -v podman >/dev/null || lacking+=' podman'
  command -v chronyd >/dev/null || systemd-detect-virt --container --quiet || lacking+=' chrony'
  [ -z "$lacking" ] || echo "lacks packages that cephadm needs on a host of a Ceph cluster: dnf install$lacking"
fi
for address in $addresses; do
  ip -o address show | grep -qF " $address/" ||
    echo "does not have address $address: give it to an interface, so that it stays over a restart"
done
if [ "$identity" != "$known" ]; then
  for entry in $names; do
    other=${entry%%=*} planned=${entry#*=}
    found=$(timeout 5 getent ahostsv4 "$other" | cut -d ' ' -f 1 | sort -u)
    if [ -z "$found" ]; then
      echo "does not resolve the name $other: put '${planned%%,*} $other' into its /etc/hosts or the DNS"
    elif ! grep -qxF "${planned//,/$'\n'}" <<<"$found"; then
      echo "resolves the name $other to ${found//$'\n'/, } instead of ${planned%%,*}: correct its" \
        "/etc/hosts or the DNS"
    fi
  done
  for file in /etc/ceph/*.conf; do
    [ ! -e "$file" ] || echo "has $file of an earlier Ceph cluster: reinstall the host"
  done
fi
for device in $devices; do
  if [ "$device" = all ]; then
    [ -z "$sudo" ] || [ "$identity" = "$known" ] || [ -n "$(blank_disks)" ] ||
      echo "has no blank disk for an OSD: add one, or clear a disk whose data nobody needs with sudo wipefs --all DISK and" \
        "sudo dd if=/dev/zero of=DISK bs=1M count=10"
  elif [ ! -b "$device" ]; then
    echo "has no block device $device for an OSD"
  elif [ -n "$sudo" ] && ! { [ "$identity" = "$known" ] && [[ " $accepted " == *" $device "* || " $accepted " == *" all "* ]]; }; then
    found=$(content "$device")
    [ -z "$found" ] ||
      echo "has $device that is not blank ($found): if nothing on it is needed, sudo wipefs --all" \
        "$device and sudo dd if=/dev/zero of=$device bs=1M count=10"
  fi
done
if [ -n "$selections" ] && [ -n "$sudo" ] && [ "$identity" != "$known" ]; then
  left=$(blank_disks)
  while IFS='|' read -r of logic rotational size model vendor limit; do
    taken=0 after=
    for disk in $left; do
      if [ "$taken" -lt "${limit:-1000000}" ] && takes "$logic" "$rotational" "$size" "$model" "$vendor" "$disk"; then
        taken=$((taken + 1))
      else
        after+=" $disk"
      fi
    done
    if [ "$taken" = 0 ]; then
      filters=
      for key in rotational size model vendor; do
        [ -z "${!key}" ] || filters+=" $key: ${!key},"
      done
      filters=${filters# } seen=
      for disk in $left; do
        seen+="${seen:+; }$(found_as "$disk")"
      done
      echo "has no blank disk for $of${filters:+ with ${filters%,}} (blank are: ${seen:-none}): add one, clear a disk whose data" \
        "nobody needs with sudo wipefs --all DISK, or correct the drive group in the lab file"
    fi
    left=$after
  done <<<"$selections"
fi
echo "looked $identity"

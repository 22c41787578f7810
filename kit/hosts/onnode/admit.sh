#!/usr/bin/env bash
# Creates a user on this node as TripleO's role tripleo_create_admin does: with sudo, and with a public key for SSH.
# Arguments: name of the user, the public key.
set -euo pipefail

account=$1 key=$2
id "$account" >/dev/null 2>&1 || sudo -n useradd --create-home --shell /bin/bash --password '*' "$account"
directory=$(getent passwd "$account" | cut -d : -f 6)/.ssh
group=$(id -gn "$account")
echo "$account ALL=(ALL) NOPASSWD: ALL" | sudo -n tee "/etc/sudoers.d/$account" >/dev/null
sudo -n chmod 440 "/etc/sudoers.d/$account"
sudo -n install --directory --mode 700 --owner "$account" --group "$group" "$directory"
sudo -n grep -qsxF "$key" "$directory/authorized_keys" ||
  echo "$key" | sudo -n tee -a "$directory/authorized_keys" >/dev/null
sudo -n chown "$account:$group" "$directory/authorized_keys"
sudo -n chmod 600 "$directory/authorized_keys"
! command -v restorecon >/dev/null || sudo -n restorecon -R "$directory"

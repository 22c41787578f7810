#!/bin/bash
# Prepares a node's root for Ceph in containers by cephadm. Runs as root in its chroot, in this file's directory, after the
# packages are installed.
set -euo pipefail
cd "$(dirname "$0")"
cp -r files/. /

# cephadm refuses a host without a running unit for time synchronization; the hosts' clock is the machine's
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -s ../chrony.service /etc/systemd/system/multi-user.target.wants/chrony.service

# `ceph deploy` expects the undercloud's path of Python on nodes too
mkdir -p /opt/tripleo/bin
for name in python python3; do ln -s /usr/bin/python3 "/opt/tripleo/bin/$name"; done

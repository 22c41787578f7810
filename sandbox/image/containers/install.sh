#!/bin/bash
# Makes a node one on which cephadm runs Ceph in containers; runs as root in its chroot, in the directory that holds this file,
# once the packages are there.
set -euo pipefail
cd "$(dirname "$0")"
cp -r files/. /

# cephadm takes no host without a running unit that keeps the time; the hosts' clock is the machine's
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -s ../chrony.service /etc/systemd/system/multi-user.target.wants/chrony.service

# `ceph deploy` starts ansible-playbook for the nodes with the undercloud's Python, by its path
mkdir -p /opt/tripleo/bin
for name in python python3; do ln -s /usr/bin/python3 "/opt/tripleo/bin/$name"; done

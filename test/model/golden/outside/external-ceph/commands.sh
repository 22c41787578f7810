#!/usr/bin/env bash
# Site external-ceph of lab outside: what its stack runs on the undercloud, in order.
# The files beside it belong into /home/stack/dcn/outside/external-ceph, the project's kit/ into /home/stack/dcn/outside/kit.
set -euo pipefail
cd /home/stack/dcn/outside
# Some of the files that the commands write hold keys and passwords, which users of containers must read.
chmod 700 .
umask 022
# shellcheck source=/dev/null
source /home/stack/stackrc

# ceph-export: what other sites must know of its Ceph cluster; holds a key.
python3 /home/stack/dcn/outside/kit ceph adopt \
  --cluster central \
  --fsid 4b5c8c0a-ff60-454b-a1b4-9747aa737d19 \
  --monitor 192.0.2.11 \
  --monitor 192.0.2.12 \
  --monitor 192.0.2.13 \
  --user openstack \
  --keyring /home/stack/keys/central.client.openstack.keyring \
  --pool images \
  --pool vms \
  --pool volumes \
  --client-conf /home/stack/dcn/outside/external-ceph/central.conf \
  --client-keyring /home/stack/dcn/outside/external-ceph/central.client.openstack.keyring \
  --export /home/stack/dcn/outside/external-ceph/central_ceph_external.yaml
python3 /home/stack/dcn/outside/kit ceph clients \
  --export /home/stack/dcn/outside/external-ceph/central_ceph_external.yaml \
  --parameters /home/stack/dcn/outside/external-ceph/central_ceph_client.yaml \
  --variables /home/stack/dcn/outside/external-ceph/ceph_client.yml

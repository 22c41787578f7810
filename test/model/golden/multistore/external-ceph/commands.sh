#!/usr/bin/env bash
# Site external-ceph of lab multistore: what its stack runs on the undercloud, in order.
# The files beside it belong into /home/stack/dcn/multistore/external-ceph, the project's kit/ into /home/stack/dcn/multistore/kit.
set -euo pipefail
cd /home/stack/dcn/multistore
# Some of the files that the commands write hold keys and passwords, which users of containers must read.
chmod 700 .
umask 022
# shellcheck source=/dev/null
source /home/stack/stackrc

# network-provision: networks and subnets in the Neutron of the undercloud.
openstack overcloud network provision \
  -y \
  --stack external-ceph \
  --output /home/stack/dcn/multistore/external-ceph/deployed-network.yaml \
  /home/stack/dcn/multistore/external-ceph/network_data.yaml

# node-provision: ports, host names and inventory of the nodes, which exist already and answer ssh.
# Needs network-provision.
openstack overcloud node provision \
  -y \
  --stack external-ceph \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  --output /home/stack/dcn/multistore/external-ceph/deployed-metal-external-ceph.yaml \
  /home/stack/dcn/multistore/external-ceph/baremetal_external-ceph.yaml

# roles-generate: the roles of the nodes, on the subnets of this site.
openstack overcloud roles generate -o /home/stack/dcn/multistore/external-ceph/roles.yaml CephAll
python3 /home/stack/dcn/multistore/kit roles subnets \
  --file /home/stack/dcn/multistore/external-ceph/roles.yaml \
  --subnet Storage=storage_external_ceph \
  --subnet StorageMgmt=storage_mgmt_external_ceph

# ceph-deploy: the Ceph cluster.
# Needs network-provision, node-provision, roles-generate.
python3 /home/stack/dcn/multistore/kit ceph keys \
  --variables /home/stack/dcn/multistore/external-ceph/ceph_vars.yaml \
  --clients /home/stack/overcloud-deploy/external-ceph/ceph_client.yml \
  --output /home/stack/dcn/multistore/external-ceph/ceph_vars_with_keys.yaml
openstack overcloud ceph deploy \
  -y \
  --stack external-ceph \
  --cluster central \
  --roles-data /home/stack/dcn/multistore/external-ceph/roles.yaml \
  --network-data /home/stack/dcn/multistore/external-ceph/network_data.yaml \
  --osd-spec /home/stack/dcn/multistore/external-ceph/osd_spec.yaml \
  --skip-ntp \
  --force \
  --ansible-extra-vars /home/stack/dcn/multistore/external-ceph/ceph_vars_with_keys.yaml \
  --output /home/stack/dcn/multistore/external-ceph/deployed-ceph-external-ceph.yaml \
  /home/stack/dcn/multistore/external-ceph/deployed-metal-external-ceph.yaml
python3 /home/stack/dcn/multistore/kit ceph pools \
  --cluster central \
  --site external-ceph \
  --node oc0-ceph-0 \
  --address 10.0.2.30 \
  --pool images,size=3 \
  --pool vms,size=3 \
  --pool volumes,size=3 \
  --over-hosts

# ceph-export: what other sites must know of its Ceph cluster; holds a key.
# Needs ceph-deploy.
mkdir -p /home/stack/overcloud-deploy/external-ceph/cephadm
openstack overcloud export ceph \
  -f \
  --stack external-ceph \
  --output-file /home/stack/dcn/multistore/external-ceph/central_ceph_external.yaml \
  --config-download-dir /home/stack/overcloud-deploy
python3 /home/stack/dcn/multistore/kit ceph clients \
  --export /home/stack/dcn/multistore/external-ceph/central_ceph_external.yaml \
  --parameters /home/stack/dcn/multistore/external-ceph/central_ceph_client.yaml \
  --variables /home/stack/dcn/multistore/external-ceph/ceph_client.yml

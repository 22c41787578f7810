#!/usr/bin/env bash
# Site dcn0 of lab roles: what its stack runs on the undercloud, in order.
# The files beside it belong into /home/stack/dcn/roles/dcn0, the project's kit/ into /home/stack/dcn/roles/kit.
set -euo pipefail
cd /home/stack/dcn/roles
# Some of the files that the commands write hold keys and passwords, which users of containers must read.
chmod 700 .
umask 022
# shellcheck source=/dev/null
source /home/stack/stackrc

# network-provision: networks and subnets in the Neutron of the undercloud.
openstack overcloud network provision \
  -y \
  --stack dcn0 \
  --output /home/stack/dcn/roles/dcn0/deployed-network.yaml \
  /home/stack/dcn/roles/dcn0/network_data.yaml

# vip-provision: virtual addresses.
# Needs network-provision.
openstack overcloud network vip provision \
  -y \
  --stack dcn0 \
  --output /home/stack/dcn/roles/dcn0/deployed-vips-dcn0.yaml \
  /home/stack/dcn/roles/dcn0/vip_data.yaml

# node-provision: ports, host names and inventory of the nodes, which exist already and answer ssh.
# Needs network-provision.
openstack overcloud node provision \
  -y \
  --stack dcn0 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  --output /home/stack/dcn/roles/dcn0/deployed-metal-dcn0.yaml \
  /home/stack/dcn/roles/dcn0/baremetal_dcn0.yaml

# roles-generate: the roles of the nodes, on the subnets of this site.
cp /usr/share/openstack-tripleo-heat-templates/roles/DistributedComputeHCIScaleOut.yaml /home/stack/dcn/roles/dcn0/roles
openstack overcloud roles generate \
  --roles-path /home/stack/dcn/roles/dcn0/roles \
  -o /home/stack/dcn/roles/dcn0/roles.yaml \
  EdgeHCI \
  DistributedComputeHCIScaleOut
python3 /home/stack/dcn/roles/kit roles subnets \
  --file /home/stack/dcn/roles/dcn0/roles.yaml \
  --subnet Storage=storage_dcn0 \
  --subnet StorageMgmt=storage_mgmt_dcn0 \
  --subnet InternalApi=internal_api_dcn0 \
  --subnet Tenant=tenant_dcn0 \
  --subnet DistributedComputeHCIScaleOut/Storage=storage_dcn0_r1 \
  --subnet DistributedComputeHCIScaleOut/StorageMgmt=storage_mgmt_dcn0_r1 \
  --subnet DistributedComputeHCIScaleOut/InternalApi=internal_api_dcn0_r1 \
  --subnet DistributedComputeHCIScaleOut/Tenant=tenant_dcn0_r1

# ceph-deploy: the Ceph cluster.
# Needs network-provision, node-provision, roles-generate.
openstack overcloud ceph deploy \
  -y \
  --stack dcn0 \
  --cluster dcn0 \
  --roles-data /home/stack/dcn/roles/dcn0/roles.yaml \
  --network-data /home/stack/dcn/roles/dcn0/network_data.yaml \
  --osd-spec /home/stack/dcn/roles/dcn0/osd_spec.yaml \
  --config /home/stack/dcn/roles/dcn0/initial-ceph.conf \
  --skip-ntp \
  --output /home/stack/dcn/roles/dcn0/deployed-ceph-dcn0.yaml \
  /home/stack/dcn/roles/dcn0/deployed-metal-dcn0.yaml

# overcloud-stack: what each node is to be, by Heat: only one such step at a time on one undercloud.
# Needs network-provision, vip-provision, node-provision, roles-generate, ceph-deploy, control-plane/control-plane-export.yaml, control-plane/central_ceph_external.yaml.
openstack overcloud deploy \
  -y \
  --templates /usr/share/openstack-tripleo-heat-templates \
  --stack dcn0 \
  -r /home/stack/dcn/roles/dcn0/roles.yaml \
  -n /home/stack/dcn/roles/dcn0/network_data.yaml \
  --timeout 240 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  -e /usr/share/openstack-tripleo-heat-templates/environments/network-environment.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/podman.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/cephadm/cephadm-rbd-only.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/dcn-storage.yaml \
  -e /home/stack/dcn/roles/control-plane/control-plane-export.yaml \
  -e /home/stack/dcn/roles/control-plane/central_ceph_external.yaml \
  -e /home/stack/dcn/roles/dcn0/deployed-ceph-dcn0.yaml \
  -e /home/stack/dcn/roles/dcn0/deployed-vips-dcn0.yaml \
  -e /home/stack/dcn/roles/dcn0/deployed-network.yaml \
  -e /home/stack/dcn/roles/dcn0/deployed-metal-dcn0.yaml \
  -e /home/stack/dcn/roles/dcn0/network.yaml \
  -e /home/stack/dcn/roles/dcn0/nics.yaml \
  -e /home/stack/dcn/roles/dcn0/hosts.yaml \
  -e /home/stack/dcn/roles/dcn0/host-time.yaml \
  -e /home/stack/dcn/roles/dcn0/ceph.yaml \
  -e /home/stack/dcn/roles/dcn0/az.yaml \
  -e /home/stack/dcn/roles/dcn0/glance.yaml \
  --rm-heat \
  --stack-only

# overcloud-config: the nodes made so, by Ansible.
# Needs overcloud-stack.
openstack overcloud deploy \
  -y \
  --templates /usr/share/openstack-tripleo-heat-templates \
  --stack dcn0 \
  -r /home/stack/dcn/roles/dcn0/roles.yaml \
  -n /home/stack/dcn/roles/dcn0/network_data.yaml \
  --timeout 240 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  -e /usr/share/openstack-tripleo-heat-templates/environments/network-environment.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/podman.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/cephadm/cephadm-rbd-only.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/dcn-storage.yaml \
  -e /home/stack/dcn/roles/control-plane/control-plane-export.yaml \
  -e /home/stack/dcn/roles/control-plane/central_ceph_external.yaml \
  -e /home/stack/dcn/roles/dcn0/deployed-ceph-dcn0.yaml \
  -e /home/stack/dcn/roles/dcn0/deployed-vips-dcn0.yaml \
  -e /home/stack/dcn/roles/dcn0/deployed-network.yaml \
  -e /home/stack/dcn/roles/dcn0/deployed-metal-dcn0.yaml \
  -e /home/stack/dcn/roles/dcn0/network.yaml \
  -e /home/stack/dcn/roles/dcn0/nics.yaml \
  -e /home/stack/dcn/roles/dcn0/hosts.yaml \
  -e /home/stack/dcn/roles/dcn0/host-time.yaml \
  -e /home/stack/dcn/roles/dcn0/ceph.yaml \
  -e /home/stack/dcn/roles/dcn0/az.yaml \
  -e /home/stack/dcn/roles/dcn0/glance.yaml \
  --config-download-only
python3 /home/stack/dcn/roles/kit ceph pools \
  --cluster dcn0 \
  --site dcn0 \
  --node edge-0 \
  --address 10.0.16.70 \
  --pool images,size=2 \
  --pool vms,size=2 \
  --pool volumes,size=2 \
  --over-hosts

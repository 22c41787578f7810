#!/usr/bin/env bash
# Site central of lab outside: what its stack runs on the undercloud, in order.
# The files beside it belong into /home/stack/dcn/outside/central, the project's kit/ into /home/stack/dcn/outside/kit.
set -euo pipefail
cd /home/stack/dcn/outside
# Some of the files that the commands write hold keys and passwords, which users of containers must read.
chmod 700 .
umask 022
# shellcheck source=/dev/null
source /home/stack/stackrc

# network-provision: networks and subnets in the Neutron of the undercloud.
openstack overcloud network provision \
  -y \
  --stack central \
  --output /home/stack/dcn/outside/central/deployed-network.yaml \
  /home/stack/dcn/outside/central/network_data.yaml

# vip-provision: virtual addresses.
# Needs network-provision.
openstack overcloud network vip provision \
  -y \
  --stack central \
  --output /home/stack/dcn/outside/central/deployed-vips-central.yaml \
  /home/stack/dcn/outside/central/vip_data.yaml

# node-provision: ports, host names and inventory of the nodes, which exist already and answer ssh.
# Needs network-provision.
openstack overcloud node provision \
  -y \
  --stack central \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  --output /home/stack/dcn/outside/central/deployed-metal-central.yaml \
  /home/stack/dcn/outside/central/baremetal_central.yaml

# roles-generate: the roles of the nodes, on the subnets of this site.
openstack overcloud roles generate -o /home/stack/dcn/outside/central/roles.yaml Compute
python3 /home/stack/dcn/outside/kit roles subnets \
  --file /home/stack/dcn/outside/central/roles.yaml \
  --subnet Storage=storage_central \
  --subnet StorageMgmt=storage_mgmt_central \
  --subnet InternalApi=internal_api_central \
  --subnet Tenant=tenant_central

# overcloud-stack: what each node is to be, by Heat: only one such step at a time on one undercloud.
# Needs network-provision, vip-provision, node-provision, roles-generate, control-plane/control-plane-export.yaml, external-ceph/central_ceph_client.yaml, external-ceph/ceph_client.yml.
openstack overcloud deploy \
  -y \
  --templates /usr/share/openstack-tripleo-heat-templates \
  --stack central \
  -r /home/stack/dcn/outside/central/roles.yaml \
  -n /home/stack/dcn/outside/central/network_data.yaml \
  --timeout 240 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  -e /usr/share/openstack-tripleo-heat-templates/environments/network-environment.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/podman.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/dcn.yaml \
  -e /home/stack/dcn/outside/control-plane/control-plane-export.yaml \
  -e /home/stack/dcn/outside/external-ceph/central_ceph_client.yaml \
  -e /home/stack/dcn/outside/central/deployed-vips-central.yaml \
  -e /home/stack/dcn/outside/central/deployed-network.yaml \
  -e /home/stack/dcn/outside/central/deployed-metal-central.yaml \
  -e /home/stack/dcn/outside/central/network.yaml \
  -e /home/stack/dcn/outside/central/nics.yaml \
  -e /home/stack/dcn/outside/central/neutron.yaml \
  -e /home/stack/dcn/outside/central/hosts.yaml \
  -e /home/stack/dcn/outside/central/host-time.yaml \
  -e /home/stack/dcn/outside/central/external-ceph.yaml \
  -e /home/stack/dcn/outside/central/az.yaml \
  -e /home/stack/dcn/outside/central/glance.yaml \
  --rm-heat \
  --stack-only

# overcloud-config: the nodes made so, by Ansible.
# Needs overcloud-stack.
openstack overcloud deploy \
  -y \
  --templates /usr/share/openstack-tripleo-heat-templates \
  --stack central \
  -r /home/stack/dcn/outside/central/roles.yaml \
  -n /home/stack/dcn/outside/central/network_data.yaml \
  --timeout 240 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  -e /usr/share/openstack-tripleo-heat-templates/environments/network-environment.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/podman.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/dcn.yaml \
  -e /home/stack/dcn/outside/control-plane/control-plane-export.yaml \
  -e /home/stack/dcn/outside/external-ceph/central_ceph_client.yaml \
  -e /home/stack/dcn/outside/central/deployed-vips-central.yaml \
  -e /home/stack/dcn/outside/central/deployed-network.yaml \
  -e /home/stack/dcn/outside/central/deployed-metal-central.yaml \
  -e /home/stack/dcn/outside/central/network.yaml \
  -e /home/stack/dcn/outside/central/nics.yaml \
  -e /home/stack/dcn/outside/central/neutron.yaml \
  -e /home/stack/dcn/outside/central/hosts.yaml \
  -e /home/stack/dcn/outside/central/host-time.yaml \
  -e /home/stack/dcn/outside/central/external-ceph.yaml \
  -e /home/stack/dcn/outside/central/az.yaml \
  -e /home/stack/dcn/outside/central/glance.yaml \
  --config-download-only

#!/usr/bin/env bash
# Site control-plane of lab roles: what its stack runs on the undercloud, in order.
# The files beside it belong into /home/stack/dcn/roles/control-plane, the project's kit/ into /home/stack/dcn/roles/kit.
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
  --stack control-plane \
  --output /home/stack/dcn/roles/control-plane/deployed-network.yaml \
  /home/stack/dcn/roles/control-plane/network_data.yaml

# vip-provision: virtual addresses.
# Needs network-provision.
openstack overcloud network vip provision \
  -y \
  --stack control-plane \
  --output /home/stack/dcn/roles/control-plane/deployed-vips-control-plane.yaml \
  /home/stack/dcn/roles/control-plane/vip_data.yaml

# node-provision: ports, host names and inventory of the nodes, which exist already and answer ssh.
# Needs network-provision.
openstack overcloud node provision \
  -y \
  --stack control-plane \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  --output /home/stack/dcn/roles/control-plane/deployed-metal-control-plane.yaml \
  /home/stack/dcn/roles/control-plane/baremetal_control-plane.yaml

# roles-generate: the roles of the nodes, on the subnets of this site.
cp /usr/share/openstack-tripleo-heat-templates/roles/Compute.yaml /usr/share/openstack-tripleo-heat-templates/roles/CephAll.yaml /usr/share/openstack-tripleo-heat-templates/roles/CephStorage.yaml /home/stack/dcn/roles/control-plane/roles
openstack overcloud roles generate \
  --roles-path /home/stack/dcn/roles/control-plane/roles \
  -o /home/stack/dcn/roles/control-plane/roles.yaml \
  ControlApi \
  DatabaseBus \
  Compute \
  CephAll \
  CephStorage

# ceph-deploy: the Ceph cluster.
# Needs network-provision, node-provision, roles-generate.
openstack overcloud ceph deploy \
  -y \
  --stack control-plane \
  --cluster central \
  --roles-data /home/stack/dcn/roles/control-plane/roles.yaml \
  --network-data /home/stack/dcn/roles/control-plane/network_data.yaml \
  --osd-spec /home/stack/dcn/roles/control-plane/osd_spec.yaml \
  --config /home/stack/dcn/roles/control-plane/initial-ceph.conf \
  --skip-ntp \
  --output /home/stack/dcn/roles/control-plane/deployed-ceph-control-plane.yaml \
  /home/stack/dcn/roles/control-plane/deployed-metal-control-plane.yaml

# overcloud-stack: what each node is to be, by Heat: only one such step at a time on one undercloud.
# Needs network-provision, vip-provision, node-provision, roles-generate, ceph-deploy.
openstack overcloud deploy \
  -y \
  --templates /usr/share/openstack-tripleo-heat-templates \
  --stack control-plane \
  -r /home/stack/dcn/roles/control-plane/roles.yaml \
  -n /home/stack/dcn/roles/control-plane/network_data.yaml \
  --timeout 240 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  -e /usr/share/openstack-tripleo-heat-templates/environments/network-environment.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/podman.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/cephadm/cephadm-rbd-only.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/disable-swift.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/nova-az-config.yaml \
  -e /home/stack/dcn/roles/control-plane/deployed-ceph-control-plane.yaml \
  -e /home/stack/dcn/roles/control-plane/deployed-vips-control-plane.yaml \
  -e /home/stack/dcn/roles/control-plane/deployed-network.yaml \
  -e /home/stack/dcn/roles/control-plane/deployed-metal-control-plane.yaml \
  -e /home/stack/dcn/roles/control-plane/network.yaml \
  -e /home/stack/dcn/roles/control-plane/nics.yaml \
  -e /home/stack/dcn/roles/control-plane/neutron.yaml \
  -e /home/stack/dcn/roles/control-plane/hosts.yaml \
  -e /home/stack/dcn/roles/control-plane/host-time.yaml \
  -e /home/stack/dcn/roles/control-plane/ceph.yaml \
  -e /home/stack/dcn/roles/control-plane/az.yaml \
  -e /home/stack/dcn/roles/control-plane/glance.yaml \
  -e /home/stack/dcn/roles/control-plane/glance-dcn-stores.yaml \
  -e /home/stack/dcn/roles/control-plane/dcn_ceph_external.yaml \
  --rm-heat \
  --stack-only

# overcloud-config: the nodes made so, by Ansible.
# Needs overcloud-stack.
openstack overcloud deploy \
  -y \
  --templates /usr/share/openstack-tripleo-heat-templates \
  --stack control-plane \
  -r /home/stack/dcn/roles/control-plane/roles.yaml \
  -n /home/stack/dcn/roles/control-plane/network_data.yaml \
  --timeout 240 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  -e /usr/share/openstack-tripleo-heat-templates/environments/network-environment.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/podman.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/cephadm/cephadm-rbd-only.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/disable-swift.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/nova-az-config.yaml \
  -e /home/stack/dcn/roles/control-plane/deployed-ceph-control-plane.yaml \
  -e /home/stack/dcn/roles/control-plane/deployed-vips-control-plane.yaml \
  -e /home/stack/dcn/roles/control-plane/deployed-network.yaml \
  -e /home/stack/dcn/roles/control-plane/deployed-metal-control-plane.yaml \
  -e /home/stack/dcn/roles/control-plane/network.yaml \
  -e /home/stack/dcn/roles/control-plane/nics.yaml \
  -e /home/stack/dcn/roles/control-plane/neutron.yaml \
  -e /home/stack/dcn/roles/control-plane/hosts.yaml \
  -e /home/stack/dcn/roles/control-plane/host-time.yaml \
  -e /home/stack/dcn/roles/control-plane/ceph.yaml \
  -e /home/stack/dcn/roles/control-plane/az.yaml \
  -e /home/stack/dcn/roles/control-plane/glance.yaml \
  -e /home/stack/dcn/roles/control-plane/glance-dcn-stores.yaml \
  -e /home/stack/dcn/roles/control-plane/dcn_ceph_external.yaml \
  --config-download-only
python3 /home/stack/dcn/roles/kit ceph pools \
  --cluster central \
  --site control-plane \
  --node monitor-0 \
  --address 10.0.0.30 \
  --pool images,size=2 \
  --pool vms,size=2 \
  --pool volumes,size=2 \
  --over-hosts

# overcloud-export: what other sites must know of the control plane; holds passwords.
# Needs overcloud-config.
openstack overcloud export \
  -f \
  --stack control-plane \
  --output-file /home/stack/dcn/roles/control-plane/control-plane-export.yaml

# ceph-export: what other sites must know of its Ceph cluster; holds a key.
# Needs overcloud-config.
openstack overcloud export ceph \
  -f \
  --stack control-plane \
  --output-file /home/stack/dcn/roles/control-plane/central_ceph_external.yaml

#!/usr/bin/env bash
# Lab roles: the control plane learns the stores of all edge sites, once these stand.
# The kit does the same whenever a site registers or withdraws its store.
set -euo pipefail
cd /home/stack/dcn/roles
# Some of the files that the commands write hold keys and passwords, which users of containers must read.
chmod 700 .
umask 022
# shellcheck source=/dev/null
source /home/stack/stackrc

# The complete list in one file each: of two that set the same parameter only the last counts.
openstack overcloud export ceph \
  -f \
  --stack dcn0 \
  --output-file /home/stack/dcn/roles/control-plane/dcn_ceph_external.yaml
cp /home/stack/dcn/roles/control-plane/registered/glance-dcn-stores.yaml /home/stack/dcn/roles/control-plane/glance-dcn-stores.yaml

# network-provision: networks and subnets in the Neutron of the undercloud.
openstack overcloud network provision \
  -y \
  --stack control-plane \
  --output /home/stack/dcn/roles/control-plane/deployed-network.yaml \
  /home/stack/dcn/roles/control-plane/network_data.yaml

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

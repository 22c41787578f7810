#!/usr/bin/env bash
# Lab wide: the control plane learns the stores of all edge sites, once these stand.
# The kit does the same whenever a site registers or withdraws its store.
set -euo pipefail
cd /home/cloud/dcn/wide
# Some of the files that the commands write hold keys and passwords, which users of containers must read.
chmod 700 .
umask 022
# shellcheck source=/dev/null
source /home/cloud/stackrc

# The complete list in one file each: of two that set the same parameter only the last counts.
openstack overcloud export ceph \
  -f \
  --stack edge-7,dcn3 \
  --output-file /home/cloud/dcn/wide/control-plane/dcn_ceph_external.yaml
cp /home/cloud/dcn/wide/control-plane/registered/glance-dcn-stores.yaml /home/cloud/dcn/wide/control-plane/glance-dcn-stores.yaml

# network-provision: networks and subnets in the Neutron of the undercloud.
openstack overcloud network provision \
  -y \
  --stack control-plane \
  --output /home/cloud/dcn/wide/control-plane/deployed-network.yaml \
  /home/cloud/dcn/wide/control-plane/network_data.yaml

# overcloud-stack: what each node is to be, by Heat: only one such step at a time on one undercloud.
# Needs network-provision, vip-provision, node-provision, roles-generate, container-images, ceph-deploy.
openstack overcloud deploy \
  -y \
  --templates /usr/share/openstack-tripleo-heat-templates \
  --stack control-plane \
  -r /home/cloud/dcn/wide/control-plane/roles.yaml \
  -n /home/cloud/dcn/wide/control-plane/network_data.yaml \
  --timeout 240 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/cloud/.ssh/id_rsa \
  -e /usr/share/openstack-tripleo-heat-templates/environments/network-environment.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/podman.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/cephadm/cephadm-rbd-only.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/disable-swift.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/nova-az-config.yaml \
  -e /home/cloud/containers-prepare-parameter.yaml \
  -e /home/cloud/dcn/wide/control-plane/container-images-control-plane.yaml \
  -e /home/cloud/dcn/wide/control-plane/deployed-ceph-control-plane.yaml \
  -e /home/cloud/dcn/wide/control-plane/deployed-vips-control-plane.yaml \
  -e /home/cloud/dcn/wide/control-plane/deployed-network.yaml \
  -e /home/cloud/dcn/wide/control-plane/deployed-metal-control-plane.yaml \
  -e /home/cloud/dcn/wide/control-plane/network.yaml \
  -e /home/cloud/dcn/wide/control-plane/nics.yaml \
  -e /home/cloud/dcn/wide/control-plane/hosts.yaml \
  -e /home/cloud/dcn/wide/control-plane/ceph.yaml \
  -e /home/cloud/dcn/wide/control-plane/az.yaml \
  -e /home/cloud/dcn/wide/control-plane/glance.yaml \
  -e /home/cloud/dcn/wide/control-plane/glance-dcn-stores.yaml \
  -e /home/cloud/dcn/wide/control-plane/dcn_ceph_external.yaml \
  --rm-heat \
  --stack-only

# overcloud-config: the nodes made so, by Ansible.
# Needs overcloud-stack.
openstack overcloud deploy \
  -y \
  --templates /usr/share/openstack-tripleo-heat-templates \
  --stack control-plane \
  -r /home/cloud/dcn/wide/control-plane/roles.yaml \
  -n /home/cloud/dcn/wide/control-plane/network_data.yaml \
  --timeout 240 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/cloud/.ssh/id_rsa \
  -e /usr/share/openstack-tripleo-heat-templates/environments/network-environment.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/podman.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/cephadm/cephadm-rbd-only.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/disable-swift.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/nova-az-config.yaml \
  -e /home/cloud/containers-prepare-parameter.yaml \
  -e /home/cloud/dcn/wide/control-plane/container-images-control-plane.yaml \
  -e /home/cloud/dcn/wide/control-plane/deployed-ceph-control-plane.yaml \
  -e /home/cloud/dcn/wide/control-plane/deployed-vips-control-plane.yaml \
  -e /home/cloud/dcn/wide/control-plane/deployed-network.yaml \
  -e /home/cloud/dcn/wide/control-plane/deployed-metal-control-plane.yaml \
  -e /home/cloud/dcn/wide/control-plane/network.yaml \
  -e /home/cloud/dcn/wide/control-plane/nics.yaml \
  -e /home/cloud/dcn/wide/control-plane/hosts.yaml \
  -e /home/cloud/dcn/wide/control-plane/ceph.yaml \
  -e /home/cloud/dcn/wide/control-plane/az.yaml \
  -e /home/cloud/dcn/wide/control-plane/glance.yaml \
  -e /home/cloud/dcn/wide/control-plane/glance-dcn-stores.yaml \
  -e /home/cloud/dcn/wide/control-plane/dcn_ceph_external.yaml \
  --config-download-only
python3 /home/cloud/dcn/wide/kit ceph pools \
  --cluster central \
  --site control-plane \
  --node ctl-0 \
  --address 10.0.0.10 \
  --pool images,size=2 \
  --pool vms,size=2 \
  --pool volumes,size=2

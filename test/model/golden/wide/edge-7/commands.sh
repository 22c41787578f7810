#!/usr/bin/env bash
# Site edge-7 of lab wide: what its stack runs on the undercloud, in order.
# The files beside it belong into /home/cloud/dcn/wide/edge-7, the project's kit/ into /home/cloud/dcn/wide/kit.
set -euo pipefail
cd /home/cloud/dcn/wide
# Some of the files that the commands write hold keys and passwords, which users of containers must read.
chmod 700 .
umask 022
# shellcheck source=/dev/null
source /home/cloud/stackrc

# network-provision: networks and subnets in the Neutron of the undercloud.
openstack overcloud network provision \
  -y \
  --stack edge-7 \
  --output /home/cloud/dcn/wide/edge-7/deployed-network.yaml \
  /home/cloud/dcn/wide/edge-7/network_data.yaml

# vip-provision: virtual addresses.
# Needs network-provision.
openstack overcloud network vip provision \
  -y \
  --stack edge-7 \
  --output /home/cloud/dcn/wide/edge-7/deployed-vips-edge-7.yaml \
  /home/cloud/dcn/wide/edge-7/vip_data.yaml

# node-provision: ports, host names and inventory of the nodes, which exist already and answer ssh.
# Needs network-provision.
openstack overcloud node provision \
  -y \
  --stack edge-7 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/cloud/.ssh/id_rsa \
  --output /home/cloud/dcn/wide/edge-7/deployed-metal-edge-7.yaml \
  /home/cloud/dcn/wide/edge-7/baremetal_edge-7.yaml

# roles-generate: the roles of the nodes, on the subnets of this site.
openstack overcloud roles generate \
  -o /home/cloud/dcn/wide/edge-7/roles.yaml \
  DistributedCompute \
  CephAll
python3 /home/cloud/dcn/wide/kit roles subnets \
  --file /home/cloud/dcn/wide/edge-7/roles.yaml \
  --subnet Storage=storage_edge_7 \
  --subnet StorageMgmt=storage_mgmt_edge_7 \
  --subnet InternalApi=internal_api_edge_7 \
  --subnet Tenant=tenant_edge_7

# container-images: the container images of the roles, in the local registry, if the lab has one.
# Needs node-provision, roles-generate.
python3 /home/cloud/dcn/wide/kit containers prepare \
  --environment /home/cloud/containers-prepare-parameter.yaml \
  --environment /home/cloud/dcn/wide/edge-7/deployed-metal-edge-7.yaml \
  --roles /home/cloud/dcn/wide/edge-7/roles.yaml \
  --output /home/cloud/dcn/wide/edge-7/container-images-edge-7.yaml

# ceph-deploy: the Ceph cluster.
# Needs network-provision, node-provision, roles-generate, container-images.
openstack overcloud ceph deploy \
  -y \
  --stack edge-7 \
  --cluster edge7 \
  --roles-data /home/cloud/dcn/wide/edge-7/roles.yaml \
  --network-data /home/cloud/dcn/wide/edge-7/network_data.yaml \
  --osd-spec /home/cloud/dcn/wide/edge-7/osd_spec.yaml \
  --config /home/cloud/dcn/wide/edge-7/initial-ceph.conf \
  --single-host-defaults \
  --ntp-server clock.edge-7.example.org,192.0.2.124 \
  --container-image-prepare /home/cloud/containers-prepare-parameter.yaml \
  --output /home/cloud/dcn/wide/edge-7/deployed-ceph-edge-7.yaml \
  /home/cloud/dcn/wide/edge-7/deployed-metal-edge-7.yaml

# overcloud-stack: what each node is to be, by Heat: only one such step at a time on one undercloud.
# Needs network-provision, vip-provision, node-provision, roles-generate, container-images, ceph-deploy, control-plane/control-plane-export.yaml, control-plane/central_ceph_external.yaml.
openstack overcloud deploy \
  -y \
  --templates /usr/share/openstack-tripleo-heat-templates \
  --stack edge-7 \
  -r /home/cloud/dcn/wide/edge-7/roles.yaml \
  -n /home/cloud/dcn/wide/edge-7/network_data.yaml \
  --timeout 240 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/cloud/.ssh/id_rsa \
  -e /usr/share/openstack-tripleo-heat-templates/environments/network-environment.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/podman.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/cephadm/cephadm-rbd-only.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/dcn-storage.yaml \
  -e /home/cloud/containers-prepare-parameter.yaml \
  -e /home/cloud/dcn/wide/control-plane/control-plane-export.yaml \
  -e /home/cloud/dcn/wide/control-plane/central_ceph_external.yaml \
  -e /home/cloud/dcn/wide/edge-7/container-images-edge-7.yaml \
  -e /home/cloud/dcn/wide/edge-7/deployed-ceph-edge-7.yaml \
  -e /home/cloud/dcn/wide/edge-7/deployed-vips-edge-7.yaml \
  -e /home/cloud/dcn/wide/edge-7/deployed-network.yaml \
  -e /home/cloud/dcn/wide/edge-7/deployed-metal-edge-7.yaml \
  -e /home/cloud/dcn/wide/edge-7/network.yaml \
  -e /home/cloud/dcn/wide/edge-7/nics.yaml \
  -e /home/cloud/dcn/wide/edge-7/hosts.yaml \
  -e /home/cloud/dcn/wide/edge-7/ceph.yaml \
  -e /home/cloud/dcn/wide/edge-7/az.yaml \
  -e /home/cloud/dcn/wide/edge-7/glance.yaml \
  -e /home/cloud/dcn/wide/edge-7/parameters.yaml \
  --rm-heat \
  --stack-only

# overcloud-config: the nodes made so, by Ansible.
# Needs overcloud-stack.
openstack overcloud deploy \
  -y \
  --templates /usr/share/openstack-tripleo-heat-templates \
  --stack edge-7 \
  -r /home/cloud/dcn/wide/edge-7/roles.yaml \
  -n /home/cloud/dcn/wide/edge-7/network_data.yaml \
  --timeout 240 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/cloud/.ssh/id_rsa \
  -e /usr/share/openstack-tripleo-heat-templates/environments/network-environment.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/podman.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/cephadm/cephadm-rbd-only.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/dcn-storage.yaml \
  -e /home/cloud/containers-prepare-parameter.yaml \
  -e /home/cloud/dcn/wide/control-plane/control-plane-export.yaml \
  -e /home/cloud/dcn/wide/control-plane/central_ceph_external.yaml \
  -e /home/cloud/dcn/wide/edge-7/container-images-edge-7.yaml \
  -e /home/cloud/dcn/wide/edge-7/deployed-ceph-edge-7.yaml \
  -e /home/cloud/dcn/wide/edge-7/deployed-vips-edge-7.yaml \
  -e /home/cloud/dcn/wide/edge-7/deployed-network.yaml \
  -e /home/cloud/dcn/wide/edge-7/deployed-metal-edge-7.yaml \
  -e /home/cloud/dcn/wide/edge-7/network.yaml \
  -e /home/cloud/dcn/wide/edge-7/nics.yaml \
  -e /home/cloud/dcn/wide/edge-7/hosts.yaml \
  -e /home/cloud/dcn/wide/edge-7/ceph.yaml \
  -e /home/cloud/dcn/wide/edge-7/az.yaml \
  -e /home/cloud/dcn/wide/edge-7/glance.yaml \
  -e /home/cloud/dcn/wide/edge-7/parameters.yaml \
  --config-download-only
python3 /home/cloud/dcn/wide/kit ceph pools \
  --cluster edge7 \
  --site edge-7 \
  --node e7-1 \
  --address 10.0.23.60 \
  --pool images,size=2 \
  --pool vms,size=2 \
  --pool volumes,size=2

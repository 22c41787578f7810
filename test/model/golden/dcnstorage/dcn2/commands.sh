#!/usr/bin/env bash
# Site dcn2 of lab dcnstorage: what its stack runs on the undercloud, in order.
# The files beside it belong into /home/stack/dcn/dcnstorage/dcn2, the project's kit/ into /home/stack/dcn/dcnstorage/kit.
set -euo pipefail
cd /home/stack/dcn/dcnstorage
# Some of the files that the commands write hold keys and passwords, which users of containers must read.
chmod 700 .
umask 022
# shellcheck source=/dev/null
source /home/stack/stackrc

# network-provision: networks and subnets in the Neutron of the undercloud.
openstack overcloud network provision \
  -y \
  --stack dcn2 \
  --output /home/stack/dcn/dcnstorage/dcn2/deployed-network.yaml \
  /home/stack/dcn/dcnstorage/dcn2/network_data.yaml

# vip-provision: virtual addresses.
# Needs network-provision.
openstack overcloud network vip provision \
  -y \
  --stack dcn2 \
  --output /home/stack/dcn/dcnstorage/dcn2/deployed-vips-dcn2.yaml \
  /home/stack/dcn/dcnstorage/dcn2/vip_data.yaml

# node-provision: ports, host names and inventory of the nodes, which exist already and answer ssh.
# Needs network-provision.
openstack overcloud node provision \
  -y \
  --stack dcn2 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  --network-config \
  --output /home/stack/dcn/dcnstorage/dcn2/deployed-metal-dcn2.yaml \
  /home/stack/dcn/dcnstorage/dcn2/baremetal_dcn2.yaml

# roles-generate: the roles of the nodes, on the subnets of this site.
openstack overcloud roles generate -o /home/stack/dcn/dcnstorage/dcn2/roles.yaml DistributedComputeHCI
python3 /home/stack/dcn/dcnstorage/kit roles subnets \
  --file /home/stack/dcn/dcnstorage/dcn2/roles.yaml \
  --subnet Storage=storage_leaf2 \
  --subnet StorageMgmt=storage_mgmt_leaf2 \
  --subnet InternalApi=internal_api_leaf2 \
  --subnet Tenant=tenant_leaf_2

# container-images: the container images of the roles, in the local registry, if the lab has one.
# Needs node-provision, roles-generate.
python3 /home/stack/dcn/dcnstorage/kit containers prepare \
  --environment /home/stack/containers-prepare-parameters.yaml \
  --environment /home/stack/dcn/dcnstorage/dcn2/deployed-metal-dcn2.yaml \
  --roles /home/stack/dcn/dcnstorage/dcn2/roles.yaml \
  --output /home/stack/dcn/dcnstorage/dcn2/container-images-dcn2.yaml

# ceph-deploy: the Ceph cluster.
# Needs network-provision, node-provision, roles-generate, container-images.
openstack overcloud ceph deploy \
  -y \
  --stack dcn2 \
  --cluster dcn2 \
  --roles-data /home/stack/dcn/dcnstorage/dcn2/roles.yaml \
  --network-data /home/stack/dcn/dcnstorage/dcn2/network_data.yaml \
  --osd-spec /home/stack/dcn/dcnstorage/dcn2/osd_spec.yaml \
  --config /home/stack/dcn/dcnstorage/dcn2/initial-ceph.conf \
  --ntp-server clock.redhat.com,clock2.redhat.com \
  --tld example.com \
  --container-image-prepare /home/stack/containers-prepare-parameters.yaml \
  --output /home/stack/dcn/dcnstorage/dcn2/deployed-ceph-dcn2.yaml \
  /home/stack/dcn/dcnstorage/dcn2/deployed-metal-dcn2.yaml

# overcloud-stack: what each node is to be, by Heat: only one such step at a time on one undercloud.
# Needs network-provision, vip-provision, node-provision, roles-generate, container-images, ceph-deploy, control-plane/control-plane-export.yaml, control-plane/central_ceph_external.yaml.
openstack overcloud deploy \
  -y \
  --templates /usr/share/openstack-tripleo-heat-templates \
  --stack dcn2 \
  -r /home/stack/dcn/dcnstorage/dcn2/roles.yaml \
  -n /home/stack/dcn/dcnstorage/dcn2/network_data.yaml \
  --timeout 240 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  -e /usr/share/openstack-tripleo-heat-templates/environments/network-environment.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/podman.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/cephadm/cephadm-rbd-only.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/dcn-storage.yaml \
  -e /home/stack/containers-prepare-parameters.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/control-plane-export.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/central_ceph_external.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/container-images-dcn2.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/deployed-ceph-dcn2.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/deployed-vips-dcn2.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/deployed-network.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/deployed-metal-dcn2.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/network.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/nics.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/neutron.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/hosts.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/ceph.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/az.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/glance.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/parameters.yaml \
  --rm-heat \
  --stack-only

# overcloud-config: the nodes made so, by Ansible.
# Needs overcloud-stack.
openstack overcloud deploy \
  -y \
  --templates /usr/share/openstack-tripleo-heat-templates \
  --stack dcn2 \
  -r /home/stack/dcn/dcnstorage/dcn2/roles.yaml \
  -n /home/stack/dcn/dcnstorage/dcn2/network_data.yaml \
  --timeout 240 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  -e /usr/share/openstack-tripleo-heat-templates/environments/network-environment.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/podman.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/cephadm/cephadm-rbd-only.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/dcn-storage.yaml \
  -e /home/stack/containers-prepare-parameters.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/control-plane-export.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/central_ceph_external.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/container-images-dcn2.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/deployed-ceph-dcn2.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/deployed-vips-dcn2.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/deployed-network.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/deployed-metal-dcn2.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/network.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/nics.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/neutron.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/hosts.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/ceph.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/az.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/glance.yaml \
  -e /home/stack/dcn/dcnstorage/dcn2/parameters.yaml \
  --config-download-only
python3 /home/stack/dcn/dcnstorage/kit ceph pools \
  --cluster dcn2 \
  --site dcn2 \
  --node dcn2-distributedcomputehci-0 \
  --address 192.168.144.121 \
  --pool images,size=3 \
  --pool vms,size=3 \
  --pool volumes,size=3 \
  --over-hosts

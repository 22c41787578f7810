#!/usr/bin/env bash
# Site control-plane of lab dcnstorage: what its stack runs on the undercloud, in order.
# The files beside it belong into /home/stack/dcn/dcnstorage/control-plane, the project's kit/ into /home/stack/dcn/dcnstorage/kit.
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
  --stack central \
  --output /home/stack/dcn/dcnstorage/control-plane/deployed-network.yaml \
  /home/stack/dcn/dcnstorage/control-plane/network_data.yaml

# vip-provision: virtual addresses.
# Needs network-provision.
openstack overcloud network vip provision \
  -y \
  --stack central \
  --output /home/stack/dcn/dcnstorage/control-plane/deployed-vips-control-plane.yaml \
  /home/stack/dcn/dcnstorage/control-plane/vip_data.yaml

# node-provision: ports, host names and inventory of the nodes, which exist already and answer ssh.
# Needs network-provision.
openstack overcloud node provision \
  -y \
  --stack central \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  --network-config \
  --output /home/stack/dcn/dcnstorage/control-plane/deployed-metal-control-plane.yaml \
  /home/stack/dcn/dcnstorage/control-plane/baremetal_control-plane.yaml

# roles-generate: the roles of the nodes, on the subnets of this site.
openstack overcloud roles generate \
  -o /home/stack/dcn/dcnstorage/control-plane/roles.yaml \
  Controller \
  ComputeHCI
python3 /home/stack/dcn/dcnstorage/kit roles subnets \
  --file /home/stack/dcn/dcnstorage/control-plane/roles.yaml \
  --default-route ControlPlane

# container-images: the container images of the roles, in the local registry, if the lab has one.
# Needs node-provision, roles-generate.
python3 /home/stack/dcn/dcnstorage/kit containers prepare \
  --environment /home/stack/containers-prepare-parameters.yaml \
  --environment /home/stack/dcn/dcnstorage/control-plane/deployed-metal-control-plane.yaml \
  --roles /home/stack/dcn/dcnstorage/control-plane/roles.yaml \
  --output /home/stack/dcn/dcnstorage/control-plane/container-images-control-plane.yaml

# ceph-deploy: the Ceph cluster.
# Needs network-provision, node-provision, roles-generate, container-images.
openstack overcloud ceph deploy \
  -y \
  --stack central \
  --cluster central \
  --roles-data /home/stack/dcn/dcnstorage/control-plane/roles.yaml \
  --network-data /home/stack/dcn/dcnstorage/control-plane/network_data.yaml \
  --osd-spec /home/stack/dcn/dcnstorage/control-plane/osd_spec.yaml \
  --config /home/stack/dcn/dcnstorage/control-plane/initial-ceph.conf \
  --ntp-server clock.redhat.com,clock2.redhat.com \
  --tld example.com \
  --container-image-prepare /home/stack/containers-prepare-parameters.yaml \
  --output /home/stack/dcn/dcnstorage/control-plane/deployed-ceph-control-plane.yaml \
  /home/stack/dcn/dcnstorage/control-plane/deployed-metal-control-plane.yaml

# overcloud-stack: what each node is to be, by Heat: only one such step at a time on one undercloud.
# Needs network-provision, vip-provision, node-provision, roles-generate, container-images, ceph-deploy.
openstack overcloud deploy \
  -y \
  --templates /usr/share/openstack-tripleo-heat-templates \
  --stack central \
  -r /home/stack/dcn/dcnstorage/control-plane/roles.yaml \
  -n /home/stack/dcn/dcnstorage/control-plane/network_data.yaml \
  --timeout 240 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  -e /usr/share/openstack-tripleo-heat-templates/environments/network-environment.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/podman.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/cephadm/cephadm-rbd-only.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/disable-swift.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/nova-az-config.yaml \
  -e /home/stack/containers-prepare-parameters.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/container-images-control-plane.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/deployed-ceph-control-plane.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/deployed-vips-control-plane.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/deployed-network.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/deployed-metal-control-plane.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/network.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/nics.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/neutron.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/hosts.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/ceph.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/az.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/glance.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/parameters.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/glance-dcn-stores.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/dcn_ceph_external.yaml \
  --rm-heat \
  --stack-only

# overcloud-config: the nodes made so, by Ansible.
# Needs overcloud-stack.
openstack overcloud deploy \
  -y \
  --templates /usr/share/openstack-tripleo-heat-templates \
  --stack central \
  -r /home/stack/dcn/dcnstorage/control-plane/roles.yaml \
  -n /home/stack/dcn/dcnstorage/control-plane/network_data.yaml \
  --timeout 240 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  -e /usr/share/openstack-tripleo-heat-templates/environments/network-environment.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/podman.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/cephadm/cephadm-rbd-only.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/disable-swift.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/nova-az-config.yaml \
  -e /home/stack/containers-prepare-parameters.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/container-images-control-plane.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/deployed-ceph-control-plane.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/deployed-vips-control-plane.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/deployed-network.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/deployed-metal-control-plane.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/network.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/nics.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/neutron.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/hosts.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/ceph.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/az.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/glance.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/parameters.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/glance-dcn-stores.yaml \
  -e /home/stack/dcn/dcnstorage/control-plane/dcn_ceph_external.yaml \
  --config-download-only
python3 /home/stack/dcn/dcnstorage/kit ceph pools \
  --cluster central \
  --site control-plane \
  --node central-controller-0 \
  --address 192.168.122.103 \
  --pool images,size=3 \
  --pool vms,size=3 \
  --pool volumes,size=3

# overcloud-export: what other sites must know of the control plane; holds passwords.
# Needs overcloud-config.
openstack overcloud export \
  -f \
  --stack central \
  --output-file /home/stack/dcn/dcnstorage/control-plane/control-plane-export.yaml

# ceph-export: what other sites must know of its Ceph cluster; holds a key.
# Needs overcloud-config.
openstack overcloud export ceph \
  -f \
  --stack central \
  --output-file /home/stack/dcn/dcnstorage/control-plane/central_ceph_external.yaml

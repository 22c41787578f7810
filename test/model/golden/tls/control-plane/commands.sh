#!/usr/bin/env bash
# Site control-plane of lab tls: what its stack runs on the undercloud, in order.
# The files beside it belong into /home/stack/dcn/tls/control-plane, the project's kit/ into /home/stack/dcn/tls/kit.
set -euo pipefail
cd /home/stack/dcn/tls
# Some of the files that the commands write hold keys and passwords, which users of containers must read.
chmod 700 .
umask 022
# shellcheck source=/dev/null
source /home/stack/stackrc

# network-provision: networks and subnets in the Neutron of the undercloud.
openstack overcloud network provision \
  -y \
  --stack control-plane \
  --output /home/stack/dcn/tls/control-plane/deployed-network.yaml \
  /home/stack/dcn/tls/control-plane/network_data.yaml

# vip-provision: virtual addresses.
# Needs network-provision.
openstack overcloud network vip provision \
  -y \
  --stack control-plane \
  --output /home/stack/dcn/tls/control-plane/deployed-vips-control-plane.yaml \
  /home/stack/dcn/tls/control-plane/vip_data.yaml

# node-provision: ports, host names and inventory of the nodes, which exist already and answer ssh.
# Needs network-provision.
openstack overcloud node provision \
  -y \
  --stack control-plane \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  --output /home/stack/dcn/tls/control-plane/deployed-metal-control-plane.yaml \
  /home/stack/dcn/tls/control-plane/baremetal_control-plane.yaml

# roles-generate: the roles of the nodes, on the subnets of this site.
openstack overcloud roles generate \
  -o /home/stack/dcn/tls/control-plane/roles.yaml \
  Controller \
  CephStorage

# ceph-deploy: the Ceph cluster.
# Needs network-provision, node-provision, roles-generate.
openstack overcloud ceph deploy \
  -y \
  --stack control-plane \
  --cluster central \
  --roles-data /home/stack/dcn/tls/control-plane/roles.yaml \
  --network-data /home/stack/dcn/tls/control-plane/network_data.yaml \
  --osd-spec /home/stack/dcn/tls/control-plane/osd_spec.yaml \
  --config /home/stack/dcn/tls/control-plane/initial-ceph.conf \
  --skip-ntp \
  --output /home/stack/dcn/tls/control-plane/deployed-ceph-control-plane.yaml \
  /home/stack/dcn/tls/control-plane/deployed-metal-control-plane.yaml

# overcloud-stack: what each node is to be, by Heat: only one such step at a time on one undercloud.
# Needs network-provision, vip-provision, node-provision, roles-generate, ceph-deploy.
python3 /home/stack/dcn/tls/kit tls key \
  --certificate /home/stack/dcn/tls/control-plane/public-certificate.pem \
  --key /home/stack/tls/cloud.key \
  --output /home/stack/dcn/tls/control-plane/tls-key.yaml
openstack overcloud deploy \
  -y \
  --templates /usr/share/openstack-tripleo-heat-templates \
  --stack control-plane \
  -r /home/stack/dcn/tls/control-plane/roles.yaml \
  -n /home/stack/dcn/tls/control-plane/network_data.yaml \
  --timeout 240 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  -e /usr/share/openstack-tripleo-heat-templates/environments/network-environment.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/podman.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/cephadm/cephadm-rbd-only.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/disable-swift.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/ssl/tls-endpoints-public-dns.yaml \
  -e /home/stack/dcn/tls/control-plane/deployed-ceph-control-plane.yaml \
  -e /home/stack/dcn/tls/control-plane/deployed-vips-control-plane.yaml \
  -e /home/stack/dcn/tls/control-plane/deployed-network.yaml \
  -e /home/stack/dcn/tls/control-plane/deployed-metal-control-plane.yaml \
  -e /home/stack/dcn/tls/control-plane/network.yaml \
  -e /home/stack/dcn/tls/control-plane/nics.yaml \
  -e /home/stack/dcn/tls/control-plane/hosts.yaml \
  -e /home/stack/dcn/tls/control-plane/host-time.yaml \
  -e /home/stack/dcn/tls/control-plane/ceph.yaml \
  -e /home/stack/dcn/tls/control-plane/az.yaml \
  -e /home/stack/dcn/tls/control-plane/glance.yaml \
  -e /home/stack/dcn/tls/control-plane/tls.yaml \
  -e /home/stack/dcn/tls/control-plane/tls-key.yaml \
  -e /home/stack/dcn/tls/control-plane/glance-dcn-stores.yaml \
  -e /home/stack/dcn/tls/control-plane/dcn_ceph_external.yaml \
  --rm-heat \
  --stack-only

# overcloud-config: the nodes made so, by Ansible.
# Needs overcloud-stack.
openstack overcloud deploy \
  -y \
  --templates /usr/share/openstack-tripleo-heat-templates \
  --stack control-plane \
  -r /home/stack/dcn/tls/control-plane/roles.yaml \
  -n /home/stack/dcn/tls/control-plane/network_data.yaml \
  --timeout 240 \
  --overcloud-ssh-user tripleo-admin \
  --overcloud-ssh-key /home/stack/.ssh/id_rsa \
  -e /usr/share/openstack-tripleo-heat-templates/environments/network-environment.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/podman.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/cephadm/cephadm-rbd-only.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/disable-swift.yaml \
  -e /usr/share/openstack-tripleo-heat-templates/environments/ssl/tls-endpoints-public-dns.yaml \
  -e /home/stack/dcn/tls/control-plane/deployed-ceph-control-plane.yaml \
  -e /home/stack/dcn/tls/control-plane/deployed-vips-control-plane.yaml \
  -e /home/stack/dcn/tls/control-plane/deployed-network.yaml \
  -e /home/stack/dcn/tls/control-plane/deployed-metal-control-plane.yaml \
  -e /home/stack/dcn/tls/control-plane/network.yaml \
  -e /home/stack/dcn/tls/control-plane/nics.yaml \
  -e /home/stack/dcn/tls/control-plane/hosts.yaml \
  -e /home/stack/dcn/tls/control-plane/host-time.yaml \
  -e /home/stack/dcn/tls/control-plane/ceph.yaml \
  -e /home/stack/dcn/tls/control-plane/az.yaml \
  -e /home/stack/dcn/tls/control-plane/glance.yaml \
  -e /home/stack/dcn/tls/control-plane/tls.yaml \
  -e /home/stack/dcn/tls/control-plane/tls-key.yaml \
  -e /home/stack/dcn/tls/control-plane/glance-dcn-stores.yaml \
  -e /home/stack/dcn/tls/control-plane/dcn_ceph_external.yaml \
  --config-download-only

# overcloud-export: what other sites must know of the control plane; holds passwords.
# Needs overcloud-config.
openstack overcloud export \
  -f \
  --stack control-plane \
  --output-file /home/stack/dcn/tls/control-plane/control-plane-export.yaml

# ceph-export: what other sites must know of its Ceph cluster; holds a key.
# Needs overcloud-config.
openstack overcloud export ceph \
  -f \
  --stack control-plane \
  --output-file /home/stack/dcn/tls/control-plane/central_ceph_external.yaml

#!/usr/bin/env bash
# Lab tls: the control plane learns the stores of all edge sites, once these stand.
# The kit does the same whenever a site registers or withdraws its store.
set -euo pipefail
cd /home/stack/dcn/tls
# Some of the files that the commands write hold keys and passwords, which users of containers must read.
chmod 700 .
umask 022
# shellcheck source=/dev/null
source /home/stack/stackrc

# The complete list in one file each: of two that set the same parameter only the last counts.
openstack overcloud export ceph \
  -f \
  --stack dcn0 \
  --output-file /home/stack/dcn/tls/control-plane/dcn_ceph_external.yaml
cp /home/stack/dcn/tls/control-plane/registered/glance-dcn-stores.yaml /home/stack/dcn/tls/control-plane/glance-dcn-stores.yaml

# network-provision: networks and subnets in the Neutron of the undercloud.
openstack overcloud network provision \
  -y \
  --stack control-plane \
  --output /home/stack/dcn/tls/control-plane/deployed-network.yaml \
  /home/stack/dcn/tls/control-plane/network_data.yaml

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

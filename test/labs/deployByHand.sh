#!/usr/bin/env bash
# Deploys a DCN as an operator does with TripleO's guide for distributed compute nodes, and without glance-dcn: the control plane metro and
# the site west, on hosts that are installed. Runs on the undercloud as its user, and leaves its files in ~/metro.
set -euo pipefail
umask 022
mkdir -p ~/metro
cd ~/metro
# shellcheck source=/dev/null
source ~/stackrc
readonly tht=/usr/share/openstack-tripleo-heat-templates

cat >network_data.yaml <<'EOF'
- name: Storage
  name_lower: stor_metro
  service_net_map_replace: storage
  vip: true
  mtu: 1500
  subnets:
    stor_metro_a:
      ip_subnet: 172.18.0.0/24
      vlan: 21
      gateway_ip: 172.18.0.1
      allocation_pools: [{ start: 172.18.0.200, end: 172.18.0.250 }]
      routes: [{ destination: 172.18.0.0/16, nexthop: 172.18.0.1 }]
    stor_west:
      ip_subnet: 172.18.10.0/24
      vlan: 31
      gateway_ip: 172.18.10.1
      allocation_pools: [{ start: 172.18.10.200, end: 172.18.10.250 }]
      routes: [{ destination: 172.18.0.0/16, nexthop: 172.18.10.1 }]
- name: StorageMgmt
  name_lower: storage_mgmt
  vip: true
  mtu: 1500
  subnets:
    storage_mgmt_subnet:
      ip_subnet: 172.20.0.0/24
      vlan: 23
      gateway_ip: 172.20.0.1
      allocation_pools: [{ start: 172.20.0.200, end: 172.20.0.250 }]
      routes: [{ destination: 172.20.0.0/16, nexthop: 172.20.0.1 }]
    storage_mgmt_west:
      ip_subnet: 172.20.10.0/24
      vlan: 33
      gateway_ip: 172.20.10.1
      allocation_pools: [{ start: 172.20.10.200, end: 172.20.10.250 }]
      routes: [{ destination: 172.20.0.0/16, nexthop: 172.20.10.1 }]
- name: InternalApi
  name_lower: api_metro
  service_net_map_replace: internal_api
  vip: true
  mtu: 1500
  subnets:
    api_metro_a:
      ip_subnet: 172.17.0.0/24
      vlan: 20
      gateway_ip: 172.17.0.1
      allocation_pools: [{ start: 172.17.0.200, end: 172.17.0.250 }]
      routes: [{ destination: 172.17.0.0/16, nexthop: 172.17.0.1 }]
    api_west:
      ip_subnet: 172.17.10.0/24
      vlan: 30
      gateway_ip: 172.17.10.1
      allocation_pools: [{ start: 172.17.10.200, end: 172.17.10.250 }]
      routes: [{ destination: 172.17.0.0/16, nexthop: 172.17.10.1 }]
- name: Tenant
  name_lower: tenant
  vip: false
  mtu: 1500
  subnets:
    tenant_subnet:
      ip_subnet: 172.19.0.0/24
      vlan: 22
      gateway_ip: 172.19.0.1
      allocation_pools: [{ start: 172.19.0.200, end: 172.19.0.250 }]
      routes: [{ destination: 172.19.0.0/16, nexthop: 172.19.0.1 }]
    tenant_west:
      ip_subnet: 172.19.10.0/24
      vlan: 32
      gateway_ip: 172.19.10.1
      allocation_pools: [{ start: 172.19.10.200, end: 172.19.10.250 }]
      routes: [{ destination: 172.19.0.0/16, nexthop: 172.19.10.1 }]
- name: External
  name_lower: external
  vip: true
  mtu: 1500
  subnets:
    external_subnet:
      ip_subnet: 10.0.0.0/24
      vlan: 44
      gateway_ip: 10.0.0.1
      allocation_pools: [{ start: 10.0.0.200, end: 10.0.0.250 }]
EOF

cat >vips-metro.yaml <<'EOF'
- { network: ctlplane, ip_address: 192.168.122.99, dns_name: metro }
- { network: stor_metro, subnet: stor_metro_a, dns_name: metro }
- { network: storage_mgmt, subnet: storage_mgmt_subnet, dns_name: metro }
- { network: api_metro, subnet: api_metro_a, dns_name: metro }
- { network: external, subnet: external_subnet, dns_name: metro }
EOF
echo '- { network: ctlplane, subnet: leaf-west, dns_name: west }' >vips-west.yaml

cat >nodes-metro.yaml <<'EOF'
- name: Controller
  count: 1
  instances:
    - hostname: metro-ctl-0
      name: metro-ctl-0
      managed: false
      networks:
        - { network: ctlplane, fixed_ip: 192.168.122.103 }
        - { network: stor_metro, subnet: stor_metro_a, fixed_ip: 172.18.0.103 }
        - { network: storage_mgmt, subnet: storage_mgmt_subnet, fixed_ip: 172.20.0.103 }
        - { network: api_metro, subnet: api_metro_a, fixed_ip: 172.17.0.103 }
        - { network: tenant, subnet: tenant_subnet, fixed_ip: 172.19.0.103 }
        - { network: external, subnet: external_subnet, fixed_ip: 10.0.0.103 }
- name: CephStorage
  count: 1
  instances:
    - hostname: metro-ceph-0
      name: metro-ceph-0
      managed: false
      networks:
        - { network: ctlplane, fixed_ip: 192.168.122.106 }
        - { network: stor_metro, subnet: stor_metro_a, fixed_ip: 172.18.0.106 }
        - { network: storage_mgmt, subnet: storage_mgmt_subnet, fixed_ip: 172.20.0.106 }
EOF
cat >nodes-west.yaml <<'EOF'
- name: DistributedComputeHCI
  count: 1
  instances:
    - hostname: west-hci-0
      name: west-hci-0
      managed: false
      networks:
        - { network: ctlplane, fixed_ip: 192.168.133.111 }
        - { network: stor_metro, subnet: stor_west, fixed_ip: 172.18.10.111 }
        - { network: storage_mgmt, subnet: storage_mgmt_west, fixed_ip: 172.20.10.111 }
        - { network: api_metro, subnet: api_west, fixed_ip: 172.17.10.111 }
        - { network: tenant, subnet: tenant_west, fixed_ip: 172.19.10.111 }
EOF
printf 'data_devices:\n  paths: [/dev/vdb]\n' >osds.yaml
printf '[global]\nosd_pool_default_size = 1\n[mon]\nmon_warn_on_pool_no_redundancy = false\n' >ceph.conf

# What both stacks have.
cat >common.yaml <<'EOF'
resource_registry:
  OS::TripleO::Services::Timesync: OS::Heat::None
parameter_defaults:
  NetworkConfigWithAnsible: false
  KernelIpv4ConfAllRpFilter: 2
  CephPoolDefaultSize: 1
  CephPools:
    - { name: images, application: rbd, pg_num: 16, rule_name: replicated_rule }
    - { name: vms, application: rbd, pg_num: 16, rule_name: replicated_rule }
    - { name: volumes, application: rbd, pg_num: 16, rule_name: replicated_rule }
  GlanceBackend: rbd
  GlanceEnabledImportMethods: web-download,copy-image
EOF
cat >metro.yaml <<'EOF'
parameter_defaults:
  VipSubnetMap: { Storage: stor_metro_a, InternalApi: api_metro_a, redis: api_metro_a, ovn_dbs: api_metro_a }
  GlanceBackendID: metro
  GlanceStoreDescription: metro rbd glance store
  NovaComputeAvailabilityZone: az-metro
  CinderStorageAvailabilityZone: az-metro
  NovaCrossAZAttach: false
EOF
cat >west.yaml <<'EOF'
parameter_defaults:
  DistributedComputeHCIControlPlaneSubnet: leaf-west
  VipSubnetMap: { ctlplane: leaf-west }
  GlanceBackendID: west
  GlanceStoreDescription: west rbd glance store
  GlanceMultistoreConfig:
    metro: { GlanceBackend: rbd, GlanceStoreDescription: metro rbd glance store, CephClusterName: metro }
  NovaComputeAvailabilityZone: az-west
  CinderStorageAvailabilityZone: az-west
  CinderVolumeCluster: west
  NovaCrossAZAttach: false
  # The operator's own.
  Debug: true
EOF
cat >glance_update.yaml <<'EOF'
parameter_defaults:
  GlanceMultistoreConfig:
    west: { GlanceBackend: rbd, GlanceStoreDescription: west rbd glance store, CephClusterName: west }
EOF

# $1: the stack. Networks, virtual addresses, hosts, roles and Ceph of it; $2…: its roles.
prepare() {
  local stack=$1
  shift
  openstack overcloud network provision -y --stack "$stack" --output "networks-$stack.yaml" network_data.yaml
  openstack overcloud network vip provision -y --stack "$stack" --output "deployed-vips-$stack.yaml" "vips-$stack.yaml"
  openstack overcloud node provision -y --stack "$stack" --overcloud-ssh-user tripleo-admin --overcloud-ssh-key ~/.ssh/id_rsa \
    --output "metal-$stack.yaml" "nodes-$stack.yaml"
  openstack overcloud roles generate -o "roles-$stack.yaml" "$@"
  # The default subnets are named after the networks.
  if [[ $stack == west ]]; then
    sed -i -E 's/subnet: storage_mgmt_subnet/subnet: storage_mgmt_west/; s/subnet: storage_subnet/subnet: stor_west/
      s/subnet: internal_api_subnet/subnet: api_west/; s/subnet: tenant_subnet/subnet: tenant_west/' "roles-$stack.yaml"
  else
    sed -i -E 's/subnet: storage_subnet/subnet: stor_metro_a/; s/subnet: internal_api_subnet/subnet: api_metro_a/' "roles-$stack.yaml"
  fi
  openstack overcloud ceph deploy -y --stack "$stack" --cluster "$stack" --roles-data "roles-$stack.yaml" \
    --network-data network_data.yaml --osd-spec osds.yaml --config ceph.conf --skip-ntp \
    --output "ceph-$stack.yaml" "metal-$stack.yaml"
}

# $1: the stack; $2…: its own options. The hosts have tripleo-admin already, so the setup between the two phases is left out.
deploy() {
  local stack=$1 phase
  shift
  for phase in --stack-only --config-download-only; do
    openstack overcloud deploy -y --templates "$tht" --stack "$stack" -r "roles-$stack.yaml" -n network_data.yaml \
      --overcloud-ssh-user tripleo-admin --overcloud-ssh-key ~/.ssh/id_rsa \
      -e "$tht/environments/network-environment.yaml" -e "$tht/environments/podman.yaml" \
      -e "$tht/environments/cephadm/cephadm-rbd-only.yaml" "$@" \
      -e "ceph-$stack.yaml" -e "deployed-vips-$stack.yaml" -e "networks-$stack.yaml" -e "metal-$stack.yaml" \
      -e common.yaml -e "$stack.yaml" "$phase"
  done
}

prepare metro Controller CephStorage
deploy metro -e "$tht/environments/disable-swift.yaml"
openstack overcloud export -f --stack metro --output-file metro-export.yaml
openstack overcloud export ceph -f --stack metro --output-file metro-ceph.yaml

prepare west DistributedComputeHCI
deploy west -e "$tht/environments/dcn-storage.yaml" -e metro-export.yaml -e metro-ceph.yaml
openstack overcloud export ceph -f --stack west --output-file west-ceph.yaml

# The control plane gets the store of the site.
deploy metro -e "$tht/environments/disable-swift.yaml" -e west-ceph.yaml -e glance_update.yaml

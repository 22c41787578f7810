import { addressAt, hostNumbers, networkNames } from '../addresses';
import type { Lab, LabSite } from '../lab';
import type { NetworkName, SubnetPlan } from '../types';
import { toYaml } from './yaml';

/** Names in network_data.yaml of the networks that `network provision` makes (THT network-data-samples/). */
const composable: Partial<Record<NetworkName, { name: string; vip: boolean }>> = {
  storage: { name: 'Storage', vip: true },
  storage_mgmt: { name: 'StorageMgmt', vip: true },
  internal_api: { name: 'InternalApi', vip: true },
  tenant: { name: 'Tenant', vip: false },
  external: { name: 'External', vip: true },
};

/** A network's name in role and network data, such as InternalApi. */
export function composableName(network: NetworkName): string | undefined {
  return composable[network]?.name;
}

/**
 * network_data.yaml of a site: the control plane's subnets and its own. Every site lists the same networks in the same
 * order, because their position becomes Neutron's tripleo_net_idx tag (tripleo-ansible tripleo_composable_network.py).
 * Every site also lists the control plane's subnets, first: the subnets of `CephMonNetwork` and the like are then complete
 * for each site.
 */
export function networkData(subnets: SubnetPlan[]): string {
  return toYaml(
    networkNames.flatMap((network) => {
      const names = composable[network];
      if (!names) {
        return [];
      }
      const own = subnets.filter((subnet) => subnet.network === network);
      return {
        name: names.name,
        name_lower: network,
        vip: names.vip,
        mtu: 1500,
        subnets: Object.fromEntries(own.map((subnet) => [subnet.name, subnetData(subnet)])),
      };
    }),
  );
}

function subnetData(subnet: SubnetPlan) {
  return {
    ip_subnet: subnet.cidr,
    gateway_ip: subnet.gateway,
    allocation_pools: [subnet.pool],
    // One route for all other sites, also for future ones: a new site changes no other site's file.
    routes: [{ destination: subnet.range, nexthop: subnet.gateway }],
  };
}

/**
 * vip_data.yaml of a site. An edge site needs only the ctlplane VIP (THT overcloud-resource-registry-puppet.j2.yaml:
 * ControlPlaneVipPort is a Neutron port by default, and the ephemeral Heat has no Neutron; the others are noop).
 */
export function vipData(lab: Lab, site: LabSite, subnets: SubnetPlan[]): string {
  return toYaml(
    subnets.flatMap((subnet) => {
      const wanted =
        subnet.network === 'ctlplane' || (site.kind === 'control-plane' && composable[subnet.network]?.vip);
      if (!wanted) {
        return [];
      }
      return {
        network: subnet.network,
        ip_address: addressAt(lab.networks[subnet.network], site.index, hostNumbers.vip),
        dns_name: site.name,
      };
    }),
  );
}

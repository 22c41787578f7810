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
 * The virtual addresses of a site's overcloud. An edge site needs only that of ctlplane (THT
 * overcloud-resource-registry-puppet.j2.yaml: ControlPlaneVipPort is a Neutron port by default, and the ephemeral Heat has no
 * Neutron; the others are noop).
 */
export function virtualAddresses(
  lab: Lab,
  site: LabSite,
  subnets: SubnetPlan[],
): { network: NetworkName; address: string }[] {
  return subnets
    .filter(
      ({ network }) =>
        network === 'ctlplane' || (site.kind === 'control-plane' && composable[network]?.vip === true),
    )
    .map(({ network }) => ({
      network,
      address: addressAt(lab.networks[network], site.index, hostNumbers.vip),
    }));
}

/** vip_data.yaml of a site. */
export function vipData(lab: Lab, site: LabSite, subnets: SubnetPlan[]): string {
  return toYaml(
    virtualAddresses(lab, site, subnets).map(({ network, address }) => ({
      network,
      ip_address: address,
      dns_name: site.stack,
    })),
  );
}

import {
  defaultSubnetName,
  type LabNetwork,
  networkNames,
  networksWithout,
  subnetsOfNode,
} from '../networks';
import type { Lab, LabSite } from '../lab';
import { roleAt, type WithRoles } from '../roles';
import type { NetworkName, SitePlan, SubnetPlan } from '../types';
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
 *
 * A network of another name keeps TripleO's `name`: parameters such as CloudNameInternal depend on that (THT overcloud.j2.yaml).
 */
export function networkData(lab: Lab, subnets: SubnetPlan[]): string {
  return toYaml(networkEntries(lab, subnets).map(({ entry }) => entry));
}

/** The part of `networkData` that `network unprovision` removes: the networks that the lab makes, with their subnets. */
export function madeNetworkData(lab: Lab, subnets: SubnetPlan[]): string {
  const made = networkEntries(lab, subnets).filter(({ existing }) => !existing);
  return toYaml(made.map(({ entry }) => entry));
}

/** A network of network_data.yaml. */
export interface NetworkEntry {
  name: string;
  name_lower: string;
  service_net_map_replace?: NetworkName;
  vip: boolean;
  mtu: number;
  dns_domain?: string;
  subnets: Record<string, ReturnType<typeof subnetData>>;
}

/** The entries of `networkData`, in order, each with what of its network exists already. */
export function networkEntries(
  lab: Lab,
  subnets: SubnetPlan[],
): { network: NetworkName; existing: LabNetwork['existing']; entry: NetworkEntry }[] {
  return networkNames.flatMap((network) => {
    const names = composable[network];
    const settings = lab.networks[network];
    if (!names || !settings) {
      return [];
    }
    const own = subnets.filter((subnet) => subnet.network === network);
    const entry = {
      name: names.name,
      name_lower: settings.name,
      ...(settings.name !== network && { service_net_map_replace: network }),
      vip: names.vip,
      mtu: settings.mtu,
      ...(settings.dnsDomain !== undefined && { dns_domain: settings.dnsDomain }),
      subnets: Object.fromEntries(own.map((subnet) => [subnet.name, subnetData(subnet)])),
    };
    return { network, existing: settings.existing, entry };
  });
}

/** Without `vlan` TripleO takes VLAN 1, without `gateway_ip` it pings no gateway (THT overcloud.j2.yaml). */
function subnetData({ cidr, vlan, gateway, pools, routes }: SubnetPlan) {
  return {
    ip_subnet: cidr,
    ...(vlan !== undefined && { vlan }),
    ...(gateway !== undefined && { gateway_ip: gateway }),
    allocation_pools: pools,
    ...(routes.length > 0 && { routes }),
  };
}

/** A virtual address on a network. */
export interface VirtualAddress {
  network: NetworkName;
  address: string;
}

/**
 * The virtual addresses of a site's overcloud. An edge site needs only that of ctlplane (THT
 * overcloud-resource-registry-puppet.j2.yaml: ControlPlaneVipPort is a Neutron port by default, and the ephemeral Heat has no
 * Neutron; the others are noop).
 */
export function virtualAddresses({ kind, subnets }: Pick<SitePlan, 'kind' | 'subnets'>): VirtualAddress[] {
  return subnets
    .filter(
      ({ network }) =>
        network === 'ctlplane' || (kind === 'control-plane' && composable[network]?.vip === true),
    )
    .map(({ network, vip }) => ({ network, address: vip }));
}

/** vip_data.yaml of a site. */
export function vipData({ networks }: Lab, site: LabSite): string {
  return toYaml(
    virtualAddresses(site).map(({ network, address }) => ({
      network: networks[network]!.name,
      ip_address: address,
      dns_name: site.stack,
    })),
  );
}

/** Words of the kit's `roles subnets` that put a site's networks into TripleO's roles; none where these fit as they are. */
export function roleNetworks(lab: Lab, site: LabSite): string[] {
  const { kind, subnets } = site;
  // TripleO's roles have the default names of subnets, which are the control plane's.
  const named = subnets.flatMap(({ network, name }) => {
    const composable = composableName(network);
    return composable && (kind !== 'control-plane' || name !== defaultSubnetName(network))
      ? ['--subnet', `${composable}=${name}`]
      : [];
  });
  // All nodes of a role are in one rack.
  const inRacks = new Map(site.nodes.flatMap((node) => (node.rack ? [[node.role, node]] : [])));
  const ofRoles = [...inRacks].flatMap(([role, node]) =>
    subnetsOfNode(site, node).flatMap(({ network, name }) => {
      const composable = composableName(network);
      return composable && roleAt(site, role).networks.includes(network)
        ? ['--subnet', `${role}/${composable}=${name}`]
        : [];
    }),
  );
  const without = networksWithout(lab.networks).flatMap((network) => [
    '--without',
    composableName(network) as string,
  ]);
  // Roles with External have it as the network of the default route (THT roles/Controller.yaml).
  const byCtlplane = kind === 'control-plane' && !subnets.some(leadsOut);
  return [...named, ...ofRoles, ...without, ...(byCtlplane ? ['--default-route', 'ControlPlane'] : [])];
}

/** The network by which the default route of a role's hosts leads: external where its subnet has a gateway, else ctlplane. */
export function defaultRouteNetwork(site: WithRoles, subnets: SubnetPlan[], role: string): NetworkName {
  return roleAt(site, role).networks.includes('external') && subnets.some(leadsOut) ? 'external' : 'ctlplane';
}

/** Whether a subnet is that of external with a gateway. */
function leadsOut({ network, gateway }: SubnetPlan): boolean {
  return network === 'external' && gateway !== undefined;
}

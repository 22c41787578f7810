import { bounds, hostNumbers, toAddress } from './addresses';
import type { NetworkName, SiteKind, SubnetPlan } from './types';

/** A network of a lab. */
export interface LabNetwork {
  /** Neutron's name of the network, `name_lower` in TripleO's network data. */
  name: string;
  /** Bytes of a packet; the ctlplane's is the undercloud's own. */
  mtu: number;
  /** DNS domain of the hosts' names on the network, with the final dot; absent: none. */
  dnsDomain?: string;
  /** Ranges that contain the subnets of all sites. */
  ranges: string[];
}

/** All networks, in the order in which plans and generated files list them. */
export const networkNames: readonly NetworkName[] = [
  'ctlplane',
  'storage',
  'storage_mgmt',
  'internal_api',
  'tenant',
  'external',
];

/** Networks that a lab may leave out. */
export type OptionalNetwork = 'storage_mgmt' | 'tenant' | 'external';

/** A value for each network of a lab. */
export type ByNetwork<Value> = Record<Exclude<NetworkName, OptionalNetwork>, Value> &
  Partial<Record<OptionalNetwork, Value>>;

/**
 * The networks of a lab that a site of a kind has: only the control plane has external ones, and Ceph alone needs none for
 * services.
 */
export function networksOf(kind: SiteKind, networks: ByNetwork<unknown>): NetworkName[] {
  const isOn = (name: NetworkName) =>
    kind === 'external-ceph'
      ? ['ctlplane', 'storage', 'storage_mgmt'].includes(name)
      : name !== 'external' || kind === 'control-plane';
  return networkNames.filter((name) => networks[name] !== undefined && isOn(name));
}

/** The networks that a lab leaves out. */
export function networksWithout(networks: ByNetwork<unknown>): NetworkName[] {
  return networkNames.filter((name) => networks[name] === undefined);
}

/** A site's own values for its subnet of a network; the numbering plan gives the others. */
export interface SubnetValues {
  /** Neutron's name of the subnet. */
  subnet?: string;
  vlan?: number;
  gateway?: string;
  pools?: SubnetPlan['pools'];
  routes?: SubnetPlan['routes'];
  vip?: string;
}

/**
 * A site's subnet of a network. By default one route reaches the same network at all other sites, also at future ones: a new
 * site changes no other site's subnet.
 * @param cidr the subnet's addresses, in CIDR notation
 */
export function subnetOf(
  network: NetworkName,
  { name: networkName, ranges }: LabNetwork,
  { name, kind }: { name: string; kind: SiteKind },
  cidr: string,
  written: SubnetValues = {},
): SubnetPlan {
  const { first, last } = bounds(cidr);
  const host = (number: number) => toAddress(first + number);
  const gateway = written.gateway === 'none' ? undefined : (written.gateway ?? host(hostNumbers.gateway));
  // In a small subnet the pool has the same part of the addresses as in one of 256, without the broadcast address.
  const size = last - first + 1;
  const scaled = (number: number) => Math.min(Math.floor((number * Math.min(size, 256)) / 256), size - 2);
  const pool = { start: host(scaled(hostNumbers.poolStart)), end: host(scaled(hostNumbers.poolEnd)) };
  return {
    network,
    ...(networkName !== network && { networkName }),
    name: written.subnet ?? subnetName(networkName, name, kind),
    cidr,
    ...(gateway !== undefined && { gateway }),
    ...(written.vlan !== undefined && { vlan: written.vlan }),
    pools: written.pools ?? [pool],
    routes:
      written.routes ??
      (gateway === undefined
        ? []
        : ranges.filter((range) => range !== cidr).map((destination) => ({ destination, nexthop: gateway }))),
    vip: written.vip ?? host(hostNumbers.vip),
  };
}

/** Neutron's name of a subnet's network. */
export function networkNameOf({
  network,
  networkName = network,
}: Pick<SubnetPlan, 'network' | 'networkName'>): string {
  return networkName;
}

/**
 * TripleO's default name of a network's subnet, which its roles, its service VIPs (THT overcloud-resource-registry-puppet.j2.yaml
 * VipSubnetMap) and undercloud.conf expect: the roles always by TripleO's own name of the network, the VIPs by Neutron's.
 */
export function defaultSubnetName(network: string): string {
  return `${network}${separatorIn(network)}subnet`;
}

/** Neutron's name of a site's subnet. The control plane's have TripleO's default names. */
function subnetName(network: string, site: string, kind: SiteKind): string {
  const separator = separatorIn(network);
  return kind === 'control-plane'
    ? defaultSubnetName(network)
    : `${network}${separator}${site.replaceAll('-', separator)}`;
}

function separatorIn(network: string): string {
  return network === 'ctlplane' ? '-' : '_';
}

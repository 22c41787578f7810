import { bounds, hostNumbers, isBetween, toAddress, toNumber } from './addresses';
import type { NetworkName, RackPlan, SiteKind, SiteSubnetPlan, SubnetPlan } from './types';

/** A network of a lab. */
export interface LabNetwork {
  /** Neutron's name of the network, `name_lower` in TripleO's network data. */
  name: string;
  /** What is in the undercloud's Neutron already, and stays; absent: the lab makes the network and its subnets. */
  existing?: 'network' | 'subnets';
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

/** Written values of a subnet; the numbering plan gives the others. */
export interface SubnetValues {
  /** Its addresses, in CIDR notation. */
  cidr?: string;
  /** Neutron's name of the subnet. */
  subnet?: string;
  vlan?: number;
  gateway?: string;
  pools?: SubnetPlan['pools'];
  routes?: SubnetPlan['routes'];
}

/** Subnets that some hosts of a site have in common, one for each network: the site's own, or those of a rack. */
export type Segment<Own = SiteSubnetPlan, InRack = SubnetPlan> =
  { rack?: undefined; subnets: Own[] } | { rack: string; subnets: InRack[] };

/** The segments of a site: its own, then its racks. */
export function segmentsOf<Own, InRack>({
  subnets,
  racks = [],
}: {
  subnets: Own[];
  racks?: { name: string; subnets: InRack[] }[];
}): Segment<Own, InRack>[] {
  return [{ subnets }, ...racks.map((rack) => ({ rack: rack.name, subnets: rack.subnets }))];
}

/** All subnets of a site, its own first. */
export function allSubnets<Subnet extends SubnetPlan>(site: {
  subnets: Subnet[];
  racks?: { name: string; subnets: Subnet[] }[];
}): Subnet[] {
  return segmentsOf(site).flatMap(({ subnets }) => subnets);
}

/** The subnets that a node is in: those of its rack, or the site's own; none if the site has no such rack. */
export function subnetsOfNode(
  site: { subnets: SubnetPlan[]; racks?: RackPlan[] },
  node: { rack?: string | undefined },
): SubnetPlan[] {
  return segmentsOf(site).find(({ rack }) => rack === node.rack)?.subnets ?? [];
}

/**
 * A site's own subnet of a network.
 * @param cidr the subnet's addresses, in CIDR notation
 */
export function siteSubnet(
  network: NetworkName,
  settings: LabNetwork,
  { name, kind }: { name: string; kind: SiteKind },
  cidr: string,
  written: SubnetValues & { vip?: string } = {},
): SiteSubnetPlan {
  const subnet =
    kind === 'control-plane' ? defaultSubnetName(settings.name) : subnetName(settings.name, [name]);
  const vip = written.vip ?? toAddress(bounds(cidr).first + hostNumbers.vip);
  return { ...subnetOf(network, settings, subnet, cidr, written), vip };
}

/**
 * A rack's subnet of a network.
 * @param cidr the subnet's addresses, in CIDR notation
 */
export function rackSubnet(
  network: NetworkName,
  settings: LabNetwork,
  { site, name }: { site: string; name: string },
  cidr: string,
  written: SubnetValues = {},
): SubnetPlan {
  return subnetOf(network, settings, subnetName(settings.name, [site, name]), cidr, written);
}

/**
 * By default one route reaches the same network in all other subnets, also in future ones: a new site or rack changes no other
 * subnet.
 */
function subnetOf(
  network: NetworkName,
  { name: networkName, ranges }: LabNetwork,
  name: string,
  cidr: string,
  written: SubnetValues,
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
    name: written.subnet ?? name,
    cidr,
    ...(gateway !== undefined && { gateway }),
    ...(written.vlan !== undefined && { vlan: written.vlan }),
    pools: written.pools ?? without(gateway, pool),
    routes:
      written.routes ??
      (gateway === undefined
        ? []
        : ranges.filter((range) => range !== cidr).map((destination) => ({ destination, nexthop: gateway }))),
  };
}

/** The parts of a pool beside a router's address, which a small subnet may have at its end. */
function without(
  gateway: string | undefined,
  { start, end }: SubnetPlan['pools'][number],
): SubnetPlan['pools'] {
  if (gateway === undefined || !isBetween(gateway, start, end)) {
    return [{ start, end }];
  }
  const router = toNumber(gateway);
  const parts = [
    { start, end: toAddress(router - 1) },
    { start: toAddress(router + 1), end },
  ];
  return parts.filter((part) => toNumber(part.start) <= toNumber(part.end));
}

/** The virtual address of the public end points, on external or, in a lab without it, on ctlplane; undefined: no subnet has it. */
export function publicAddress(ofControlPlane: SiteSubnetPlan[]): string | undefined {
  const on = (name: NetworkName) => ofControlPlane.find(({ network }) => network === name)?.vip;
  return on('external') ?? on('ctlplane');
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

/**
 * Neutron's default name of a subnet that has none of TripleO's.
 * @param network Neutron's name of the network
 * @param place the site's name, then that of the rack
 */
function subnetName(network: string, place: string[]): string {
  const separator = separatorIn(network);
  return [network, ...place].map((part) => part.replaceAll('-', separator)).join(separator);
}

function separatorIn(network: string): string {
  return network === 'ctlplane' ? '-' : '_';
}

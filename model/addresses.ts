import { IPv4 } from 'ipaddr.js';
import { controlPlane } from './names';
import type { NetworkName, SiteKind, SubnetPlan } from './types';

/** A network of the lab file: the whole range, cut into one subnet of `prefix` bits for each site. */
export interface NetworkRange {
  range: string;
  prefix: number;
  /** First address of the range as a number: to parse the range for each address takes most of a plan's time. */
  first: number;
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

/** Host numbers that mean the same in every subnet. */
export const hostNumbers = {
  gateway: 1,
  undercloud: 2,
  vip: 5,
  firstNode: 6,
  lastNode: 199,
  poolStart: 200,
  poolEnd: 250,
};

/** First subnet index of edge sites whose name ends in a number: `dcn0` has 16. */
export const firstEdgeIndex = 16;

/** Subnet index of the control plane, where the undercloud is, too. */
const controlPlaneIndex = 0;

/** Subnet indices of the sites with fixed names. */
export const namedIndex: Readonly<Record<string, number>> = {
  [controlPlane]: controlPlaneIndex,
  central: 1,
  'external-ceph': 2,
};

/** A site's subnet index by its name; undefined for a name that needs the key `index`. */
export function indexFromName(site: string): number | undefined {
  if (Object.hasOwn(namedIndex, site)) {
    return namedIndex[site];
  }
  const digits = /[a-z-](0|[1-9][0-9]{0,5})$/.exec(site)?.[1];
  return digits === undefined ? undefined : firstEdgeIndex + Number(digits);
}

/** The number at the end of a node's name. */
export function numberAtEnd(node: string): number | undefined {
  const digits = /([0-9]+)$/.exec(node)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * First and last address of a range, as numbers.
 * @param cidr a range in CIDR notation
 * @throws Error if it is not one
 */
export function bounds(cidr: string): { first: number; last: number } {
  const [address, prefix] = IPv4.parseCIDR(cidr);
  const first = toNumber(address.toString());
  return { first, last: first + 2 ** (32 - prefix) - 1 };
}

/** An IPv4 address as a number. */
export function toNumber(address: string): number {
  return IPv4.parse(address)
    .toByteArray()
    .reduce((sum, byte) => sum * 256 + byte, 0);
}

function toAddress(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** How many subnets a network can be cut into. */
export function capacity(network: Pick<NetworkRange, 'range' | 'prefix'>): number {
  return 2 ** (network.prefix - IPv4.parseCIDR(network.range)[1]);
}

/** The address with that host number in the site's subnet of a network. */
export function addressAt(network: NetworkRange, index: number, host: number): string {
  return toAddress(network.first + index * 2 ** (32 - network.prefix) + host);
}

/** The undercloud's address in the control plane's subnet of a network. */
export function undercloudAddress(network: NetworkRange): string {
  return addressAt(network, controlPlaneIndex, hostNumbers.undercloud);
}

/** A network's subnet at a site. */
export function subnet(
  name: NetworkName,
  network: NetworkRange,
  site: string,
  kind: SiteKind,
  index: number,
): SubnetPlan {
  return {
    network: name,
    name: subnetName(name, site, kind),
    cidr: `${addressAt(network, index, 0)}/${network.prefix}`,
    gateway: addressAt(network, index, hostNumbers.gateway),
    pool: {
      start: addressAt(network, index, hostNumbers.poolStart),
      end: addressAt(network, index, hostNumbers.poolEnd),
    },
    range: network.range,
  };
}

/**
 * Neutron's name of a site's subnet. The control plane's have TripleO's default names, which its roles, its service
 * VIPs (THT network/service_net_map.j2.yaml VipSubnetMapDefaults) and undercloud.conf expect.
 */
function subnetName(network: NetworkName, site: string, kind: SiteKind): string {
  const separator = network === 'ctlplane' ? '-' : '_';
  return `${network}${separator}${kind === 'control-plane' ? 'subnet' : site.replaceAll('-', separator)}`;
}

/** Networks that a site of a kind has: only the control plane has external ones, and Ceph alone needs none for services. */
export function networksOf(kind: SiteKind): NetworkName[] {
  if (kind === 'external-ceph') {
    return ['ctlplane', 'storage', 'storage_mgmt'];
  }
  return networkNames.filter((name) => name !== 'external' || kind === 'control-plane');
}

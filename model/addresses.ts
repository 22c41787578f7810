import { IPv4 } from 'ipaddr.js';
import { controlPlane } from './names';

/** A range that is cut into one subnet of `prefix` bits for each site. */
export interface Numbering {
  range: string;
  prefix: number;
  /** First address of the range as a number: to parse the range for each address takes most of a plan's time. */
  first: number;
}

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

/** First subnet index of racks: those below are of the sites with fixed names. */
export const firstRackIndex = 3;

/** Subnet indices of the sites with fixed names. */
export const namedIndex: Readonly<Record<string, number>> = {
  [controlPlane]: 0,
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

/** The IPv4 address with a number. */
export function toAddress(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** Whether a range is a part of another, or the same. */
export function isWithin(part: string, whole: string): boolean {
  const inner = bounds(part);
  const outer = bounds(whole);
  return outer.first <= inner.first && inner.last <= outer.last;
}

/** How many subnets a range can be cut into. */
export function capacity({ range, prefix }: Numbering): number {
  return 2 ** (prefix - IPv4.parseCIDR(range)[1]);
}

/** The subnet with an index, in CIDR notation. */
export function cidrAt({ first, prefix }: Numbering, index: number): string {
  return `${toAddress(first + index * 2 ** (32 - prefix))}/${prefix}`;
}

/** The undercloud's address in the control plane's subnet of a network. */
export function undercloudAddress({ cidr }: { cidr: string }): string {
  return toAddress(bounds(cidr).first + hostNumbers.undercloud);
}

/** Whether an address is one of a host in a subnet: not outside, not the network's or the broadcast address. */
export function isHost(address: string, cidr: string): boolean {
  const { first, last } = bounds(cidr);
  const number = toNumber(address);
  return first < number && number < last;
}

/** Whether an address is in a pool. */
export function isBetween(address: string, start: string, end: string): boolean {
  const number = toNumber(address);
  return toNumber(start) <= number && number <= toNumber(end);
}

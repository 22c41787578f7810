import * as ipaddr from 'ipaddr.js';

const networks = ['ctlplane', 'storage', 'storage_mgmt', 'internal_api', 'tenant', 'external'] as const;

/** Prefix lengths of a range: a /16 has 256 subnets, of which dcn0 has the one with number 16. */
const mostBits = 16;
const fewestBits = 8;

/** What is wrong with a text as the first of the ranges; undefined: nothing. */
export function rangeFault(text: string): string | undefined {
  try {
    const [address, bits] = ipaddr.IPv4.parseCIDR(text);
    const isNetwork = ipaddr.IPv4.networkAddressFromCIDR(text).toString() === address.toString();
    const isInside = numberOf(address) + networks.length * 2 ** (32 - bits) <= 2 ** 32;
    if (isNetwork && isInside && bits >= fewestBits && bits <= mostBits) {
      return undefined;
    }
  } catch {
    // Not an address and a prefix length: below.
  }
  return `${text}: must be a network such as 172.16.0.0/16, with a prefix length from ${fewestBits} to ${mostBits}; the five ranges after it are taken, too.`;
}

/** A range for each network: `first`, then those that follow it. @param first without a fault */
export function rangesFrom(first: string): Record<(typeof networks)[number], string> {
  const [address, bits] = ipaddr.IPv4.parseCIDR(first);
  const entries = networks.map((name, index) => [
    name,
    `${textOf(numberOf(address) + index * 2 ** (32 - bits))}/${bits}`,
  ]);
  return Object.fromEntries(entries) as Record<(typeof networks)[number], string>;
}

function numberOf(address: ipaddr.IPv4): number {
  return address.octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

function textOf(number: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join('.');
}

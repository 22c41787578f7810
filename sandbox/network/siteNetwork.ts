import { type SubnetPlan, allSubnets } from '../../model';

/** A subnet with the bytes of a packet in its network. */
export interface SiteSubnet extends SubnetPlan {
  /** Absent in the record of a host that version 0.1.0 made: 1500. */
  mtu?: number;
}

/** Hosts on one bridge: a site's own, or those of a rack. */
export interface Segment {
  name: string;
  /** One per network; one bridge carries all of them. */
  subnets: SiteSubnet[];
}

/** What the network has to know of a site. */
export interface SiteNetwork extends Segment {
  /** Its racks, each with a bridge of its own; absent: none. */
  racks?: Segment[];
  /** Rate of the site's WAN link in each direction, as `tc` writes it (`200mbit`); absent: not limited. */
  rate?: string;
}

/** Bytes of a packet on the WAN. */
export const ethernetMtu = 1500;

/** Bytes of a packet in a subnet. */
export function mtuOf({ mtu = ethernetMtu }: SiteSubnet): number {
  return mtu;
}

/** Bytes of the largest packet that the links of a site carry. */
export function linkMtu(site: SiteNetwork): number {
  return Math.max(ethernetMtu, ...allSubnets(site).map(mtuOf));
}

/** Addresses of the router in a subnet: the gateway, and those that routes lead to. */
export function routersOf({ gateway, routes }: SubnetPlan): string[] {
  return [...new Set([...(gateway === undefined ? [] : [gateway]), ...routes.map(({ nexthop }) => nexthop)])];
}

/** Commands of `ip` that give a link of a router its addresses in a subnet, and the route to the subnet this MTU. */
export function gatewaysOn(link: string, subnet: SiteSubnet, mtu: number): string[] {
  const addresses = routersOf(subnet);
  return [
    ...addresses.map((address) => `address replace ${address}/${prefixOf(subnet.cidr)} dev ${link}`),
    ...addresses.slice(0, 1).map((address) => onLinkRoute(subnet, link, address, mtu)),
  ];
}

/** Command of `ip` that gives the route to a subnet on a link, which the kernel has made for an address, this MTU. */
export function onLinkRoute({ cidr }: SiteSubnet, link: string, address: string, mtu: number): string {
  return `route replace ${cidr} dev ${link} proto kernel scope link src ${address} mtu ${mtu}`;
}

/** Length of a network's prefix, as `ip` takes it after an address. */
export function prefixOf(cidr: string): string {
  return cidr.split('/')[1] ?? '';
}

import type { SubnetPlan } from '../../model';
import { interfaceName, linksOf, routerNamespace } from './names';
import { ensureNamespace, hasLink, inNamespace, ip, linksIn } from './namespace';
import { limitRate } from './rate';

/** A subnet with the bytes of a packet in its network. */
export interface SiteSubnet extends SubnetPlan {
  /** Absent in the record of a host that version 0.1.0 made: 1500. */
  mtu?: number;
}

/** What the network has to know of a site. */
export interface SiteNetwork {
  name: string;
  /** One per network; one bridge carries all of them. */
  subnets: SiteSubnet[];
  /** Rate of the site's WAN link in each direction, as `tc` writes it (`200mbit`); absent: not limited. */
  rate?: string;
}

/*
 * In the router's namespace, for each site:
 *
 *   hosts' eth0 ═ h-HOST ─┐
 *   hosts' eth0 ═ h-HOST ─┤ br-SITE ├─ up-SITE ═ wan-SITE (the gateways' addresses; routed to the other sites)
 *
 * The pair up/wan is the site's WAN link. Traffic to the site leaves by `wan-SITE`, traffic from the site by `up-SITE`: a
 * queue on each limits the two directions. Traffic within the site passes neither. A cut removes `up-SITE` from the
 * bridge: packets are lost without an error, as in a cut fibre, and the site itself keeps working.
 *
 * All links of a site have the largest MTU of the site's networks; a host's route to a network has the network's own MTU. The
 * WAN carries 1500 bytes: the router's routes have at most that, so that a host that sends larger packets to another site
 * gets the ICMP message of a router on the way.
 */

const ethernetMtu = 1500;

/** Bytes of a packet in a subnet. */
export function mtuOf({ mtu = ethernetMtu }: SiteSubnet): number {
  return mtu;
}

/** Bytes of the largest packet that the links of a site carry. */
export function linkMtu({ subnets }: SiteNetwork): number {
  return Math.max(ethernetMtu, ...subnets.map(mtuOf));
}

/** Creates the router's namespace if it is missing. */
export async function ensureRouter(lab: string): Promise<void> {
  const router = routerNamespace(lab);
  await ensureNamespace(router);
  // arp_ignore: without it, the bridges in this namespace answer for the gateways, and traffic bypasses the WAN link.
  const settings = ['net.ipv4.ip_forward=1', 'net.ipv4.conf.all.arp_ignore=1'];
  await inNamespace(router, ['sysctl', '--quiet', '--write', ...settings]);
}

/** Creates a site's bridge and WAN link if they are missing; an existing link keeps its rate and stays cut. */
export async function ensureSite(lab: string, site: SiteNetwork): Promise<void> {
  const router = routerNamespace(lab);
  const { bridge, up, wan } = linksOf(site.name);
  if (!(await hasLink(router, wan))) {
    // The link gets its final name last, so that an interrupted creation starts again.
    const draft = interfaceName('new', site.name);
    await ip(router, [
      ...((await hasLink(router, draft)) ? [`link delete ${draft}`] : []),
      ...((await hasLink(router, bridge)) ? [] : [`link add ${bridge} type bridge forward_delay 0`]),
      `link set ${bridge} up`,
      `link add ${draft} type veth peer name ${up}`,
      `link set ${up} master ${bridge} up`,
    ]);
    if (site.rate) {
      await limitRate(router, [draft, up], site.rate);
    }
    await ip(router, [`link set ${draft} name ${wan}`, `link set ${wan} up`]);
  }
  await ip(router, [
    ...[wan, up, bridge].map((link) => `link set ${link} mtu ${linkMtu(site)}`),
    ...site.subnets.flatMap((subnet) => {
      const addresses = routersOf(subnet);
      const mtu = Math.min(mtuOf(subnet), ethernetMtu);
      return [
        ...addresses.map((address) => `address replace ${address}/${prefixOf(subnet.cidr)} dev ${wan}`),
        ...addresses.slice(0, 1).map((address) => onLinkRoute(subnet, wan, address, mtu)),
      ];
    }),
  ]);
}

/** Command of `ip` that gives the route to a subnet on a link, which the kernel has made for an address, this MTU. */
export function onLinkRoute({ cidr }: SiteSubnet, link: string, address: string, mtu: number): string {
  return `route replace ${cidr} dev ${link} proto kernel scope link src ${address} mtu ${mtu}`;
}

/** Addresses of the router in a subnet: the gateway, and those that routes lead to. */
function routersOf({ gateway, routes }: SubnetPlan): string[] {
  return [...new Set([...(gateway === undefined ? [] : [gateway]), ...routes.map(({ nexthop }) => nexthop)])];
}

/** Removes the bridges and WAN links of all sites but `sites`; a bridge that a host is connected to stays. */
export async function removeOtherSites(lab: string, sites: string[]): Promise<void> {
  const router = routerNamespace(lab);
  const links = await linksIn(router);
  for (const bridge of links.filter(({ name }) => name.startsWith('br-'))) {
    const site = bridge.name.slice('br-'.length);
    const isKept = sites.some((name) => linksOf(name).bridge === bridge.name);
    const isUsed = links.some(({ name, master }) => master === bridge.name && name.startsWith('h-'));
    if (isKept || isUsed) {
      continue;
    }
    const wan = links.find(({ name }) => name === `wan-${site}`);
    await ip(router, [...(wan ? [`link delete ${wan.name}`] : []), `link delete ${bridge.name}`]);
  }
}

/** Length of a network's prefix, as `ip` takes it after an address. */
export function prefixOf(cidr: string): string {
  return cidr.split('/')[1] ?? '';
}

import type { SubnetPlan } from '../../model';
import { interfaceName, linksOf, routerNamespace } from './names';
import { ensureNamespace, hasLink, inNamespace, ip, linksIn } from './namespace';
import { limitRate } from './rate';

/** A site as the network sees it. */
export interface SiteNetwork {
  name: string;
  /** One per network; the site's one bridge carries all of them. */
  subnets: SubnetPlan[];
  /** Rate of the site's WAN link in each direction, as `tc` writes it (`200mbit`); absent: not limited. */
  rate?: string;
}

/*
 * In the router's namespace, for each site:
 *
 *   hosts' eth0 ═ h-HOST ─┐
 *   hosts' eth0 ═ h-HOST ─┤ br-SITE ├─ up-SITE ═ wan-SITE (the gateways' addresses; routed to the other sites)
 *
 * The pair up/wan is the site's WAN link. What leaves by `wan-SITE` goes to the site, what leaves by `up-SITE` comes from
 * the site: a queue on each limits the two directions, and traffic within the site passes neither. A cut takes `up-SITE`
 * off the bridge: the link goes silent, as a cut fibre does, and the site itself keeps working.
 */

/** Creates the router's namespace if it is missing. */
export async function ensureRouter(lab: string): Promise<void> {
  const router = routerNamespace(lab);
  await ensureNamespace(router);
  // arp_ignore: without it the bridges, which lie in this namespace too, answer for the gateways, and traffic bypasses
  // the WAN link.
  const settings = ['net.ipv4.ip_forward=1', 'net.ipv4.conf.all.arp_ignore=1'];
  await inNamespace(router, ['sysctl', '--quiet', '--write', ...settings]);
}

/** Creates a site's bridge and WAN link if they are missing; an existing link keeps its rate and stays cut. */
export async function ensureSite(lab: string, site: SiteNetwork): Promise<void> {
  const router = routerNamespace(lab);
  const { bridge, up, wan } = linksOf(site.name);
  if (!(await hasLink(router, wan))) {
    // The link gets its final name last: an interrupted one is created again.
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
  await ip(
    router,
    site.subnets.map(({ gateway, cidr }) => `address replace ${gateway}/${prefixOf(cidr)} dev ${wan}`),
  );
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

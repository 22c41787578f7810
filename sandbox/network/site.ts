import { interfaceName, linksOf, rackRouterNamespace, rackSegment, routerNamespace } from './names';
import {
  type Link,
  ensureNamespace,
  hasLink,
  hasNamespace,
  inNamespace,
  ip,
  linksIn,
  removeNamespace,
} from './namespace';
import { ensureRacks, rackRoutes } from './racks';
import { limitRate } from './rate';
import { type SiteNetwork, ethernetMtu, gatewaysOn, linkMtu, mtuOf } from './siteNetwork';

/*
 * In the router's namespace, for each site:
 *
 *   hosts' eth0 ═ h-HOST ─┐
 *   hosts' eth0 ═ h-HOST ─┤ br-SITE ├─ up-SITE ═ wan-SITE (the gateways' addresses; routed to the other sites)
 *
 * The pair up/wan is the site's WAN link. Traffic to the site leaves by `wan-SITE`, traffic from the site by `up-SITE`: a
 * queue on each limits the two directions. Traffic within the site passes neither. A cut removes `up-SITE` from the
 * bridge: packets are lost without an error, as in a cut fibre, and the site itself keeps working. Of a site with racks,
 * network/racks.ts has the gateways.
 *
 * All links of a site have the largest MTU of the site's networks; a host's route to a network has the network's own MTU. The
 * WAN carries 1500 bytes: the router's routes have at most that, so that a host that sends larger packets to another site
 * gets the ICMP message of a router on the way.
 */

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
  await ip(
    router,
    [wan, up, bridge].map((link) => `link set ${link} mtu ${linkMtu(site)}`),
  );
  const racks = rackRouterNamespace(lab, bridge);
  const hasRacks = site.racks !== undefined;
  if (!hasRacks && (await hasHostsInRacks(router, racks, bridge))) {
    // A lab file without the racks of a site that is up is refused later: until then the hosts in them keep their router.
    return;
  }
  if (hasRacks !== hasNamespace(racks)) {
    // The gateways move to the other router.
    await ip(router, [`address flush dev ${wan}`, `route flush dev ${wan}`]);
    await removeNamespace(racks);
  }
  if (hasRacks) {
    await ensureRacks(lab, site);
  }
  await ip(
    router,
    hasRacks
      ? rackRoutes(site)
      : site.subnets.flatMap((subnet) => gatewaysOn(wan, subnet, Math.min(mtuOf(subnet), ethernetMtu))),
  );
}

/** Whether hosts are in the racks of a site, by the site's bridge. */
async function hasHostsInRacks(router: string, racks: string, bridge: string): Promise<boolean> {
  const links = await linksIn(router);
  const joined = await bridgesAt(racks, links);
  return isUsed(
    links,
    joined.filter((other) => other !== bridge),
  );
}

/** The bridges that the router of a site's racks joins; none if there is no such router. */
async function bridgesAt(racks: string, links: Link[]): Promise<string[]> {
  const ofRacks = hasNamespace(racks) ? (await linksIn(racks)).map(({ name }) => name) : [];
  return links.flatMap(({ name, master }) => (ofRacks.includes(name) && master ? [master] : []));
}

/** Whether a host is at one of these bridges. */
function isUsed(links: Link[], bridges: string[]): boolean {
  return links.some(
    ({ name, master }) => name.startsWith('h-') && master !== undefined && bridges.includes(master),
  );
}

/** Removes bridges, WAN links and routers of all sites and racks but those of `sites`; those that a host needs stay. */
export async function removeOtherSites(lab: string, sites: SiteNetwork[]): Promise<void> {
  const router = routerNamespace(lab);
  const links = await linksIn(router);
  const kept = sites.flatMap(({ name, racks = [] }) => [
    linksOf(name).bridge,
    ...racks.map((rack) => linksOf(rackSegment(name, rack.name)).bridge),
  ]);
  const empty: string[] = [];
  for (const { name: bridge } of links.filter(({ name }) => name.startsWith('br-'))) {
    const racks = rackRouterNamespace(lab, bridge);
    if (kept.includes(bridge) || isUsed(links, [bridge, ...(await bridgesAt(racks, links))])) {
      continue;
    }
    // interfaceName cuts `br-SITE` and `up-SITE` in the same place, `wan-SITE` in another; the two ends of a link go together.
    const up = bridge.replace(/^br-/, 'up-');
    const own = links.filter(
      ({ name, master }) => name === up || (master === bridge && name.startsWith('lan-')),
    );
    await ip(router, [...own.map(({ name }) => `link delete ${name}`), `link delete ${bridge}`]);
    empty.push(racks);
  }
  // Last: a namespace takes its links to the bridges of racks with it.
  for (const racks of empty) {
    await removeNamespace(racks);
  }
}

import { allSubnets } from '../../model';
import { linksOf, rackRouterNamespace, rackSegment, routerNamespace } from './names';
import { ensureNamespace, hasLink, inNamespace, ip } from './namespace';
import {
  type Segment,
  type SiteNetwork,
  ethernetMtu,
  gatewaysOn,
  linkMtu,
  mtuOf,
  routersOf,
} from './siteNetwork';

/*
 * A site with racks has a router of its own, in a namespace of its own:
 *
 *   hosts' eth0 ═ h-HOST ─ br-SITE ──────┬─ up-SITE ═ wan-SITE (routed to the other sites)
 *                                        └─ lan-SITE ══════╗
 *   hosts' eth0 ═ h-HOST ─ br-SITE_RACK ─── lan-SITE_RACK ═╩ router of the racks (the gateways' addresses)
 *
 * Traffic between racks passes this router alone. Traffic to other sites goes on by the site's bridge and WAN link, so that limits,
 * cuts and counters of that link hold for all racks.
 */

/** Address of the lab's router on the WAN link of each site with racks. */
const labRouter = '169.254.0.1';

/** Creates the bridges of a site's racks and the router between them; existing parts stay as they are. */
export async function ensureRacks(lab: string, site: SiteNetwork): Promise<void> {
  const router = routerNamespace(lab);
  const own = linksOf(site.name);
  const namespace = rackRouterNamespace(lab, own.bridge);
  await ensureNamespace(namespace);
  // Without send_redirects=0, hosts of the site's own subnets would be told to send to the lab's router themselves.
  const settings = ['ip_forward=1', 'conf.all.send_redirects=0', 'conf.default.send_redirects=0'];
  await inNamespace(namespace, [
    'sysctl',
    '--quiet',
    '--write',
    ...settings.map((setting) => `net.ipv4.${setting}`),
  ]);
  for (const { name, subnets } of [site, ...racksOf(site)]) {
    const { bridge, lan } = linksOf(name);
    await ip(router, [
      ...((await hasLink(router, bridge)) ? [] : [`link add ${bridge} type bridge forward_delay 0`]),
      `link set ${bridge} mtu ${linkMtu(site)} up`,
      ...((await hasLink(router, lan))
        ? []
        : [`link add ${lan} type veth peer name ${lan} netns ${namespace}`]),
      `link set ${lan} mtu ${linkMtu(site)} master ${bridge} up`,
    ]);
    await ip(namespace, [
      `link set ${lan} mtu ${linkMtu(site)} up`,
      ...subnets.flatMap((subnet) => gatewaysOn(lan, subnet, mtuOf(subnet))),
    ]);
  }
  await ip(namespace, [`route replace default via ${labRouter} dev ${own.lan} onlink mtu ${ethernetMtu}`]);
}

/** Lines of `ip -batch` by which the lab's router sends to the router of a site's racks. */
export function rackRoutes(site: SiteNetwork): string[] {
  const { wan } = linksOf(site.name);
  const gateway = site.subnets.find(({ network }) => network === 'ctlplane')?.gateway;
  return [
    `address replace ${labRouter}/32 dev ${wan}`,
    ...allSubnets(site)
      .filter((subnet) => routersOf(subnet).length > 0)
      .map((subnet) => {
        const mtu = Math.min(mtuOf(subnet), ethernetMtu);
        return `route replace ${subnet.cidr} via ${gateway} dev ${wan} onlink mtu ${mtu}`;
      }),
  ];
}

function racksOf({ name, racks = [] }: SiteNetwork): Segment[] {
  return racks.map((rack) => ({ ...rack, name: rackSegment(name, rack.name) }));
}

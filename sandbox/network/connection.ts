import { IPv4 } from 'ipaddr.js';
import { createHash } from 'node:crypto';
import { allSubnets } from '../../model';
import { succeeds } from '../run';
import { hostNamespace, interfaceName, linksOf, rackSegment, routerNamespace } from './names';
import { ensureNamespace, hasLink, hasNamespace, ip, removeNamespace } from './namespace';
import { type SiteNetwork, linkMtu, mtuOf, onLinkRoute, prefixOf } from './siteNetwork';

/** The place of a host in a lab's network. */
export interface HostPlace {
  site: SiteNetwork;
  /** Name of its rack; undefined: it is in the site's own subnets. */
  rack: string | undefined;
}

/** Creates a host's namespace and connects it to the host's site or rack; existing parts stay as they are. */
export async function connectHost(
  lab: string,
  host: string,
  addresses: string[],
  { site, rack }: HostPlace,
): Promise<void> {
  const router = routerNamespace(lab);
  const namespace = hostNamespace(lab, host);
  const port = interfaceName('h', host);
  await ensureNamespace(namespace);
  if (!(await hasLink(router, port))) {
    const peer = `peer name eth0 address ${hardwareAddress(lab, host)} netns ${namespace}`;
    await ip(router, [`link add ${port} type veth ${peer}`]);
  }
  const mtu = linkMtu(site);
  const { bridge } = linksOf(rack === undefined ? site.name : rackSegment(site.name, rack));
  await ip(router, [`link set ${port} mtu ${mtu} master ${bridge} up`]);
  const used = allSubnets(site).flatMap((subnet) =>
    addresses.filter((address) => contains(subnet.cidr, address)).map((address) => ({ subnet, address })),
  );
  const ctlplane = used.find(({ subnet }) => subnet.network === 'ctlplane');
  await ip(namespace, [
    'link set lo up',
    `link set eth0 mtu ${mtu} up`,
    ...used.map(({ subnet, address }) => `address replace ${address}/${prefixOf(subnet.cidr)} dev eth0`),
    ...used.map(({ subnet, address }) => onLinkRoute(subnet, 'eth0', address, mtuOf(subnet))),
    // As with TripleO's routes: packets to a network at other sites come from the host's address in that network.
    ...used.flatMap(({ subnet, address }) =>
      subnet.routes.map(
        ({ destination, nexthop }) =>
          `route replace ${destination} via ${nexthop} src ${address} mtu ${mtuOf(subnet)}`,
      ),
    ),
    ...(ctlplane?.subnet.gateway ? [`route replace default via ${ctlplane.subnet.gateway}`] : []),
  ]);
}

/** Removes a host's namespace, and with it the connection; no error if it does not exist. */
export async function disconnectHost(lab: string, host: string): Promise<void> {
  await removeNamespace(hostNamespace(lab, host));
  const port = interfaceName('h', host);
  // The kernel destroys the namespace later; until then its port would block a new host of the same name.
  const router = routerNamespace(lab);
  if (hasNamespace(router) && (await hasLink(router, port))) {
    await succeeds('ip', ['-n', router, 'link', 'delete', port]);
  }
}

/** Derived from names: a host that is created anew keeps the hardware address that its neighbours' ARP tables have. */
function hardwareAddress(lab: string, host: string): string {
  const digest = createHash('sha256').update(`${lab}/${host}`).digest('hex');
  // 02: locally administered
  return ['02', ...(digest.match(/../g) as string[]).slice(0, 5)].join(':');
}

function contains(cidr: string, address: string): boolean {
  return IPv4.parse(address).match(IPv4.parseCIDR(cidr));
}

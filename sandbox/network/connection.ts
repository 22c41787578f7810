import { IPv4 } from 'ipaddr.js';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { run, succeeds } from '../run';
import { hostNamespace, interfaceName, linksOf, namespaceFile, routerNamespace } from './names';
import { ensureNamespace, hasLink, ip } from './namespace';
import { type SiteNetwork, linkMtu, mtuOf, onLinkRoute, prefixOf } from './site';

/** Creates a host's namespace and connects it to the host's site; existing parts stay as they are. */
export async function connectHost(
  lab: string,
  host: string,
  addresses: string[],
  site: SiteNetwork,
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
  await ip(router, [`link set ${port} mtu ${mtu} master ${linksOf(site.name).bridge} up`]);
  const used = site.subnets.flatMap((subnet) =>
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
  const namespace = hostNamespace(lab, host);
  if (fs.existsSync(namespaceFile(namespace))) {
    await run('ip', ['netns', 'delete', namespace]);
  }
  const port = interfaceName('h', host);
  // The kernel destroys the namespace later; until then its port would block a new host of the same name.
  const router = routerNamespace(lab);
  if (fs.existsSync(namespaceFile(router)) && (await hasLink(router, port))) {
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

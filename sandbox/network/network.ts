import { IPv4 } from 'ipaddr.js';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import type { SubnetPlan } from '../../model/types';
import { hostNamespace, interfaceName, namespaceFile, routerNamespace } from '../paths';
import { run, succeeds } from '../run';

/** A site as the network sees it. */
export interface SiteNetwork {
  name: string;
  /** One per network; all of them lie on the site's one bridge. */
  subnets: SubnetPlan[];
  /** Rate of its WAN link each way, as `tc` writes it (`200mbit`); absent: not limited. */
  rate?: string;
}

/*
 * In the router's namespace, for each site:
 *
 *   hosts' eth0 ═ h-HOST ─┐
 *   hosts' eth0 ═ h-HOST ─┤ br-SITE ├─ up-SITE ═ wan-SITE (the gateways' addresses; routed to the other sites)
 *
 * The pair up/wan is the site's WAN link. What leaves by `wan-SITE` goes to the site, what leaves by `up-SITE` comes from it, so
 * a queue on each shapes the two directions, and traffic within the site passes neither. A cut takes `up-SITE` off the
 * bridge: the line is silent, as a cut fibre is, and the site goes on by itself.
 */

/** Makes the router's namespace if it is not there. */
export async function ensureRouter(lab: string): Promise<void> {
  const router = routerNamespace(lab);
  await ensureNamespace(router);
  // arp_ignore: or the bridges, which are in this namespace too, answer for the gateways, and traffic passes by the WAN link
  const settings = ['net.ipv4.ip_forward=1', 'net.ipv4.conf.all.arp_ignore=1'];
  await inNamespace(router, ['sysctl', '--quiet', '--write', ...settings]);
}

/** Makes a site's bridge and WAN link if they are not there; a link that is there keeps its rate and stays cut. */
export async function ensureSite(lab: string, site: SiteNetwork): Promise<void> {
  const router = routerNamespace(lab);
  const { bridge, up, wan } = linksOf(site.name);
  if (!(await hasLink(router, wan))) {
    // the link gets its name when it is ready: one that was interrupted before is made again
    const draft = interfaceName('new', site.name);
    await ip(router, [
      ...((await hasLink(router, draft)) ? [`link delete ${draft}`] : []),
      ...((await hasLink(router, bridge)) ? [] : [`link add ${bridge} type bridge forward_delay 0`]),
      `link set ${bridge} up`,
      `link add ${draft} type veth peer name ${up}`,
      `link set ${up} master ${bridge} up`,
    ]);
    if (site.rate) {
      await shape(router, [draft, up], site.rate);
    }
    await ip(router, [`link set ${draft} name ${wan}`, `link set ${wan} up`]);
  }
  await ip(
    router,
    site.subnets.map(({ gateway, cidr }) => `address replace ${gateway}/${prefixOf(cidr)} dev ${wan}`),
  );
}

/** Takes away bridges of sites that are not in `sites` and to which no host is connected. */
export async function removeOtherSites(lab: string, sites: string[]): Promise<void> {
  const router = routerNamespace(lab);
  const links = await linksIn(router);
  for (const bridge of links.filter(({ name }) => name.startsWith('br-'))) {
    const site = bridge.name.slice('br-'.length);
    if (sites.some((name) => linksOf(name).bridge === bridge.name)) {
      continue;
    }
    if (links.some(({ name, master }) => master === bridge.name && name.startsWith('h-'))) {
      continue;
    }
    const wan = links.find(({ name }) => name === `wan-${site}`);
    await ip(router, [...(wan ? [`link delete ${wan.name}`] : []), `link delete ${bridge.name}`]);
  }
}

/** Makes a host's namespace and connects it to its site; nothing is done for what is there. */
export async function connectHost(
  lab: string,
  host: string,
  addresses: string[],
  site: SiteNetwork,
): Promise<void> {
  const router = routerNamespace(lab);
  const own = hostNamespace(lab, host);
  const port = interfaceName('h', host);
  await ensureNamespace(own);
  if (!(await hasLink(router, port))) {
    await ip(router, [
      `link add ${port} type veth peer name eth0 address ${hardwareAddress(lab, host)} netns ${own}`,
    ]);
  }
  await ip(router, [`link set ${port} master ${linksOf(site.name).bridge} up`]);
  const used = site.subnets.flatMap((subnet) =>
    addresses.filter((address) => contains(subnet.cidr, address)).map((address) => ({ subnet, address })),
  );
  const ctlplane = used.find(({ subnet }) => subnet.network === 'ctlplane');
  await ip(own, [
    'link set lo up',
    'link set eth0 up',
    ...used.map(({ subnet, address }) => `address replace ${address}/${prefixOf(subnet.cidr)} dev eth0`),
    // as TripleO's network routes do: each network reaches its own range at other sites from its own address
    ...used.map(
      ({ subnet, address }) => `route replace ${subnet.range} via ${subnet.gateway} src ${address}`,
    ),
    ...(ctlplane ? [`route replace default via ${ctlplane.subnet.gateway}`] : []),
  ]);
}

/** The same for a host made anew, as for the same machine: its neighbours have it in their ARP tables. */
function hardwareAddress(lab: string, host: string): string {
  const digest = createHash('sha256').update(`${lab}/${host}`).digest('hex');
  // 02: locally administered
  return ['02', ...(digest.match(/../g) as string[]).slice(0, 5)].join(':');
}

/** Takes away a host's namespace, and with it its connection; fine when there is none. */
export async function disconnectHost(lab: string, host: string): Promise<void> {
  const own = hostNamespace(lab, host);
  if (fs.existsSync(namespaceFile(own))) {
    await run('ip', ['netns', 'delete', own]);
  }
  const port = interfaceName('h', host);
  // the kernel destroys a namespace some time later; its port must not be in the way of a new host of this name
  const router = routerNamespace(lab);
  if (fs.existsSync(namespaceFile(router)) && (await hasLink(router, port))) {
    await succeeds('ip', ['-n', router, 'link', 'delete', port]);
  }
}

/**
 * Changes a site's WAN link while it is in use.
 * @param order a rate each way such as `100mbit`; `off`: no limit; `cut`, `mend`: the line
 * @throws Error when the order is none or the site has no link.
 */
export async function wanLink(lab: string, site: string, order: string): Promise<void> {
  const router = routerNamespace(lab);
  const { bridge, up, wan } = linksOf(site);
  if (!fs.existsSync(namespaceFile(router)) || !(await hasLink(router, wan))) {
    throw new Error(
      `wan ${site}: the sandbox of lab ${lab} has no site of this name; see \`dcn sandbox status\``,
    );
  }
  if (order === 'cut') {
    return ip(router, [`link set ${up} nomaster`]);
  }
  if (order === 'mend') {
    return ip(router, [`link set ${up} master ${bridge}`]);
  }
  if (order === 'off') {
    return unshape(router, [wan, up]);
  }
  return shape(router, [wan, up], order);
}

/** Bytes that have gone to a site, and come from it, by its WAN link since that was made. */
export async function wanBytes(lab: string, site: string): Promise<{ to: number; from: number }> {
  const { wan } = linksOf(site);
  const [link] = JSON.parse(
    await run('ip', ['-n', routerNamespace(lab), '-j', '-s', 'link', 'show', wan]),
  ) as [{ stats64: Record<'rx' | 'tx', { bytes: number }> }];
  return { to: link.stats64.tx.bytes, from: link.stats64.rx.bytes };
}

/** A site's WAN link as it is now. */
export async function wanState(lab: string, site: string): Promise<{ rate?: string; cut: boolean }> {
  const router = routerNamespace(lab);
  const { up, wan } = linksOf(site);
  const ports = await linksIn(router);
  const qdiscs = JSON.parse(await inNamespace(router, ['tc', '-j', 'qdisc', 'show', 'dev', wan])) as Qdisc[];
  const rate = qdiscs.find(({ kind }) => kind === 'tbf')?.options.rate;
  return {
    ...(rate === undefined ? {} : { rate: `${(rate * 8) / 1e6}mbit` }),
    cut: !ports.find(({ name }) => name === up)?.master,
  };
}

interface Qdisc {
  kind: string;
  options: { /** bytes per second */ rate?: number };
}

/** Runs a program in one of the lab's namespaces, with the machine's own view of files. */
export async function inNamespace(namespace: string, command: string[]): Promise<string> {
  return run('nsenter', [`--net=${namespaceFile(namespace)}`, '--', ...command]);
}

async function ensureNamespace(namespace: string): Promise<void> {
  if (!(await succeeds('nsenter', [`--net=${namespaceFile(namespace)}`, 'true']))) {
    // `ip netns add` makes the file first and mounts the namespace on it then: one may be left without the other
    fs.rmSync(namespaceFile(namespace), { force: true });
    await run('ip', ['netns', 'add', namespace]);
  }
  await ip(namespace, ['link set lo up']);
}

async function shape(router: string, links: string[], rate: string): Promise<void> {
  for (const link of links) {
    const queue = ['tbf', 'rate', rate, 'burst', `${burst(rate)}b`, 'latency', '300ms'];
    await inNamespace(router, ['tc', 'qdisc', 'replace', 'dev', link, 'root', ...queue]);
  }
}

async function unshape(router: string, links: string[]): Promise<void> {
  // `replace` by what a veth has of itself, so that it is no error when there is no limit
  for (const link of links) {
    await inNamespace(router, ['tc', 'qdisc', 'replace', 'dev', link, 'root', 'noqueue']);
  }
}

/** Bytes that may pass at once: enough for a few packets, and for 10 ms at the rate; larger segments are split. */
function burst(rate: string): number {
  const [, count, unit] = /^([1-9][0-9]*)(k|m|g)bit$/.exec(rate) ?? [];
  if (!count) {
    throw new Error(`wan: ${rate} is not a rate; write for instance 100mbit, or one of off, cut, mend`);
  }
  const bytesPerSecond = (Number(count) * { k: 1e3, m: 1e6, g: 1e9 }[unit as 'k' | 'm' | 'g']) / 8;
  return Math.max(8 * 1024, Math.round(bytesPerSecond / 100));
}

function linksOf(site: string): { bridge: string; up: string; wan: string } {
  return {
    bridge: interfaceName('br', site),
    up: interfaceName('up', site),
    wan: interfaceName('wan', site),
  };
}

async function ip(namespace: string, lines: string[]): Promise<void> {
  await run('ip', ['-n', namespace, '-batch', '-'], { input: lines.map((line) => `${line}\n`).join('') });
}

async function linksIn(namespace: string): Promise<{ name: string; master?: string }[]> {
  const links = JSON.parse(await run('ip', ['-n', namespace, '-j', 'link'])) as {
    ifname: string;
    master?: string;
  }[];
  return links.map(({ ifname, master }) => ({ name: ifname, ...(master ? { master } : {}) }));
}

async function hasLink(namespace: string, link: string): Promise<boolean> {
  return succeeds('ip', ['-n', namespace, 'link', 'show', link]);
}

function prefixOf(cidr: string): string {
  return cidr.split('/')[1] ?? '';
}

function contains(cidr: string, address: string): boolean {
  return IPv4.parse(address).match(IPv4.parseCIDR(cidr));
}

import { run } from '../run';
import { linksOf, routerNamespace } from './names';
import { hasLink, inNamespace, ip, linksIn } from './namespace';
import { limitRate, unlimitRate } from './rate';
import { SandboxError } from '../sandboxError';

/**
 * Changes a site's WAN link while it is in use.
 * @param order a rate in each direction such as `100mbit`; `off`: no limit; `cut` and `restore`: the link itself
 * @throws UserError if the order is none of these or the site has no WAN link
 */
export async function changeWanLink(lab: string, site: string, order: string): Promise<void> {
  const router = routerNamespace(lab);
  const { bridge, up, wan } = linksOf(site);
  if (!(await hasLink(router, wan))) {
    throw new SandboxError(
      (dcn) =>
        `wan ${site}: the sandbox of lab ${lab} has no site of this name with a WAN link; ` +
        `\`${dcn} sandbox status\` lists the sites`,
    );
  }
  switch (order) {
    case 'cut':
      return ip(router, [`link set ${up} nomaster`]);
    case 'restore':
      return ip(router, [`link set ${up} master ${bridge}`]);
    case 'off':
      return unlimitRate(router, [wan, up]);
    default:
      return limitRate(router, [wan, up], order);
  }
}

/** Bytes that have crossed a site's WAN link in each direction since the link was created. */
export async function wanBytes(lab: string, site: string): Promise<{ to: number; from: number }> {
  const { wan } = linksOf(site);
  const [link] = JSON.parse(
    await run('ip', ['-n', routerNamespace(lab), '-j', '-s', 'link', 'show', wan]),
  ) as [{ stats64: Record<'rx' | 'tx', { bytes: number }> }];
  return { to: link.stats64.tx.bytes, from: link.stats64.rx.bytes };
}

/** State of a site's WAN link; `rate` in Mbit/s as `tc` writes it, absent: not limited. */
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

/** A queueing discipline as `tc -j` prints it. */
interface Qdisc {
  kind: string;
  options: { /** bytes per second */ rate?: number };
}

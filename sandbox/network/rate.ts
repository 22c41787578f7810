import { UserError } from '../../lib/userError';
import { inNamespace } from './namespace';

/**
 * Limits the traffic that leaves the router by each of these links.
 * @param rate as `tc` writes it (`200mbit`)
 * @throws UserError if `rate` is not a rate
 */
export async function limitRate(router: string, links: string[], rate: string): Promise<void> {
  const queue = ['tbf', 'rate', rate, 'burst', `${burst(rate)}b`, 'latency', '300ms'];
  for (const link of links) {
    await inNamespace(router, ['tc', 'qdisc', 'replace', 'dev', link, 'root', ...queue]);
  }
}

/** Removes the limit of each of these links of the router; no error if a link has none. */
export async function unlimitRate(router: string, links: string[]): Promise<void> {
  // `noqueue` is a veth's default. `replace`, unlike `delete`, is no error on a link without a limit.
  for (const link of links) {
    await inNamespace(router, ['tc', 'qdisc', 'replace', 'dev', link, 'root', 'noqueue']);
  }
}

/** Bytes that may pass at once: 10 ms at the rate, but at least the largest packet; the kernel splits larger segments. */
function burst(rate: string): number {
  const [, count, unit] = /^([1-9][0-9]*)(k|m|g)bit$/.exec(rate) ?? [];
  if (!count) {
    throw new UserError(
      `wan: ${rate} is not a rate; write for instance 100mbit, or one of off, cut, restore`,
    );
  }
  const bytesPerSecond = (Number(count) * { k: 1e3, m: 1e6, g: 1e9 }[unit as 'k' | 'm' | 'g']) / 8;
  return Math.max(16 * 1024, Math.round(bytesPerSecond / 100));
}

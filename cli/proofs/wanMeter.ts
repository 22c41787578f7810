import { isRemote } from '../../model/lab';
import type { SitePlan } from '../../model';
import { wanBytes } from '../../sandbox';
import type { LabContext } from '../context';

/** Bytes that went to a site, and came from it, over its WAN link; or why there are none to tell of. */
export type WanBytes = { to: number; from: number } | 'no WAN' | 'cannot be told';

/**
 * Begins to count what crosses a site's WAN link; the function gives what has crossed since. Only the sandbox has a counter
 * at hand that sees the site's traffic and no other.
 */
export async function wanMeter({ lab, name }: LabContext, site: SitePlan): Promise<() => Promise<WanBytes>> {
  if (!isRemote(site)) {
    return () => Promise.resolve('no WAN');
  }
  if (lab.provisioner !== 'sandbox') {
    return () => Promise.resolve('cannot be told');
  }
  const begin = await wanBytes(name, site.name);
  return async () => {
    const end = await wanBytes(name, site.name);
    return { to: end.to - begin.to, from: end.from - begin.from };
  };
}

import { type SitePlan, isRemote } from '../../model';
import type { LabContext } from '../context';
import { provisionerOf } from '../provisioners';

/** Bytes that crossed a site's WAN link, to the site and from it; or why there is no number. */
export type WanBytes = { to: number; from: number } | 'no WAN' | 'not counted';

/** Starts to count the bytes on a site's WAN link. @returns a function that gives the bytes since then */
export async function wanMeter(context: LabContext, site: SitePlan): Promise<() => Promise<WanBytes>> {
  if (!isRemote(site)) {
    return async () => 'no WAN';
  }
  const { wanCounter } = await provisionerOf(context);
  if (!wanCounter) {
    return async () => 'not counted';
  }
  const before = await wanCounter(site.name);
  return async () => {
    const after = await wanCounter(site.name);
    return { to: after.to - before.to, from: after.from - before.from };
  };
}

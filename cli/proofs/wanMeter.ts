import { type SitePlan, isRemote } from '../../model';
import type { LabContext } from '../context';
import { provisionerOf } from '../provisioners';

/** Bytes that crossed a site's WAN link, to the site and from it; or why they are not known. */
export type WanBytes = { to: number; from: number } | 'no WAN' | 'cannot be told';

/** Starts to count what crosses a site's WAN link. @returns a function that gives what has crossed since then */
export async function wanMeter({ lab }: LabContext, site: SitePlan): Promise<() => Promise<WanBytes>> {
  if (!isRemote(site)) {
    return async () => 'no WAN';
  }
  const { wanCounter } = await provisionerOf(lab);
  if (!wanCounter) {
    return async () => 'cannot be told';
  }
  const before = await wanCounter(site.name);
  return async () => {
    const after = await wanCounter(site.name);
    return { to: after.to - before.to, from: after.from - before.from };
  };
}

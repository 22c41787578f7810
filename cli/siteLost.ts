import type { LostStore } from '../kit/answers';
import { verbs } from '../kit/verbs';
import { printableName } from '../lib/printable';
import { type LabContext, toStderr } from './context';
import { withKit } from './undercloud';

/** The stores of lost sites, and the images in them. @throws UserError if the undercloud does not answer */
export async function lostStores(context: LabContext, sites: string[]): Promise<LostStore[]> {
  return withKit(context, async (kit) => {
    const found: LostStore[] = [];
    for (const site of sites) {
      found.push(await kit.ask(verbs.stores.lost(site)));
    }
    return found;
  });
}

/** Removes the stores of lost sites from the control plane's Glance without contacting the sites. */
export async function forgetLostStores(context: LabContext, lost: LostStore[]): Promise<void> {
  await withKit(context, async (kit) => {
    for (const { site, store } of lost) {
      if (store) {
        await kit.ask(verbs.stores.forget(site), { onLine: toStderr });
      }
    }
  });
}

/** Text about the images that are deleted with a store. */
export function lossText({ site, store, images }: LostStore): string {
  if (!store) {
    return `site ${site}: the control plane has no store of this site.`;
  }
  const only = images.filter(({ onlyHere }) => onlyHere);
  const others = images.length - only.length;
  return [
    only.length === 0
      ? `site ${site}: no image has its only copy in store ${store}.`
      : `site ${site}: ${only.length} ${only.length === 1 ? 'image has its' : 'images have their'} only copy in store ` +
        `${store}, and will be deleted:`,
    ...only.map(({ name, id }) => `  ${printableName(name)} (${id})`),
    ...(others > 0
      ? [`  ${others} more ${others === 1 ? 'image has' : 'images have'} a copy in it and elsewhere.`]
      : []),
  ].join('\n');
}

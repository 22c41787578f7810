import { createInterface } from 'node:readline/promises';
import { type LostStore, verbs } from '../kit/verbs';
import { UserError } from '../lib/userError';
import { type LabContext, toStderr } from './context';
import { withKit } from './undercloud';

/**
 * Removes the stores of lost sites from the control plane's Glance without contacting the sites. Prints first which images
 * are deleted with them, and asks at the terminal unless `yes` is set.
 *
 * @throws UserError if the user does not agree
 */
export async function forgetLostStores(context: LabContext, sites: string[], yes: boolean): Promise<void> {
  const lost = await withKit(context, async (kit) => {
    const found: LostStore[] = [];
    for (const site of sites) {
      found.push(await kit.ask(verbs.stores.lost(site)));
    }
    return found;
  });
  toStderr(lost.map(lossText).join('\n'));
  if (!yes && !(await saysYes())) {
    throw new UserError('Nothing was changed. --yes removes the stores without asking.');
  }
  await withKit(context, async (kit) => {
    for (const { site, store } of lost) {
      if (store) {
        await kit.ask(verbs.stores.forget(site), { onLine: toStderr });
      }
    }
  });
}

/** Which images are deleted with a store, in words. */
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
    ...only.map(({ name, id }) => `  ${name} (${id})`),
    ...(others > 0
      ? [`  ${others} more ${others === 1 ? 'image has' : 'images have'} a copy in it and elsewhere.`]
      : []),
  ].join('\n');
}

async function saysYes(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question('Remove these stores? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}

import { setTimeout as pause } from 'node:timers/promises';
import { UserError } from '../../lib/userError';
import { verbs } from '../../kit/verbs';
import type { LabContext } from '../context';
import { withKit } from '../undercloud';

/** The kit forgets after GRACE_SECONDS (kit/stores/__init__.py), 90 seconds. */
const repeatMilliseconds = 30_000;
const lookMilliseconds = 1000;

/**
 * Announces to the kit, again and again, that sites of this run are still to start, so that the update of the control plane that sites
 * before them have requested waits for them, too. Without an answer of the undercloud nothing is announced, and the run costs more updates.
 *
 * @param toStart how many these sites are now; 0: nothing is announced
 * @param end ends the announcements; the kit forgets the last one by itself
 */
export async function announceExpected(
  context: LabContext,
  toStart: () => number,
  end: AbortSignal,
): Promise<void> {
  while (!end.aborted) {
    const sites = toStart();
    if (sites > 0) {
      await announce(context, sites);
    }
    await pause(sites > 0 ? repeatMilliseconds : lookMilliseconds, undefined, { signal: end }).catch(
      () => undefined,
    );
  }
}

async function announce(context: LabContext, sites: number): Promise<void> {
  try {
    await withKit(context, (kit) => kit.ask(verbs.stores.expect(sites)));
  } catch (error) {
    if (!(error instanceof UserError)) {
      throw error;
    }
  }
}

import { verbs } from '../../kit/verbs';
import { UserError } from '../../lib/userError';
import type { LabContext } from '../context';
import { KitShell } from '../undercloud';

/**
 * Announces to the kit that a site is being destroyed. The announcement ends when the returned function is called or this
 * process ends. Sites that are destroyed side by side share one update of the control plane; there is none if the control
 * plane is destroyed with them. Without an answer of the undercloud nothing is announced, and each site causes one update.
 */
export async function sayLeaving(context: LabContext, site: string): Promise<() => void> {
  let kit: KitShell | undefined;
  try {
    kit = await KitShell.connect(context);
    await kit.hold(verbs.site.leave(site));
  } catch (error) {
    kit?.close();
    if (!(error instanceof UserError)) {
      throw error;
    }
    return () => undefined;
  }
  return () => kit.close();
}

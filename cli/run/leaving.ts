import { verbs } from '../../kit/verbs';
import { UserError } from '../../lib/userError';
import type { LabContext } from '../context';
import { KitShell } from '../undercloud';

/**
 * Tells the kit that a site is being destroyed, until the returned function is called or this process ends. Sites that
 * leave side by side then share one update of the control plane; if the control plane leaves with them, there is none. If
 * the undercloud does not answer, each site asks for an update of its own.
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

import { verbs } from '../../kit/verbs';
import type { LabContext } from '../context';
import { KitShell } from '../undercloud';

/**
 * Tells the kit that a site is being taken down, until the function is called that it gives, or this process ends:
 * sites that leave side by side then share an update of the control plane, and together with the control plane they need
 * none. Where there is no undercloud to be told, nothing is lost but that.
 */
export async function sayLeaving(context: LabContext, site: string): Promise<() => void> {
  let kit: KitShell | undefined;
  try {
    kit = await KitShell.connect(context);
    await kit.hold(verbs.site.leave(site));
  } catch {
    kit?.close();
    return () => undefined;
  }
  return () => kit.close();
}

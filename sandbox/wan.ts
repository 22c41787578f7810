import type { Lab } from '../model';
import { isUp, notUp } from './labLock';
import { changeWanLink, wanState } from './network/wan';
import { refuseForeign } from './ownership';
import { pathsOf } from './paths';

/**
 * Limits, cuts or restores a site's WAN link while it is in use, and gives its state afterwards: `rate` as `tc` writes it, absent: not
 * limited. `restore` ends a cut, and keeps the rate.
 * @param order a rate in each direction such as `100mbit`; `off`: no limit; `cut` and `restore`: the link itself
 * @throws UserError if the order is none of these, the sandbox is not up, or it has no such site
 */
export async function wan(lab: Lab, site: string, order: string): Promise<{ rate?: string; cut: boolean }> {
  const paths = pathsOf(lab.name);
  refuseForeign(paths);
  if (!isUp(paths)) {
    throw notUp(paths);
  }
  await changeWanLink(lab.name, site, order);
  return wanState(lab.name, site);
}

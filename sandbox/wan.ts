import type { Lab } from '../model';
import { changeWanLink } from './network/wan';
import { refuseForeign } from './ownership';
import { pathsOf } from './paths';

/**
 * Limits, cuts or restores a site's WAN link while it is in use.
 * @param order a rate in each direction such as `100mbit`; `off`: no limit; `cut` and `restore`: the link itself
 * @throws UserError if the order is none of these or the sandbox has no such site
 */
export async function wan(lab: Lab, site: string, order: string): Promise<void> {
  refuseForeign(pathsOf(lab.name));
  await changeWanLink(lab.name, site, order);
}

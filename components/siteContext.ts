import type * as pulumi from '@pulumi/pulumi';
import type { SitePlan } from '../model';
import type { Undercloud } from './remote';

/** The common input of all parts of a site. */
export interface SiteContext {
  site: SitePlan;
  undercloud: Undercloud;
  /** Instance ids of the site's nodes, by name. */
  instances: pulumi.Output<Record<string, string>>;
  /** sha256 of every file that other sites made for this one, by path relative to the lab's directory. */
  digests: pulumi.Output<Record<string, string>>;
}

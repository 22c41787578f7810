import type * as pulumi from '@pulumi/pulumi';
import { verbs } from '../kit/verbs';
import type { ChildOptions } from './component';
import { Site, type SiteArgs } from './site';

/**
 * A site of distributed compute nodes with its own store, or with caches. A site with a store announces itself before its
 * first step. A control plane update that another site requests in the meantime waits for it and serves both.
 */
export class EdgeSite extends Site {
  constructor(args: SiteArgs, options: pulumi.ComponentResourceOptions = {}) {
    super(
      'EdgeSite',
      {
        ...args,
        open: (under) => (args.site.store ? [announcement(args, under)] : []),
        storeVerb: 'register',
      },
      options,
    );
  }
}

function announcement({ site, undercloud }: SiteArgs, under: ChildOptions): pulumi.Resource {
  return undercloud.run(
    `${site.name}-announcement`,
    { verb: verbs.stores.announce(site.name), limitMinutes: 1 },
    under(),
  ).resource;
}

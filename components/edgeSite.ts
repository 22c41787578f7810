import type * as pulumi from '@pulumi/pulumi';
import { verbs } from '../kit/verbs';
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
        open: (child) => (args.site.store ? [announcement(args, child)] : []),
        storeVerb: 'register',
      },
      options,
    );
  }
}

function announcement(
  { site, undercloud }: SiteArgs,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource {
  return undercloud.run(
    `${site.name}-announcement`,
    { verb: verbs.stores.announce(site.name), limitMinutes: 1 },
    options,
  ).resource;
}

import type * as pulumi from '@pulumi/pulumi';
import * as z from 'zod';
import type { ChildOptions } from './component';
import { Site, type SiteArgs } from './site';

/**
 * A site of distributed compute nodes with its own store, or with caches. One with a store announces itself before its
 * first verb, so that a control plane update that another site asks for meanwhile waits for this one and serves both.
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
    { run: ['stores', 'announce', site.name], limitMinutes: 1, result: z.unknown() },
    under(),
  ).resource;
}

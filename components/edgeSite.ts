import type * as pulumi from '@pulumi/pulumi';
import * as z from 'zod';
import type { ChildOptions } from './component';
import { Site, type SiteArgs } from './site';

export interface EdgeSiteArgs extends SiteArgs {
  /** sha256 of every file that the control plane made for it, by path relative to the lab's directory. */
  digests: pulumi.Output<Record<string, string>>;
}

/**
 * A site of distributed compute nodes with its own store, or with caches. One with a store announces itself before its
 * first verb, so that a control plane update that another site asks for meanwhile waits for this one and serves both.
 */
export class EdgeSite extends Site {
  constructor(args: EdgeSiteArgs, options: pulumi.ComponentResourceOptions = {}) {
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

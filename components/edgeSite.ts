import type * as pulumi from '@pulumi/pulumi';
import * as z from 'zod';
import { Site, type SiteArgs } from './site';

export interface EdgeSiteArgs extends SiteArgs {
  /** sha256 of every file that the control plane made for it, by path relative to the lab's directory. */
  digests: pulumi.Output<Record<string, string>>;
}

/**
 * A site of distributed compute nodes with its own store. It announces itself before its first verb, so that a control
 * plane update that another site asks for meanwhile waits for this one and serves both.
 */
export class EdgeSite extends Site {
  constructor(args: EdgeSiteArgs, options: pulumi.ComponentResourceOptions = {}) {
    super(
      'EdgeSite',
      {
        ...args,
        open: (under) => [
          args.undercloud.run(
            `${args.site.name}-announcement`,
            {
              run: ['stores', 'announce', args.site.name],
              limitMinutes: 1,
              result: z.unknown(),
            },
            under(),
          ).resource,
        ],
        storeVerb: 'register',
      },
      options,
    );
  }
}

import type * as pulumi from '@pulumi/pulumi';
import * as z from 'zod';
import { Site, type SiteArgs } from './site';

/**
 * A site of distributed compute nodes with its own store. It announces itself before its first verb, so that a control
 * plane update that another site asks for meanwhile waits for this one and serves both.
 */
export class EdgeSite extends Site {
  constructor(args: SiteArgs, options: pulumi.ComponentResourceOptions = {}) {
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

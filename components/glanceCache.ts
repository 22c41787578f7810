import type * as pulumi from '@pulumi/pulumi';
import * as z from 'zod';
import { type SitePlan, stepRevision } from '../model';
import { Component } from './component';
import type { Undercloud } from './remote';

/** The caches of a site: the nodes that have one, and what each may hold. */
const kept = z.object({ nodes: z.array(z.string()), limitBytes: z.number() });
export type KeptCaches = z.infer<typeof kept>;

export interface GlanceCacheArgs {
  site: SitePlan;
  undercloud: Undercloud;
  /** Instance ids of the site's nodes, by name. */
  instances: pulumi.Input<Record<string, string>>;
  /** All that must stand before its nodes have glance-apis. */
  dependsOn: pulumi.Resource[];
}

const limitMinutes = 10;

/**
 * The image caches of a site's glance-apis: put on record for what fills them, and kept under their limit by a timer on
 * each node. The control plane need not know of them.
 */
export class GlanceCache extends Component<{ cache: pulumi.Output<KeptCaches> }> {
  constructor(
    { site, undercloud, instances, dependsOn }: GlanceCacheArgs,
    options: pulumi.ComponentResourceOptions,
  ) {
    super('site:GlanceCache', `${site.name}-cache`, options, (under) => ({
      cache: undercloud.run(
        `${site.name}-cache-keep`,
        {
          run: ['caches', 'keep'],
          undo: ['caches', 'leave'],
          document: cacheDocument(site),
          learned: { hosts: instances },
          limitMinutes,
          result: kept,
        },
        under({ dependsOn }),
      ).result,
    }));
  }
}

function cacheDocument(site: SitePlan): object {
  return {
    site: site.name,
    limitBytes: site.cache?.limitBytes,
    nodes: site.nodes
      .filter(({ name }) => site.cache?.nodes.includes(name))
      .map(({ name, addresses }) => ({ name, address: addresses.ctlplane, api: addresses.internal_api })),
    after: { 'overcloud-config': stepRevision(site, 'overcloud-config') },
  };
}

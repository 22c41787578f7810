import type * as pulumi from '@pulumi/pulumi';
import * as z from 'zod';
import { type SitePlan, type StorePlan, stepRevision } from '../model';
import { Component } from './component';
import type { Undercloud } from './remote';

/** A store as the control plane's Glance has it, and the Ceph cluster in which it lies unless it is Swift's. */
const registered = z.object({ store: z.string(), cluster: z.string().optional(), fsid: z.guid().optional() });
export type RegisteredStore = z.infer<typeof registered>;

export interface GlanceStoreArgs {
  site: SitePlan;
  store: StorePlan;
  undercloud: Undercloud;
  /** `record`: the control plane's own store, which its own deployment made. `register`: the control plane is updated. */
  verb: 'record' | 'register';
  /** Instance ids of the site's nodes, by name. */
  instances: pulumi.Input<Record<string, string>>;
  /** sha256 of what the site had from other sites: after another one it registers again. */
  digests: pulumi.Output<Record<string, string>>;
  /** All that must stand before the store does, and must not go before it is drained. */
  dependsOn: pulumi.Resource[];
}

/** An update that another site asked for may have to end before the one that brings this store: twice a deploy. */
const limitMinutes = 2 * 2 * 240;

/**
 * The store of a site. Its effect is at the control plane; taking it away drains it first (images that lie only there
 * go to central), so it is the last of a site to come and the first to go.
 */
export class GlanceStore extends Component<{ store: pulumi.Output<RegisteredStore> }> {
  constructor(args: GlanceStoreArgs, options: pulumi.ComponentResourceOptions) {
    const { site, store, undercloud, verb, instances, digests, dependsOn } = args;
    super('site:GlanceStore', `${site.name}-store`, options, (under) => ({
      store: undercloud.run(
        `${site.name}-store-${verb}`,
        {
          run: ['stores', verb],
          undo: ['stores', 'withdraw'],
          document: digests.apply((known) => storeDocument(site, store, known)),
          learned: { nodes: instances },
          limitMinutes,
          result: registered,
        },
        under({ dependsOn }),
      ).result,
    }));
  }
}

function storeDocument(site: SitePlan, { id, ...store }: StorePlan, digests: Record<string, string>): object {
  return {
    site: site.name,
    stack: site.name,
    store: id,
    ...store,
    control: 'control-plane',
    after: {
      ...digests,
      ...Object.fromEntries(site.steps.map(({ name }) => [name, stepRevision(site, name)])),
    },
  };
}

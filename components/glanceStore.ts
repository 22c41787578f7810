import type * as pulumi from '@pulumi/pulumi';
import type { RegisteredStore } from '../kit/answers';
import { verbs } from '../kit/verbs';
import type { StoreDocument } from '../kit/documents';
import { hookMinutes, longestMinutes, type SitePlan, type StorePlan, stepRevision } from '../model';
import { Component } from './component';
import type { SiteContext } from './siteContext';

export interface GlanceStoreArgs {
  store: StorePlan;
  /** `record`: the control plane's own store, which its own deployment made. `register`: the control plane is updated. */
  verb: 'record' | 'register';
  /** Resources that must be up before the store, and that must stay until the store is drained. */
  dependsOn: pulumi.Resource[];
}

/**
 * The update of the control plane that another site requested may have to end before the update that adds this store
 * starts. Each runs three steps with a hook before and after each.
 */
const limitMinutes = 2 * 3 * (longestMinutes + 2 * hookMinutes);

/**
 * The store of a site, the last part of the site to be created and the first to be deleted. Its effect is at the control
 * plane. Its deletion drains it first: images that are in no other store are copied to central.
 */
export class GlanceStore extends Component<{ store: pulumi.Output<RegisteredStore> }> {
  constructor(
    { site, undercloud, instances, digests }: SiteContext,
    { store, verb, dependsOn }: GlanceStoreArgs,
    options: pulumi.ComponentResourceOptions,
  ) {
    super('site:GlanceStore', `${site.name}-store`, options, (under) => ({
      store: undercloud.run(
        `${site.name}-store-${verb}`,
        {
          verb: verbs.stores[verb],
          undo: verbs.stores.withdraw,
          document: digests.apply((known) => storeDocument(site, store, known)),
          learned: { nodes: instances },
          limitMinutes,
        },
        under({ dependsOn }),
      ).answer,
    }));
  }
}

function storeDocument(
  site: SitePlan,
  { id, ...store }: StorePlan,
  digests: Record<string, string>,
): Omit<StoreDocument, 'nodes'> {
  return {
    site: site.name,
    stack: site.stack,
    store: id,
    ...store,
    control: 'control-plane',
    after: {
      ...digests,
      ...Object.fromEntries(site.steps.map(({ name }) => [name, stepRevision(site, name)])),
    },
  };
}

import type * as pulumi from '@pulumi/pulumi';
import type { KeptCaches } from '../kit/answers';
import { verbs } from '../kit/verbs';
import type { CachesDocument } from '../kit/documents';
import { type SitePlan, stepRevision } from '../model';
import { Component } from './component';
import type { SiteContext } from './siteContext';

const limitMinutes = 10;

/**
 * The image caches of a site's glance-apis. The undercloud records them, so that images can be fetched into them, and a
 * timer on each node keeps its cache under the limit. The control plane need not know of the caches.
 */
export class GlanceCache extends Component<{ cache: pulumi.Output<KeptCaches> }> {
  /** @param dependsOn resources that must be up before the nodes of the site have glance-apis */
  constructor(
    { site, undercloud, instances }: SiteContext,
    cache: NonNullable<SitePlan['cache']>,
    dependsOn: pulumi.Resource[],
    options: pulumi.ComponentResourceOptions,
  ) {
    super('site:GlanceCache', `${site.name}-cache`, options, (under) => ({
      cache: undercloud.run(
        `${site.name}-cache-keep`,
        {
          verb: verbs.caches.keep,
          undo: verbs.caches.leave,
          document: cachesDocument(site, cache),
          learned: { hosts: instances },
          limitMinutes,
        },
        under({ dependsOn }),
      ).answer,
    }));
  }
}

function cachesDocument(
  site: SitePlan,
  { nodes, limitBytes }: NonNullable<SitePlan['cache']>,
): Omit<CachesDocument, 'hosts'> {
  return {
    site: site.name,
    limitBytes,
    nodes: site.nodes
      .filter(({ name }) => nodes.includes(name))
      .map(({ name, addresses }) => ({ name, address: addresses.ctlplane, api: addresses.internal_api })),
    after: { 'overcloud-config': stepRevision(site, 'overcloud-config') },
  };
}

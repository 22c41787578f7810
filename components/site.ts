import * as pulumi from '@pulumi/pulumi';
import * as z from 'zod';
import type { NodePlan, SitePlan } from '../model';
import { CephCluster } from './cephCluster';
import { type ChildOptions, Component } from './component';
import { GlanceCache, type KeptCaches } from './glanceCache';
import { GlanceStore, type RegisteredStore } from './glanceStore';
import { type Host, lookedFor, type Provisioner, type SharedCloud } from './nodes';
import { Overcloud } from './overcloud';
import type { Undercloud } from './remote';
import { SiteSteps } from './siteSteps';

export interface SiteArgs {
  site: SitePlan;
  provisioner: Provisioner;
  undercloud: Undercloud;
  /** sha256 of every file that other sites made for this one, by path relative to the lab's directory. */
  digests: pulumi.Output<Record<string, string>>;
  /** What the lab's own stack made in a cloud for its sites. */
  shared?: SharedCloud;
}

/** What the kinds of site do differently. */
export interface SiteKindArgs extends SiteArgs {
  /** Makes what must be there before the first verb. */
  open: (under: ChildOptions) => pulumi.Resource[];
  /** How the store that it brings comes to the control plane's Glance. */
  storeVerb?: 'record' | 'register';
}

/** What a site learned when it was brought up. */
export interface SiteResult {
  /** Hosts by node name. */
  nodes: pulumi.Output<Record<string, { address: string; instanceId: string; role: string }>>;
  store?: pulumi.Output<RegisteredStore>;
  cache?: pulumi.Output<KeptCaches>;
  /** sha256 of what it exports to other sites, by path relative to the lab's directory. */
  digests: pulumi.Output<Record<string, string>>;
}

/** Minutes until every host of a site must have answered: a host of hardware boots for as long as ten. */
const readinessMinutes = 20;

/**
 * A site: its nodes, the TripleO verbs on them, its Ceph cluster, overcloud, store and caches, each after what it needs. The
 * verbs before node provision speak to the undercloud alone and do not wait for the hosts.
 */
export abstract class Site extends Component<SiteResult> {
  protected constructor(kind: string, args: SiteKindArgs, options: pulumi.ComponentResourceOptions) {
    const { site, provisioner, undercloud, digests } = args;
    super(`site:${kind}`, site.name, options, (under) => {
      const nodes = provisioner.provision(site, undercloud, under(), args.shared);
      const hosts = pulumi.output(nodes.outputs) as pulumi.Output<Record<string, Host>>;
      const instances = hosts.apply((all) =>
        Object.fromEntries(Object.entries(all).map(([name, { instanceId }]) => [name, instanceId])),
      );
      const ready = undercloud.run(
        `${site.name}-ready`,
        {
          run: ['nodes', 'wait'],
          // Everything on the hosts stands on this, so it goes after all of it and before the hosts: time to take back
          // what no state file knows, because its first run failed or Pulumi was killed.
          undo: ['site', 'close', site.name],
          document: { site: site.name, nodes: site.nodes.map(lookedFor), limitMinutes: readinessMinutes },
          learned: { hosts },
          limitMinutes: readinessMinutes,
          result: z.unknown(),
        },
        under({ dependsOn: nodes }),
      );
      const opened = args.open(under);
      const steps = new SiteSteps({
        site,
        undercloud,
        instances,
        digests,
        before: opened,
        hostsReady: ready.resource,
      });
      steps.make(['network-provision', 'vip-provision', 'node-provision', 'roles-generate'], under);
      const alone = site.kind === 'external-ceph';
      const ceph =
        site.cluster && new CephCluster(site.name, site.cluster.name, steps, { ...under(), alone });
      const overcloud = alone ? undefined : new Overcloud(site.name, steps, under());
      const dependsOn = [ready.resource, ...opened, ...steps.resources];
      return {
        nodes: instances.apply((ids) => hostsOf(site.nodes, ids)),
        digests: (overcloud ?? ceph)?.outputs.digests ?? pulumi.output<Record<string, string>>({}),
        ...(site.store &&
          args.storeVerb && {
            store: new GlanceStore(
              { site, store: site.store, undercloud, verb: args.storeVerb, instances, digests, dependsOn },
              under(),
            ).outputs.store,
          }),
        ...(site.cache && {
          cache: new GlanceCache({ site, undercloud, instances, dependsOn }, under()).outputs.cache,
        }),
      };
    });
  }
}

function hostsOf(
  nodes: NodePlan[],
  ids: Record<string, string>,
): Record<string, { address: string; instanceId: string; role: string }> {
  return Object.fromEntries(
    nodes.map(({ name, role, addresses }) => [
      name,
      { address: addresses.ctlplane, instanceId: ids[name] as string, role },
    ]),
  );
}

import * as pulumi from '@pulumi/pulumi';
import type { KeptCaches, RegisteredStore } from '../kit/answers';
import { again, verbs } from '../kit/verbs';
import { type NodeAddresses, type NodePlan, siteDocument, type SitePlan } from '../model';
import { CephCluster } from './cephCluster';
import { Component } from './component';
import { GlanceCache } from './glanceCache';
import { GlanceStore } from './glanceStore';
import { expectedHosts, type Provisioner, type SharedCloud } from './nodes';
import { Overcloud } from './overcloud';
import type { Undercloud } from './remote';
import type { SiteContext } from './siteContext';
import { SiteSteps } from './siteSteps';

export interface SiteArgs {
  site: SitePlan;
  /** Names of the nodes that leave the site: its last update had them, the lab file no longer has them. */
  leaving: string[];
  provisioner: Provisioner;
  undercloud: Undercloud;
  /** sha256 of every file that other sites made for this one, by path relative to the lab's directory. */
  digests: pulumi.Output<Record<string, string>>;
  /** Resources in a cloud that the lab's own stack made for its sites. */
  shared?: SharedCloud;
}

/** The differences between kinds of site. */
export interface SiteKindArgs extends SiteArgs {
  /** Makes the resources that must exist before the first step, with these options. */
  open: (options: pulumi.CustomResourceOptions) => pulumi.Resource[];
  /** How the control plane's Glance gets the store of the site. */
  storeVerb?: 'record' | 'register';
}

/** A host of a site, with the role, the rack and the addresses of its node. */
interface SiteHost {
  /** Its ctlplane address. */
  address: string;
  addresses: NodeAddresses;
  instanceId: string;
  role: string;
  rack?: string;
}

/** Values that become known when the site is brought up. */
export interface SiteOutputs {
  /** Hosts by node name. */
  nodes: pulumi.Output<Record<string, SiteHost>>;
  store?: pulumi.Output<RegisteredStore>;
  cache?: pulumi.Output<KeptCaches>;
  /** sha256 of the files that the site exports to other sites, by path relative to the lab's directory. */
  digests: pulumi.Output<Record<string, string>>;
}

/** Minutes until every host of a site must have answered: hardware takes up to ten to boot. */
const readinessMinutes = 20;
/** A day: jobs, an update of the control plane and copies over the WAN, which have limits of their own. */
const wholeDay = 24 * 60;
/** A week: Ceph moves the data of many disks. */
const drainMinutes = 7 * wholeDay;

/**
 * A site: its nodes, the TripleO verbs on them, its Ceph cluster, overcloud, store and caches, each after what it needs. The
 * steps before node provision need the undercloud alone and do not wait for the hosts.
 */
export abstract class Site extends Component<SiteOutputs> {
  protected constructor(kind: string, args: SiteKindArgs, options: pulumi.ComponentResourceOptions) {
    const { site, provisioner, undercloud, digests } = args;
    super(`site:${kind}`, site.name, options, (under) => {
      const checkAfter = (dependsOn: pulumi.Resource[]): pulumi.Resource[] =>
        undercloudCheck(site, undercloud, under({ dependsOn }));
      const checkedBefore = provisioner.makesSubnets ? [] : checkAfter([]);
      // The check of the hosts takes nodes that are gone out of the site's inventory, from which the drain has their addresses.
      const drained = drain(args, under({ dependsOn: checkedBefore }));
      const nodes = provisioner.provision(
        site,
        undercloud,
        under({ dependsOn: [...checkedBefore, ...drained] }),
        args.shared,
      );
      const checked = provisioner.makesSubnets ? checkAfter([nodes]) : checkedBefore;
      const hosts = pulumi.output(nodes.outputs);
      const instances = hosts.apply((all) =>
        Object.fromEntries(Object.entries(all).map(([name, { instanceId }]) => [name, instanceId])),
      );
      const ready = undercloud.run(
        `${site.name}-ready`,
        {
          verb: verbs.nodes.wait,
          update: again(verbs.nodes.wait),
          // Everything on the hosts depends on this resource, so Pulumi deletes it after all of that and before the hosts.
          // Then it undoes steps that are not in the state, because their first run failed or Pulumi was killed.
          undo: verbs.site.close(site.name),
          document: { ...expectedHosts(site), limitMinutes: readinessMinutes },
          learned: { hosts },
          limitMinutes: readinessMinutes,
          undoLimitMinutes: wholeDay,
        },
        under({ dependsOn: [nodes, ...checked, ...drained] }),
      );
      const context: SiteContext = { site, undercloud, instances, digests };
      const opened = [...checked, ...drained, ...args.open(under({ dependsOn: checked }))];
      const steps = new SiteSteps(context, { opened, hostsReady: ready.resource });
      steps.make(
        ['network-provision', 'vip-provision', 'node-provision', 'roles-generate', 'container-images'],
        under,
      );
      const alone = site.kind === 'external-ceph';
      const ceph =
        site.cluster && new CephCluster(site.name, site.cluster.name, steps, { ...under(), alone });
      const overcloud = alone ? undefined : new Overcloud(site.name, steps, under());
      const dependsOn = [ready.resource, ...opened, ...steps.resources];
      const store =
        site.store &&
        args.storeVerb &&
        new GlanceStore(context, { store: site.store, verb: args.storeVerb, dependsOn }, under());
      const cache = site.cache && new GlanceCache(context, site.cache, dependsOn, under());
      restored(
        site,
        undercloud,
        under({ dependsOn: [...dependsOn, ...(store ? [store] : []), ...(cache ? [cache] : [])] }),
      );
      return {
        nodes: instances.apply((ids) => hostsOf(site.nodes, ids)),
        digests: (overcloud ?? ceph)?.outputs.digests ?? pulumi.output<Record<string, string>>({}),
        ...(store && { store: store.outputs.store }),
        ...(cache && { cache: cache.outputs.cache }),
      };
    });
  }
}

/**
 * Empties the nodes that leave the site, before anything else of the site changes; none if no node leaves. The resource is gone with the
 * next update, when the outputs of the stack have these nodes no more.
 */
function drain(
  { site, leaving, undercloud }: SiteArgs,
  options: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  if (leaving.length === 0) {
    return [];
  }
  const verb = verbs.site.drainNodes(site.name, site.stack, site.cluster?.name, leaving);
  return [undercloud.run(`${site.name}-leaving`, { verb, limitMinutes: drainMinutes }, options).resource];
}

/**
 * The check of the undercloud before any step of a site; none for a cluster that exists already, which has no networks in
 * the lab. Its undo ends what is left of a site whose hosts never became ready: steps that need the undercloud alone, and the
 * announcement.
 */
function undercloudCheck(
  site: SitePlan,
  undercloud: Undercloud,
  options: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  const { name, steps } = site;
  if (!steps.some((step) => step.name === 'network-provision')) {
    return [];
  }
  const document = siteDocument(site);
  return [
    undercloud.run(
      `${name}-undercloud`,
      {
        verb: verbs.site.check,
        undo: verbs.site.close(name),
        document,
        limitMinutes: 5,
        undoLimitMinutes: wholeDay,
      },
      options,
    ).resource,
  ];
}

/**
 * Gives the site back what an unfinished destruction has taken away. If the deletion of a resource has failed, Pulumi keeps the
 * resource in the state and would not create it again. This resource depends on all others of the site: each destruction deletes
 * this resource first, and the next `pulumi up` creates it and so runs its verb.
 */
function restored(
  { name, steps }: SitePlan,
  undercloud: Undercloud,
  options: pulumi.CustomResourceOptions,
): void {
  const document = { steps: steps.map((step) => step.name) };
  undercloud.run(
    `${name}-restored`,
    { verb: verbs.site.restore(name), document, limitMinutes: wholeDay },
    options,
  );
}

function hostsOf(nodes: NodePlan[], ids: Record<string, string>): Record<string, SiteHost> {
  return Object.fromEntries(
    nodes.map(({ name, role, rack, addresses }) => [
      name,
      {
        address: addresses.ctlplane,
        addresses,
        instanceId: ids[name] as string,
        role,
        ...(rack !== undefined && { rack }),
      },
    ]),
  );
}

import type * as pulumi from '@pulumi/pulumi';
import { Component } from './component';
import { type SiteSteps, digestsOf } from './siteSteps';

interface CephClusterOutputs {
  name: string;
  /** sha256 of the files that it exports to other sites, by path relative to the lab's directory. */
  digests: pulumi.Output<Record<string, string>>;
}

/**
 * The Ceph cluster of a site, made by TripleO (`openstack overcloud ceph deploy`) or already in place. An overcloud adds
 * pools and users to its cluster, so its cluster is exported after the overcloud; only a cluster without an overcloud
 * (`alone`) is exported here.
 */
export class CephCluster extends Component<CephClusterOutputs> {
  constructor(
    site: string,
    cluster: string,
    steps: SiteSteps,
    { alone, ...options }: pulumi.ComponentResourceOptions & { alone: boolean },
  ) {
    super('site:CephCluster', `${site}-ceph`, options, (under) => {
      steps.make(['ceph-deploy'], under);
      return { name: cluster, digests: digestsOf(alone ? steps.make(['ceph-export'], under) : []) };
    });
  }
}

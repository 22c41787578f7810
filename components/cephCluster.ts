import type * as pulumi from '@pulumi/pulumi';
import { Component } from './component';
import type { SiteSteps } from './siteSteps';

/** The Ceph cluster of a site, made by TripleO (`openstack overcloud ceph deploy`). */
export class CephCluster extends Component<{ name: string }> {
  constructor(site: string, cluster: string, steps: SiteSteps, options: pulumi.ComponentResourceOptions) {
    super('site:CephCluster', `${site}-ceph`, options, (under) => {
      steps.make(['ceph-deploy'], under);
      return { name: cluster };
    });
  }
}

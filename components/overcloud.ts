import type * as pulumi from '@pulumi/pulumi';
import { Component } from './component';
import { type SiteSteps, digestsOf } from './siteSteps';

interface OvercloudOutputs {
  /** sha256 of the files that it exports to other sites, by path relative to the lab's directory. */
  digests: pulumi.Output<Record<string, string>>;
}

/** The TripleO stack of a site: its stack phase, its configuration phase, and its exports to other sites. */
export class Overcloud extends Component<OvercloudOutputs> {
  constructor(site: string, steps: SiteSteps, options: pulumi.ComponentResourceOptions) {
    super('site:Overcloud', `${site}-overcloud`, options, (under) => {
      steps.make(['overcloud-stack', 'overcloud-config'], under);
      return { digests: digestsOf(steps.make(['overcloud-export', 'ceph-export'], under)) };
    });
  }
}

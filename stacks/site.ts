import * as pulumi from '@pulumi/pulumi';
import { ControlPlane } from '../components/controlPlane';
import { EdgeSite } from '../components/edgeSite';
import { Undercloud } from '../components/remote';
import type { Site } from '../components/site';
import { type SitePlan, planSite } from '../model';
import type { LabContext } from './labFile';
import { type Pending, type SiteOutputs, labOutputs, outputsOf, schemaVersion, siteOutputs } from './outputs';

/** One site of a lab. @throws RunError if the lab file has no site of that name */
export async function siteStack({ lab, file, provisioner, privateKeyFile }: LabContext, name: string): Promise<Pending<SiteOutputs>> {
  if (!lab.sites[name]) {
    throw new pulumi.RunError(
      `${file} has no site ${name}; its sites: ${Object.keys(lab.sites).join(', ')}. ` +
        `To take away a site that is no longer in it: pulumi destroy -s ${lab.name}-${name}.`,
    );
  }
  const { undercloud: endpoint } = await outputsOf(lab.name, labOutputs);
  const site = planSite(lab, name);
  const { outputs } = await make(lab.name, site, { site, provisioner, undercloud: new Undercloud(endpoint, privateKeyFile) });
  return { schemaVersion, lab: lab.name, site: name, ...outputs };
}

async function make(lab: string, site: SitePlan, args: ConstructorParameters<typeof ControlPlane>[0]): Promise<Site> {
  switch (site.kind) {
    case 'control-plane':
      return new ControlPlane(args);
    case 'edge': {
      const control = `${lab}-control-plane`;
      const { digests } = await outputsOf(control, siteOutputs);
      return new EdgeSite({ ...args, digestOf: (path) => digestIn(control, digests, path) });
    }
  }
}

function digestIn(stack: string, digests: Record<string, string>, path: string): string {
  const digest = digests[path];
  if (!digest) {
    throw new pulumi.RunError(
      `Stack ${stack} has not exported ${path}, which this one builds on: bring it up first with \`pulumi up -s ${stack}\`.`,
    );
  }
  return digest;
}

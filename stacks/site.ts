import * as pulumi from '@pulumi/pulumi';
import { ControlPlane } from '../components/controlPlane';
import { EdgeSite } from '../components/edgeSite';
import { inputsOf } from '../components/jobDocument';
import { Refusal } from '../components/refusal';
import { Undercloud } from '../components/remote';
import { type SitePlan, planSite } from '../model';
import type { LabContext } from './labFile';
import { runsSideBySide, untilUp } from './sideBySide';
import { type Pending, type SiteOutputs, labOutputs, outputsOf, schemaVersion, siteOutputs } from './outputs';

/** One site of a lab. @throws Refusal if the lab file has no site of that name */
export async function siteStack(
  { lab, file, provisioner, privateKeyFile }: LabContext,
  name: string,
): Promise<Pending<SiteOutputs>> {
  if (!lab.sites[name]) {
    throw new Refusal(
      `${file} has no site ${name}; its sites: ${Object.keys(lab.sites).join(', ')}. ` +
        `To take away a site that is no longer in it: pulumi destroy -s ${lab.name}-${name}.`,
    );
  }
  const site = planSite(lab, name);
  const made = digestsFor(site, `${lab.name}-control-plane`);
  made.catch(() => undefined); // it is told below, unless the lab's own stack is the first to be missing
  const { undercloud: endpoint } = await outputsOf(lab.name, labOutputs);
  // Side by side with the control plane only what reads its exports may wait for them.
  const digests = pulumi.output(runsSideBySide() ? made : await made);
  const args = { site, provisioner, undercloud: new Undercloud(endpoint, privateKeyFile) };
  const component =
    site.kind === 'control-plane' ? new ControlPlane(args) : new EdgeSite({ ...args, digests });
  return { schemaVersion, lab: lab.name, site: name, ...component.outputs };
}

/** sha256 of every file that the stack `control` made for a site. @throws Refusal that names those it has not made */
async function digestsFor(site: SitePlan, control: string): Promise<Record<string, string>> {
  const files = inputsOf(site.steps);
  if (files.length === 0) {
    return {};
  }
  await untilUp(control);
  const { digests } = await outputsOf(control, siteOutputs);
  const missing = files.filter((file) => !digests[file]);
  if (missing.length > 0) {
    throw new Refusal(
      `Stack ${control} has not exported ${missing.join(' and ')}, which this one builds on: ` +
        `bring it up first with \`pulumi up -s ${control}\`.`,
    );
  }
  return Object.fromEntries(Object.entries(digests).filter(([file]) => files.includes(file)));
}

import * as pulumi from '@pulumi/pulumi';
import { CentralSite } from '../components/centralSite';
import { ControlPlane } from '../components/controlPlane';
import { EdgeSite } from '../components/edgeSite';
import { ExternalCeph } from '../components/externalCeph';
import { inputsOf, makersOf } from '../model/jobDocument';
import { Refusal } from '../components/refusal';
import { Undercloud } from '../components/remote';
import { type Lab, type SiteKind, type SitePlan, planSite } from '../model';
import type { LabContext } from './labFile';
import { runsSideBySide, untilUp } from './sideBySide';
import {
  type Pending,
  type SiteOutputs,
  labOutputs,
  outputsBefore,
  outputsOf,
  schemaVersion,
  siteOutputs,
} from './outputs';

const components = {
  'external-ceph': ExternalCeph,
  'control-plane': ControlPlane,
  central: CentralSite,
  edge: EdgeSite,
} satisfies Record<SiteKind, unknown>;

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
  const before = outputsBefore(siteOutputs);
  const made = digestsFor(site, lab.name);
  made.catch(() => undefined); // it is told below, unless the lab's own stack is the first to be missing
  const { undercloud: endpoint, cloud } = await outputsOf(lab.name, labOutputs);
  const wasUp = await before;
  if (wasUp) {
    refuseOtherTopology(file, lab, wasUp);
    refuseOtherRoles(file, site, wasUp.nodes);
  }
  await provisioner.refuseMissing?.(site.nodes.filter(({ name: node }) => !wasUp?.nodes[node]));
  // Side by side with the sites that it builds on, only what reads their exports may wait for them.
  const digests = pulumi.output(runsSideBySide() ? made : await made);
  const undercloud = new Undercloud(endpoint, privateKeyFile);
  const component = new components[site.kind]({ site, provisioner, undercloud, digests, shared: cloud });
  return { schemaVersion, lab: lab.name, site: name, ...component.outputs };
}

/**
 * Refuses to take the store away under images that lie in it.
 *
 * @param before what the site told when it was last brought up to its end; one of clients alone has neither store nor caches
 * @throws Refusal that says the way to do it
 */
function refuseOtherTopology(file: string, { name, topology }: Lab, { store, cache }: SiteOutputs): void {
  const was = cache || (store && !store.cluster) ? 'cache' : store ? 'multistore' : topology;
  if (was !== topology) {
    throw new Refusal(
      `${file}: glance-dcn:topology: ${topology}: the lab was brought up as ${was}, and its images lie where that has ` +
        `them: write ${was} again. Another topology is for a new lab: save the images, ./dcn --lab ${name} destroy, then ` +
        'bring it up as the lab file has it now.',
    );
  }
}

/**
 * Refuses what TripleO does to no node of a site that stands: to give it another role, or to take it out without its
 * services and OSDs having been moved away.
 *
 * @param before nodes of the site when it was last brought up to its end
 * @throws Refusal that names all such nodes and the way to do it
 */
function refuseOtherRoles(file: string, site: SitePlan, before: SiteOutputs['nodes']): void {
  const roles = new Map(site.nodes.map((node) => [node.name, node.role]));
  const faults = Object.entries(before).flatMap(([node, { role: was }]) => {
    const at = `${file}: glance-dcn:sites.${site.name}.nodes.${node}:`;
    const role = roles.get(node);
    if (role === undefined) {
      return [`${at} is gone, but its services and Ceph OSDs are still in use at the site: put it back.`];
    }
    return was && role !== was
      ? [
          `${at} ${role}: the node was brought up as ${was}, and has no other role in place: write ${was} again.`,
        ]
      : [];
  });
  if (faults.length > 0) {
    throw new Refusal(
      `${faults.join('\n')}\nA node leaves its site, or gets another role, only with the whole site: ` +
        `./dcn destroy ${site.name}, then bring it up as the lab file has it now.`,
    );
  }
}

/** sha256 of every file that other sites made for one. @throws Refusal that names the stack that has not made one */
async function digestsFor(site: SitePlan, lab: string): Promise<Record<string, string>> {
  const made = await Promise.all(
    makersOf(site.steps).map((maker) =>
      digestsOfStack(
        `${lab}-${maker}`,
        inputsOf(site.steps).filter((file) => file.startsWith(`${maker}/`)),
      ),
    ),
  );
  return Object.assign({}, ...made) as Record<string, string>;
}

async function digestsOfStack(stack: string, files: string[]): Promise<Record<string, string>> {
  await untilUp(stack);
  const { digests } = await outputsOf(stack, siteOutputs);
  const missing = files.filter((file) => !digests[file]);
  if (missing.length > 0) {
    throw new Refusal(
      `Stack ${stack} has not exported ${missing.join(' and ')}, which this one builds on: ` +
        `bring it up first with \`pulumi up -s ${stack}\`.`,
    );
  }
  return Object.fromEntries(Object.entries(digests).filter(([file]) => files.includes(file)));
}

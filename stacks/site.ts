import * as pulumi from '@pulumi/pulumi';
import { CentralSite } from '../components/centralSite';
import { ControlPlane } from '../components/controlPlane';
import { EdgeSite } from '../components/edgeSite';
import { ExternalCeph } from '../components/externalCeph';
import {
  type ChangedValue,
  type Lab,
  type NodePlan,
  type SiteKind,
  type SitePlan,
  type SubnetPlan,
  bringUpFirst,
  changedValues,
  inputsOf,
  isWithin,
  keptValues,
  leavingNodes,
  makersOf,
  planSite,
  stackName,
  subnetsOfNode,
} from '../model';
import { PulumiUserError } from '../components/pulumiUserError';
import { quote } from '../lib/quote';
import { Undercloud } from '../components/remote';
import { hasConsent } from './consent';
import type { StackContext } from './labFile';
import { runsSideBySide, untilUp } from './sideBySide';
import {
  type Pending,
  type SiteOutputs,
  allRead,
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

/** One site of a lab. @throws PulumiUserError if the lab file has no site of that name */
export async function siteStack(
  { lab, file, provisioner, privateKeyFile }: StackContext,
  name: string,
): Promise<Pending<SiteOutputs>> {
  if (!lab.sites[name]) {
    throw new PulumiUserError(
      `${file} has no site ${name}; its sites: ${Object.keys(lab.sites).join(', ')}. ` +
        `To take away a site that is no longer in it: pulumi destroy -s ${stackName(lab.name, name)}.`,
    );
  }
  const site = planSite(lab, name);
  const readBefore = outputsBefore(siteOutputs);
  const readShared = outputsOf(lab.name, labOutputs);
  const readDigests = digestsFor(site, lab.name);
  // Errors of these reads are thrown below: by allRead, or by the steps that need the digests.
  [readShared, readDigests].forEach((read) => void read.catch(() => undefined));
  const before = await readBefore;
  const leaving = before ? checkBefore(file, lab, site, before) : [];
  // Side by side with the sites that this site builds on, only the steps that read their exports may wait for them.
  const [{ undercloud: endpoint, cloud }] = await allRead([
    readShared,
    runsSideBySide() ? undefined : readDigests,
  ]);
  await provisioner.checkAvailable?.(site.nodes.filter(({ name: node }) => !before?.nodes[node]));
  const undercloud = new Undercloud(endpoint, privateKeyFile);
  const component = new components[site.kind]({
    site,
    leaving,
    provisioner,
    undercloud,
    digests: pulumi.output(readDigests),
    shared: cloud,
  });
  const kept = Object.fromEntries(keptValues(lab, name).map(({ place, value }) => [place, value]));
  return { schemaVersion, lab: lab.name, site: name, kept, ...component.outputs };
}

/**
 * Checks a site against what stands.
 *
 * @param before outputs of the last successful update
 * @returns names of the nodes that leave the site
 * @throws PulumiUserError that names what cannot change; or, outside of previews, what is to leave without a person's consent
 */
function checkBefore(file: string, lab: Lab, site: SitePlan, before: SiteOutputs): string[] {
  checkTopology(file, lab, before);
  const { names, faults } = leavingNodes(lab, site.name, before.nodes);
  checkKept(file, lab, site, before, faults);
  if (names.length > 0 && !pulumi.runtime.isDryRun() && !hasConsent()) {
    const places = names.map((node) => `${file}: glance-dcn:sites.${site.name}.nodes.${node}: is gone.`);
    throw new PulumiUserError(
      [
        ...places,
        `Site ${site.name} was not touched. To take ${names.join(', ')} out of it: ./dcn --lab ${quote(file)} up --yes. It names servers ` +
          'in the way, moves the data of the OSDs to the other nodes, which may take hours, takes the hosts out of Ceph, and removes ' +
          'the records of Nova, Neutron and Cinder and the ports. The hosts keep running: switch them off or reinstall them then.',
      ].join('\n'),
    );
  }
  return names;
}

/**
 * Checks that the topology did not change: a site with another one has no place for the images that are in its store.
 *
 * @param before outputs of the last successful update; a site of clients alone has neither store nor caches
 * @throws PulumiUserError that says how to change the topology
 */
function checkTopology(file: string, { topology }: Lab, { store, cache }: SiteOutputs): void {
  const was = cache || (store && !store.cluster) ? 'cache' : store ? 'multistore' : topology;
  if (was !== topology) {
    throw new PulumiUserError(
      `${file}: glance-dcn:topology: ${topology}: the lab was brought up as ${was}, and its images are stored ` +
        `accordingly: write ${was} again. To change the topology: save the images, ./dcn --lab ${quote(file)} destroy, then ` +
        'bring the lab up again.',
    );
  }
}

/**
 * Checks that nothing of a site changes that TripleO cannot change in place, or whose change would lose data.
 *
 * @param before outputs of the last successful update
 * @param gone faults of nodes that are gone and cannot leave
 * @throws PulumiUserError that names all changed values and nodes, and says how to change them
 */
function checkKept(file: string, lab: Lab, site: SitePlan, before: SiteOutputs, gone: string[]): void {
  const faults: ChangedValue[] = [
    ...changedValues(lab, site.name, before.kept),
    ...changedNodes(site, before),
    ...gone.map((message) => ({ of: 'site' as const, message })),
  ];
  const destroy = `./dcn --lab ${quote(file)} destroy`;
  const remedies = {
    site:
      'To change what a site was brought up with, recreate the whole site: ' +
      `${destroy} ${site.name}, then bring it up again.`,
    lab:
      'To change what is the same at all sites, save the images and destroy the whole lab: ' +
      `${destroy}, then bring it up again.`,
  };
  if (faults.length > 0) {
    const kinds = (['site', 'lab'] as const).filter((kind) => faults.some((fault) => fault.of === kind));
    throw new PulumiUserError(
      [...faults.map(({ message }) => `${file}: ${message}`), ...kinds.map((kind) => remedies[kind])].join(
        '\n',
      ),
    );
  }
}

/**
 * The nodes that have another role, rack or address. TripleO cannot give a deployed node another role. `node provision` would give the
 * node's ports other addresses, and Ceph has the old ones in its map of monitors.
 *
 * @param before outputs of the last successful update
 */
function changedNodes(site: SitePlan, before: SiteOutputs): ChangedValue[] {
  const nodes = new Map(site.nodes.map((node) => [node.name, node]));
  return Object.entries(before.nodes).flatMap(([name, was]) => {
    const node = nodes.get(name);
    const at = `glance-dcn:sites.${site.name}.nodes.${name}`;
    const faults = node ? changedNode(at, was, node, subnetsOfNode(site, node)) : [];
    return faults.map((message) => ({ of: 'site', message }));
  });
}

type RecordedNode = SiteOutputs['nodes'][string];

/** Addresses follow from role and rack. */
function changedNode(at: string, was: RecordedNode, node: NodePlan, subnets: SubnetPlan[]): string[] {
  const faults = [...changedRole(at, was.role, node.role), ...changedRack(at, was.rack, node.rack)];
  return faults.length > 0 ? faults : changedAddresses(at, was, node, subnets);
}

function changedRole(at: string, was: string | undefined, role: string): string[] {
  return was === undefined || role === was
    ? []
    : [
        `${at}: ${role}: the node was brought up as ${was}, and cannot get another role in place: write ${was} again.`,
      ];
}

function changedRack(at: string, was: string | undefined, rack: string | undefined): string[] {
  const place = was === undefined ? 'without a rack' : `in rack ${was}`;
  const remedy = was === undefined ? 'take rack out again' : `write ${was} again`;
  return rack === was
    ? []
    : [
        `${at}.rack: ${rack ?? 'is gone'}: the node was brought up ${place}, and cannot get other addresses in place: ${remedy}.`,
      ];
}

/** @param subnets those of the node; of a subnet that has another CIDR by now, `changedValues` says so */
function changedAddresses(
  at: string,
  was: RecordedNode,
  { addresses }: NodePlan,
  subnets: SubnetPlan[],
): string[] {
  const recorded: Record<string, string> = was.addresses ?? { ctlplane: was.address };
  const changed = subnets.filter(
    ({ network, cidr }) =>
      recorded[network] !== undefined &&
      recorded[network] !== addresses[network] &&
      isWithin(`${recorded[network]}/32`, cidr),
  );
  const list = (of: Record<string, string | undefined>) =>
    changed.map(({ network }) => `${network} ${of[network]}`).join(', ');
  return changed.length > 0
    ? [
        `${at}: ${list(addresses)}: the node was brought up with ${list(recorded)}, and cannot get other addresses in place: ` +
          'write the same host number or addresses again.',
      ]
    : [];
}

/** sha256 of every file that other sites made for `site`. @throws PulumiUserError that names all stacks without their files */
async function digestsFor(site: SitePlan, lab: string): Promise<Record<string, string>> {
  const digests = await allRead(
    makersOf(site.steps).map((maker) =>
      digestsOfStack(
        stackName(lab, maker),
        inputsOf(site.steps).filter((file) => file.startsWith(`${maker}/`)),
      ),
    ),
  );
  return Object.assign({}, ...digests) as Record<string, string>;
}

async function digestsOfStack(stack: string, files: string[]): Promise<Record<string, string>> {
  await untilUp(stack);
  const { digests } = await outputsOf(stack, siteOutputs);
  const missing = files.filter((file) => !digests[file]);
  if (missing.length > 0) {
    throw new PulumiUserError(
      `Stack ${stack} has not exported ${missing.join(' and ')}, which this one builds on: ` +
        bringUpFirst(stack),
    );
  }
  return Object.fromEntries(Object.entries(digests).filter(([file]) => files.includes(file)));
}

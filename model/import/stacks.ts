import { controlPlane, externalCeph } from '../names';
import { standardRoles } from '../labfile/standardRoles';
import { findRoleAt, type WithRoles } from '../roles';
import type { SiteKind } from '../types';
import { reservedSiteNames } from '../labfile/checks/siteNames';
import { siteName } from '../labfile/schema/text';
import type { Topology } from '../lab';
import type { Noter } from './notes';
import type { Survey, SurveyedStack } from './survey';

/** A site of the lab file to be, and the stack that it is. */
export interface SurveyedSite extends WithRoles {
  name: string;
  kind: SiteKind;
  stack: SurveyedStack;
}

/** A role of a stack, with the subnets that its roles file names; absent: the stack has none. */
export interface SurveyedRole {
  name: string;
  networks?: Record<string, string>;
}

/** The control plane of a survey's sites, which `sitesOf` puts among them. */
export const controlPlaneOf = (sites: SurveyedSite[]): SurveyedSite =>
  sites.find(({ name }) => name === controlPlane)!;

/** The roles of a stack. A cluster without an overcloud has no roles file in its folder. */
export function rolesOf({ roles, bareMetal }: SurveyedStack): SurveyedRole[] {
  return roles.length > 0 ? roles : bareMetal.map(({ name }) => ({ name }));
}

/** The sites that are stacks of a survey: external Ceph and control plane first, then by name; none without a control plane. */
export function sitesOf({ stacks }: Survey, note: Noter): { topology: Topology; sites: SurveyedSite[] } {
  const [first, ...more] = stacks.filter(isControlPlane);
  if (!first) {
    return { topology: 'multistore', sites: [] };
  }
  for (const { name } of more) {
    note('unmapped', `stack ${name}`, 'is another control plane', 'Import it as a lab of its own: --stacks');
  }
  const topology = topologyOf(first, note);
  const others = stacks.filter((stack) => !isControlPlane(stack));
  const isClient = topology === 'multistore' && !first.ceph && first.parameters.DeployedCeph !== true;
  const external = isClient ? others.find(isClusterAlone) : undefined;
  const sites: SurveyedSite[] = [
    ...(external ? [{ name: externalCeph, kind: 'external-ceph' as const, stack: external }] : []),
    { name: controlPlane, kind: 'control-plane', stack: first },
  ];
  for (const stack of others.filter((other) => other !== external).sort(byName)) {
    const kind = isClient && !stack.ceph && has(stack, 'Compute') ? 'central' : 'edge';
    if (stack.status === '' && stack.parameterNames.length === 0) {
      note('unmapped', `stack ${stack.name}`, 'was never deployed', 'Deploy it, or remove its folder');
    } else if (kind === 'central' && sites.some(({ name }) => name === 'central')) {
      note('unmapped', `stack ${stack.name}`, 'is a second client of the central cluster', 'A lab has one');
    } else {
      sites.push({ name: nameOf(stack, kind, topology, sites, note), kind, stack });
    }
  }
  for (const { name, stack } of sites) {
    if (stack.status !== 'DEPLOY_SUCCESS' && name !== externalCeph) {
      const what = `its last deployment ended with ${stack.status || 'no status'}, and this is what it left`;
      note('different', `stack ${stack.name}`, what, 'Deploy it again as before, then import it');
    }
  }
  return { topology, sites };
}

const byName = (a: SurveyedStack, b: SurveyedStack): number =>
  a.name.localeCompare(b.name, 'en', { numeric: true });

function isControlPlane(stack: SurveyedStack): boolean {
  return stack.roles.some(({ services }) => services.includes('Keystone')) || has(stack, 'Controller');
}

/** Whether a stack is a Ceph cluster without an overcloud. */
function isClusterAlone({ ceph, parameterNames }: SurveyedStack): boolean {
  return ceph !== null && parameterNames.length === 0;
}

function has({ roles, bareMetal }: SurveyedStack, name: string): boolean {
  return [...roles, ...bareMetal].some((role) => role.name === name);
}

function topologyOf({ name, parameters }: SurveyedStack, note: Noter): Topology {
  const { GlanceBackend: backend } = parameters;
  if (backend !== 'rbd' && backend !== 'swift') {
    const shown = typeof backend === 'string' ? backend : 'an unknown backend';
    const what = `its Glance has ${shown}, and a lab has rbd or swift`;
    note('unmapped', `stack ${name}`, what, 'The lab file is written as for rbd');
  }
  return backend === 'swift' ? 'cache' : 'multistore';
}

/** Names that no edge site can have. */
const taken = [controlPlane, externalCeph, ...reservedSiteNames.keys()];

function nameOf(
  { name }: SurveyedStack,
  kind: SiteKind,
  topology: Topology,
  sites: SurveyedSite[],
  note: Noter,
): string {
  if (kind === 'central') {
    return 'central';
  }
  const isFree = (candidate: string) => !sites.some((site) => site.name === candidate);
  const isCentral = name === 'central' && topology === 'multistore';
  if (siteName().safeParse(name).success && !taken.includes(name) && !isCentral && isFree(name)) {
    return name;
  }
  let number = 0;
  while (!isFree(`dcn${number}`)) {
    number += 1;
  }
  const found = `dcn${number}`;
  note(
    'guess',
    `glance-dcn:sites.${found}`,
    `stack ${name} cannot give the site its name`,
    'Rename it freely',
  );
  return found;
}

/** Notes the roles of a site that no lab file can name, or whose role data have faults; nodes of these roles are left out. */
export function noteRoles(site: SurveyedSite, note: Noter): void {
  const { stack } = site;
  for (const { name } of rolesOf(stack)) {
    const hosts = stack.hosts.filter(({ role }) => role === name);
    if (!findRoleAt(site, name) && hosts.length > 0) {
      const left = `left out: ${hosts.map((host) => host.name).join(', ')}`;
      const [what, remedy] = standardRoles.has(name)
        ? [`has role ${name}, which a lab file cannot name; ${left}`, 'docs/lab-file.md lists the roles']
        : [
            `has role ${name}, which is none of TripleO’s, and whose role data a lab file cannot have so; ${left}`,
            'Correct its role data in the file of rolesData, then write its nodes (docs/lab-file.md#roles-of-your-own)',
          ];
      note('unmapped', `stack ${stack.name}`, what, remedy);
    }
  }
}

import type { Lab } from '../lab';
import { hasStack } from '../adoptionDocument';
import { allSubnets, networkNameOf } from '../networks';
import { standardRoles } from '../labfile/standardRoles';
import { findRoleAt } from '../roles';
import type { LabPlan, SitePlan } from '../types';
import { noteCloud, noteStores } from './cloud';
import type { Note } from './notes';
import { ownParameters } from './parameters';
import type { SurveyedSite } from './stacks';
import type { Survey, SurveyedStack } from './survey';
import { textIn } from './values';

/** What an adoption of stacks that stand says before anything is touched. */
export interface StandingComparison {
  /** Why the lab file is not that of the stacks: place, value and remedy in a line each. */
  faults: string[];
  /** What a later deployment of the lab file would do otherwise than it stands. */
  differences: StandingDifference[];
}

/** One difference between the plan and what stands. */
export interface StandingDifference {
  site: string;
  what: string;
  /** Words for the lab file that keep what stands, or a sentence about that. */
  keep: { words: string } | { sentence: string };
}

/**
 * Compares the plan of a lab file with the stacks that stand.
 * @param survey answer of `kit survey` about the stacks of the lab file
 */
export function compareWithStanding(survey: Survey, lab: Lab, plan: LabPlan): StandingComparison {
  const faults: string[] = [];
  const sites = plan.sites.filter(hasStack).flatMap((site): { site: SitePlan; found: SurveyedSite }[] => {
    const stack = survey.stacks.find(({ name }) => name === site.stack);
    if (!stack) {
      faults.push(
        `glance-dcn:sites.${site.name}: the undercloud has no stack ${site.stack}: take the site out, adopt the others, and add it later; or write the name of its stack under stack`,
      );
      return [];
    }
    return [{ site, found: { name: site.name, kind: site.kind, stack, ownRoles: site.ownRoles } }];
  });
  const differences = new Differences();
  for (const { site, found } of sites) {
    faults.push(...kept(survey, site, found.stack));
    for (const difference of changedServices(site, found.stack)) {
      differences.add(site.name, ...difference);
    }
    if (site.steps.some(({ name }) => name === 'overcloud-stack')) {
      const note = differences.noter(site.name, site.stack);
      const { parameters, environments } = ownParameters(lab.topology, plan, found, note);
      for (const [key, value] of Object.entries(parameters)) {
        differences.add(
          site.name,
          `parameter ${key} is ${JSON.stringify(value)}, and the plan does not set this`,
          { words: `glance-dcn:sites.${site.name}.parameters: ${JSON.stringify({ [key]: value })}` },
        );
      }
      for (const file of environments) {
        const keep = { words: `glance-dcn:sites.${site.name}.environments: ${JSON.stringify([file])}` };
        differences.add(site.name, `the last deployment had ${file}, and the plan does not`, keep);
      }
      for (const hook of site.steps.filter(({ name }) => /^(before|after)-/.test(name))) {
        const keep = { sentence: 'Take the hook out if it has run for what stands' };
        differences.add(site.name, `hook ${hook.name} does not run now, but with its step's next run`, keep);
      }
    }
  }
  const all = sites.map(({ found }) => found);
  const central = all.find(({ kind }) => kind === 'control-plane');
  if (central) {
    const note = differences.noter(central.name, central.stack.name);
    noteStores(lab.topology, all, note);
    noteCloud(survey, all, note);
  }
  return { faults, differences: differences.all };
}

class Differences {
  readonly all: StandingDifference[] = [];

  add(site: string, what: string, keep: StandingDifference['keep']): void {
    if (!this.all.some((other) => other.site === site && other.what === what)) {
      this.all.push({ site, what, keep });
    }
  }

  /** Takes notes of an import about a site with this stack as differences. */
  noter(site: string, stack: string): (kind: Note['kind'], at: string, what: string, remedy: string) => void {
    return (_kind, at, what, remedy) => {
      // The site is named already.
      const isOfSite = at === `stack ${stack}` || at.startsWith('glance-dcn:sites.');
      this.add(site, isOfSite ? what : `${at}: ${what}`, { sentence: remedy });
    };
  }
}

/** The values that a site keeps while it stands, as far as they differ: no deployment could change them. */
function kept(survey: Survey, site: SitePlan, stack: SurveyedStack): string[] {
  return [
    ...hostFaults(site, stack),
    ...subnetFaults(survey, site, stack),
    ...vipFaults(site, stack),
    ...valueFaults(site, stack),
  ];
}

function fault(place: string, written: string, found: string): string {
  return `glance-dcn:sites.${place}: ${written}: it stands as ${found}, and cannot change in place: write ${found}`;
}

function hostFaults(site: SitePlan, stack: SurveyedStack): string[] {
  const hosts = new Map(stack.hosts.map((host) => [host.name, host]));
  const planned = new Set(site.nodes.map(({ name }) => name));
  const missing = site.nodes.flatMap(({ name, role, addresses }) => {
    const at = `${site.name}.nodes.${name}`;
    const host = hosts.get(name);
    if (!host) {
      const names = [...hosts.keys()].join(', ');
      return [
        `glance-dcn:sites.${at}: stack ${stack.name} has no host of this name (it has ${names}): take the node out, and add it later`,
      ];
    }
    if (host.role !== role) {
      return [fault(at, role, host.role)];
    }
    return allSubnets(site).flatMap((subnet) => {
      const [wish, is] = [addresses[subnet.network], host.addresses[networkNameOf(subnet)]];
      return wish !== undefined && is !== undefined && wish !== is
        ? [fault(`${at}.addresses.${subnet.network}`, wish, is)]
        : [];
    });
  });
  const extra = stack.hosts.filter(({ name }) => !planned.has(name));
  return [
    ...new Set(missing),
    ...extra.map(
      ({ name, role }) =>
        `glance-dcn:sites.${site.name}.nodes: stack ${stack.name} has the host ${name} (${role}), too: ${remedyOf(site, role)}`,
    ),
  ];
}

/** What to do about a host that the lab file leaves out: the next deployment would leave it out of the overcloud. */
function remedyOf(site: SitePlan, role: string): string {
  if (findRoleAt(site, role)) {
    return 'write it';
  }
  return standardRoles.has(role)
    ? 'a lab file cannot name its role, so the stack cannot be adopted'
    : 'write it, and its role into the file of rolesData';
}

/** The services of the site's own roles that differ from those with which they stand. */
function changedServices(
  { name: site, ownRoles = [] }: SitePlan,
  stack: SurveyedStack,
): [what: string, keep: StandingDifference['keep']][] {
  return ownRoles.flatMap(({ name, services }) => {
    const stands = stack.roles.find((role) => role.name === name)?.services ?? [...services];
    const lost = stands.filter((service) => !services.includes(service));
    const added = services.filter((service) => !stands.includes(service));
    const keep = { sentence: `Write the services of ${name} in the file of rolesData as ${site} has them` };
    const changes = [
      ...(lost.length > 0 ? [`would lose ${lost.join(', ')}, which its hosts keep running`] : []),
      ...(added.length > 0 ? [`would get ${added.join(', ')}`] : []),
    ];
    return changes.map((change): [string, StandingDifference['keep']] => [`role ${name} ${change}`, keep]);
  });
}

function subnetFaults({ ctlplane }: Survey, site: SitePlan, stack: SurveyedStack): string[] {
  const ofStack = stack.networks.flatMap(({ subnets }) => Object.entries(subnets));
  const cidrs = new Map<string, string | undefined>([
    ...(ctlplane ?? []).map(({ name, cidr }) => [name, cidr] as const),
    ...ofStack.map(([name, { ip_subnet: cidr }]) => [name, cidr] as const),
  ]);
  return allSubnets(site).flatMap(({ network, name, cidr }) => {
    const found = cidrs.get(name);
    const at = `${site.name}.networks.${network}`;
    if (found !== undefined) {
      return found === cidr ? [] : [fault(`${at}.cidr`, cidr, found)];
    }
    // Neutron may not have answered; the check of the undercloud asks it again.
    return network === 'ctlplane'
      ? []
      : [
          `glance-dcn:sites.${at}.subnet: ${name}: the network data of stack ${stack.name} have no subnet of this name: write the name that it has there`,
        ];
  });
}

function vipFaults(site: SitePlan, stack: SurveyedStack): string[] {
  return site.subnets.flatMap((subnet) => {
    const found = stack.vips[networkNameOf(subnet)];
    return found !== undefined && subnet.vip !== undefined && found !== subnet.vip
      ? [fault(`${site.name}.networks.${subnet.network}.vip`, subnet.vip, found)]
      : [];
  });
}

function valueFaults(site: SitePlan, { ceph, parameters }: SurveyedStack): string[] {
  const values: [string, string | undefined, string | undefined][] = [
    ['ceph.cluster', site.cluster?.name, ceph?.cluster],
    ['zone', site.servers?.zone, textIn(parameters, 'NovaComputeAvailabilityZone')],
    ['ceph.store', site.store?.id, textIn(parameters, 'GlanceBackendID')],
  ];
  return values.flatMap(([key, written, found]) =>
    written !== undefined && found !== undefined && written !== found
      ? [fault(`${site.name}.${key}`, written, found)]
      : [],
  );
}

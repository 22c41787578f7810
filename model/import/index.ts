import { UserError } from '../../lib/userError';
import { externalCeph } from '../names';
import { LabFileError } from '../labfile/faults';
import { parseLab } from '../labfile/parse';
import { planLab } from '../plan';
import type { LabPlan } from '../types';
import { onlyIpv4 } from './addresses';
import { hasCluster } from './ceph';
import { fit, labOf, type LabValues } from './fit';
import { commonValues, type ImportedUndercloud } from './lab';
import { minimise } from './minimise';
import { completeSegments, type ImportedSegment, segmentsOfSite, SurveyedNetworks } from './networks';
import type { Note, Noter } from './notes';
import { type BesideLabFile, importedRoles, type ImportedRoles } from './ownRoles';
import { noteCloud, noteStores } from './cloud';
import { networkValues, numberingsOf } from './numbering';
import { ownParameters } from './parameters';
import { siteValues } from './site';
import { controlPlaneOf, noteRoles, sitesOf, type SurveyedSite } from './stacks';
import type { Survey } from './survey';
import { labText } from './text';

export type { ImportedUndercloud } from './lab';
export type { Note } from './notes';
export { compareWithStanding, type StandingComparison, type StandingDifference } from './standing';
export { type Survey, survey as surveyAnswer } from './survey';

/** A lab file of a DCN that stands. */
export interface Import {
  /** Text of the lab file. */
  text: string;
  /** The file with the lab's own roles; undefined: it has none. */
  rolesData: BesideLabFile | undefined;
  /** The sites, each with its stack and its number of nodes. */
  sites: { site: string; stack: string; nodes: number }[];
  notes: Note[];
}

/**
 * The lab file of what a survey has found: what differs from the defaults, and notes on everything that the lab file does not say.
 * @param surveyed answer of `kit survey`
 * @param name of the lab
 * @throws UserError if no stack is a control plane
 */
export function importLab(surveyed: Survey, name: string, undercloud: ImportedUndercloud): Import {
  const notes: Note[] = [];
  const note = (kind: Note['kind'], at: string, what: string, remedy: string): void => {
    if (!notes.some((other) => other.kind === kind && other.at === at && other.what === what)) {
      notes.push({ kind, at, what, remedy });
    }
  };
  const survey = onlyIpv4(surveyed, note);
  const { topology, sites: found } = sitesOf(survey, note);
  if (found.length === 0) {
    const names = survey.stacks.map((stack) => stack.name).join(', ');
    throw new UserError(
      `import: none of the stacks ${names} has Keystone or the role Controller: a lab has a control plane. Name its stack, too (--stacks).`,
    );
  }
  const roles = importedRoles(survey, name, note);
  const sites = found.map((site) => ({ ...site, ownRoles: roles.own.roles }));
  for (const { what, why } of survey.unseen) {
    note('unseen', what, why, 'Write into the lab file what it would have said');
  }
  sites.forEach((site) => noteRoles(site, note));
  const networks = new SurveyedNetworks(survey, sites, note);
  const segments = new Map<SurveyedSite, ImportedSegment[]>(
    sites.map((site) => [site, segmentsOfSite(networks, site)]),
  );
  completeSegments(networks, segments, note);
  const numberings = numberingsOf(networks, segments);
  const written = {
    ...(roles.rolesData && { rolesData: roles.rolesData.file }),
    ...commonValues(survey, topology, sites, undercloud, note),
    networks: networkValues(networks, [...segments.values()].flat(), numberings),
    sites: Object.fromEntries(
      sites.map((site) => [
        site.name,
        siteValues(survey, topology, networks, numberings, site, segments.get(site)!, note),
      ]),
    ),
  };
  const outside = existingCluster(sites, topology, note);
  const fitting = fit({ ...written, sites: { ...outside, ...written.sites } }, note);
  const lab = labOf(name, withHostKeys(fitting, undercloud.hostKey), roles.own);
  const whole = lab ? withParameters(topology, planLab(lab), fitting, sites, note) : fitting;
  if (!lab) {
    const what =
      'parameters and environment files of no stack are in the lab file or in these notes: a value is missing without which there is no plan to compare them with';
    note(
      'unseen',
      'glance-dcn:sites',
      what,
      'Import again without the stacks whose sites these notes refuse (--stacks), or write the missing values and compare by `./dcn plan --out DIR`',
    );
  }
  noteStores(topology, sites, note);
  noteCloud(survey, sites, note);
  const values = minimise(name, whole, roles);
  const text = labText(values, head(survey), notes);
  noteFaults(name, text, roles, note);
  return {
    text,
    rolesData: roles.rolesData,
    sites: sites.map((site) => ({ site: site.name, stack: site.stack.name, nodes: site.stack.hosts.length })),
    notes,
  };
}

/** The cluster of a control plane that is a client of a cluster which no stack is. */
function existingCluster(sites: SurveyedSite[], topology: string, note: Noter): LabValues {
  const central = controlPlaneOf(sites).stack;
  if (topology === 'cache' || hasCluster(central) || sites.some((site) => site.name === externalCeph)) {
    return {};
  }
  const { CephClusterName, CephClusterFSID, CephExternalMonHost, CephClientUserName, GlanceBackendID } =
    central.parameters;
  const place = `glance-dcn:sites.${externalCeph}.ceph.existing`;
  const user = typeof CephClientUserName === 'string' ? CephClientUserName : 'openstack';
  const keyring = `/etc/ceph/central.client.${user}.keyring`;
  const what = 'the cluster of the control plane’s store is no stack of this undercloud';
  note(
    'guess',
    `${place}.keyring`,
    what,
    `Put the keyring of client.${user} there, for the undercloud’s user alone`,
  );
  const monitors = (typeof CephExternalMonHost === 'string' ? CephExternalMonHost : '')
    .split(/, ?/)
    .filter(Boolean);
  return {
    [externalCeph]: {
      ceph: {
        ...(CephClusterName !== undefined && { cluster: CephClusterName }),
        ...(GlanceBackendID !== undefined && { store: GlanceBackendID }),
        user,
        existing: { fsid: CephClusterFSID ?? '', monitors, keyring },
      },
    },
  };
}

/** The values with a host key at each node: no parameter depends on it, and a host that is down has shown none. */
function withHostKeys(values: LabValues, key: string): LabValues {
  const all = structuredClone(values);
  for (const { nodes } of Object.values(all.sites as Record<string, { nodes?: Record<string, LabValues> }>)) {
    Object.values(nodes ?? {}).forEach((node) => (node.hostKey ??= key));
  }
  return all;
}

/** The values with the parameters and environment files of the sites that follow from no other key. */
function withParameters(
  topology: 'multistore' | 'cache',
  plan: LabPlan,
  values: LabValues,
  sites: SurveyedSite[],
  note: Noter,
): LabValues {
  const written = values.sites as Record<string, LabValues>;
  const own = sites
    .filter((site) => site.name !== externalCeph)
    .map(
      (site) => [site.name, { ...written[site.name], ...ownParameters(topology, plan, site, note) }] as const,
    );
  return fit({ ...values, sites: { ...written, ...Object.fromEntries(own) } }, note);
}

function head({ stacks }: Survey): string {
  const names = stacks.map((stack) => stack.name).join(', ');
  return ` Written by \`./dcn import\` from the stacks ${names}: what differs from the defaults of docs/lab-file.md.\n Compare \`./dcn plan\` with what stands before any other command.`;
}

/** Notes the faults that keep the lab file from being used. */
function noteFaults(name: string, text: string, { read }: ImportedRoles, note: Noter): void {
  try {
    parseLab(name, text, read);
  } catch (error) {
    if (!(error instanceof LabFileError)) {
      throw error;
    }
    for (const { path, message, remedy } of error.faults) {
      note('fault', path, message, remedy);
    }
  }
}

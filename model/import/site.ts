import { indexFromName } from '../addresses';
import { isStandardTemplate } from '../nicTemplates';
import type { Topology } from '../lab';
import { controlPlane } from '../names';
import { findRoleAt } from '../roles';
import { cephValues, hasCluster } from './ceph';
import type { ImportedSegment, SurveyedNetworks } from './networks';
import { nodeValues } from './nodes';
import type { LabValues } from './fit';
import type { Noter } from './notes';
import type { Numberings } from './numbering';
import type { SurveyedSite } from './stacks';
import type { Survey } from './survey';
import { mapIn, numberIn, textIn, textsIn } from './values';

/** The lab file's keys of a site, with all their values, but for `parameters` and `environments`. */
export function siteValues(
  survey: Survey,
  topology: Topology,
  networks: SurveyedNetworks,
  { indexOf }: Numberings,
  site: SurveyedSite,
  segments: ImportedSegment[],
  note: Noter,
): LabValues {
  const { name, kind, stack } = site;
  const { parameters } = stack;
  const [own, ...racks] = segments;
  const named = racks.map((segment, index) => ({
    segment,
    rack: rackName(networks, site, segment, index, note),
  }));
  const zone = textIn(parameters, 'NovaComputeAvailabilityZone');
  const defaultZone = textIn(
    mapIn(parameters, 'ControllerExtraConfig'),
    'nova::availability_zone::default_schedule_zone',
  );
  const limit = numberIn(parameters, 'GlanceImageCacheMaxSize');
  const numbered = (segment: ImportedSegment): LabValues => {
    const index = indexOf(segment);
    return index === undefined || index === indexFromName(name) ? {} : { index };
  };
  return {
    stack: stack.name,
    ...(zone !== undefined && kind !== 'external-ceph' && { zone }),
    ...(name === controlPlane && defaultZone !== undefined && { defaultZone }),
    ...(hasCluster(stack) && { ceph: cephValues(topology, site, note) }),
    ...(topology === 'cache' &&
      kind === 'edge' &&
      limit !== undefined && { cache: { limitMiB: limit / 2 ** 20 } }),
    ...bridgesOf(site, note),
    ...nicsOf(site, note),
    ...(own && numbered(own)),
    networks: own?.subnets ?? {},
    ...(named.length > 0 && {
      racks: Object.fromEntries(
        named.map(({ rack, segment }) => [rack, { ...numbered(segment), networks: withoutVips(segment) }]),
      ),
    }),
    nodes: nodeValues(
      survey,
      networks,
      site,
      [...(own ? [{ segment: own, rack: undefined }] : []), ...named],
      note,
    ),
  };
}

function withoutVips({ subnets }: ImportedSegment): ImportedSegment['subnets'] {
  return Object.fromEntries(
    Object.entries(subnets).map(([key, subnet]) => [
      key,
      Object.fromEntries(Object.entries(subnet).filter(([name]) => name !== 'vip')) as typeof subnet,
    ]),
  );
}

/** The name of a rack: the part of the names of its subnets after those of network and site, if they have one in common. */
function rackName(
  networks: SurveyedNetworks,
  { name: site }: SurveyedSite,
  { subnets }: ImportedSegment,
  index: number,
  note: Noter,
): string {
  const ends = Object.entries(subnets).map(([key, { subnet }]) => {
    const start = `${networks.nameOf(key as keyof typeof subnets)}_${site}_`.replaceAll('-', '_');
    const plain = subnet.replaceAll('-', '_');
    return plain.startsWith(start) ? plain.slice(start.length) : undefined;
  });
  const [end] = ends;
  if (end && /^[a-z][a-z0-9]*$/.test(end) && ends.every((other) => other === end)) {
    return end;
  }
  const rack = `rack${index + 1}`;
  const what = 'nothing on the undercloud has a name for these subnets';
  note('guess', `glance-dcn:sites.${site}.racks.${rack}`, what, 'Rename the rack freely');
  return rack;
}

/** Bridges, which a lab file gives to all nodes of a site. */
function bridgesOf(site: SurveyedSite, note: Noter): { bridges?: Record<string, string> } {
  const { name, stack } = site;
  const roles = stack.roles.filter(
    (role) =>
      findRoleAt(site, role.name)?.ovnController && stack.hosts.some((host) => host.role === role.name),
  );
  const mappings = roles.map(
    (role) =>
      textsIn(mapIn(stack.parameters, `${role.name}Parameters`), 'NeutronBridgeMappings') ??
      textsIn(stack.parameters, 'NeutronBridgeMappings') ?? ['datacentre:br-ex'],
  );
  const [first] = mappings;
  if (mappings.some((mapping) => mapping.join() !== first?.join())) {
    const what = `the roles have different bridges (${mappings.map((mapping) => mapping.join(',')).join('; ')}); written are the first`;
    note(
      'unmapped',
      `glance-dcn:sites.${name}.bridges`,
      what,
      'A lab file gives all nodes of a site the same',
    );
  }
  const isDefault = first === undefined || first.join() === 'datacentre:br-ex';
  return isDefault
    ? {}
    : { bridges: Object.fromEntries(first.map((pair) => pair.split(':') as [string, string])) };
}

/** NIC templates that `node provision` used, or the configuration phase. */
function nicsOf(site: SurveyedSite, note: Noter): { nics?: Record<string, string> } {
  const { name, stack } = site;
  const found = stack.roles.flatMap((role): [string, string][] => {
    const byConfiguration =
      stack.parameters.NetworkConfigWithAnsible === false
        ? undefined
        : textIn(stack.parameters, `${role.name}NetworkConfigTemplate`);
    const template = stack.bareMetal.find((entry) => entry.name === role.name)?.template || byConfiguration;
    if (
      template === undefined ||
      !findRoleAt(site, role.name) ||
      !stack.hosts.some((host) => host.role === role.name)
    ) {
      return [];
    }
    const own = template.replace(/^.*\//, '').replace(/\.j2$/, '');
    if (
      /(^|tripleo_network_config\/)templates\/[^/]+\/[^/]+\.j2$/.test(template) &&
      isStandardTemplate(own)
    ) {
      return [[role.name, own]];
    }
    const place = `glance-dcn:sites.${name}.nics.${role.name}`;
    const remedy = `Copy it beside the lab file, and write nics: { ${role.name}: FILE }`;
    note('unmapped', place, `${template} on the undercloud is the NIC template of the role`, remedy);
    return [];
  });
  return found.length > 0 ? { nics: Object.fromEntries(found) } : {};
}

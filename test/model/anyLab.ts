import * as fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { type Lab, parseLab, planLab, type SitePlan, type StepName, type StepPlan } from '../../model';

/** The sites of a valid lab as its file has them, under `glance-dcn:sites`. */
export type Sites = Record<
  string,
  {
    nodes?: Record<string, string | { role: string; rack: string }>;
    racks?: Record<string, { index: number }>;
    ceph?: object;
    parameters?: Record<string, unknown>;
    environments?: string[];
  }
>;

/** Nodes of a site by name, each with its role: as many of each role as `counts` has. */
export function nodes(site: string, counts: [role: string, count: number][]): Record<string, string> {
  let number = 0;
  return Object.fromEntries(
    counts.flatMap(([role, count]) =>
      Array.from({ length: count }, () => [`${site}-${role.toLowerCase()}-${number++}`, role]),
    ),
  );
}

const extras = fc.record(
  {
    parameters: fc.dictionary(fc.constantFrom('NovaCPUAllocationRatio', 'DebugX'), fc.nat(), { minKeys: 1 }),
    environments: fc.uniqueArray(fc.constantFrom('/srv/a.yaml', '/srv/b.yaml'), { minLength: 1 }),
  },
  { requiredKeys: [] },
);

/** An edge site with a Ceph cluster. */
export const edge = (name: string): fc.Arbitrary<Sites[string]> =>
  fc.tuple(fc.constantFrom(1, 3), fc.nat(2), fc.nat(2), extras).map(([hci, more, computes, extra]) => ({
    nodes: nodes(name, [
      ['DistributedComputeHCI', hci],
      ['DistributedComputeHCIScaleOut', more],
      ['DistributedComputeScaleOut', computes],
    ]),
    ...extra,
  }));

const controlPlane = fc
  .tuple(fc.constantFrom(1, 3), fc.nat(2), fc.integer({ min: 1, max: 5 }), extras)
  .map(([controllers, computes, storage, extra]) => ({
    nodes: nodes('c', [
      ['Controller', controllers],
      ['Compute', computes],
      ['CephStorage', storage],
    ]),
    ...extra,
  }));

/**
 * An edge site some of whose roles are in racks, each role in a rack of its own.
 * @param first number of the first rack's subnets; the others follow
 */
const edgeInRacks = (name: string, first: number): fc.Arbitrary<Sites[string]> =>
  fc
    .tuple(
      edge(name),
      fc.subarray(['DistributedComputeHCI', 'DistributedComputeHCIScaleOut', 'DistributedComputeScaleOut']),
    )
    .map(([site, roles]) => {
      const present = roles.filter((role) => Object.values(site.nodes ?? {}).includes(role));
      const entries = Object.entries(site.nodes ?? {}).map(([node, role]) =>
        typeof role === 'string' && present.includes(role)
          ? [node, { role, rack: role.toLowerCase() }]
          : [node, role],
      );
      const racks = present.map((role, position) => [role.toLowerCase(), { index: first + position }]);
      return {
        ...site,
        nodes: Object.fromEntries(entries) as Sites[string]['nodes'],
        ...(racks.length > 0 && { racks: Object.fromEntries(racks) as Sites[string]['racks'] }),
      };
    });

const edges = fc
  .uniqueArray(fc.nat(900), { minLength: 1, maxLength: 6 })
  .chain((numbers) =>
    fc.tuple(
      ...numbers.map((n, position) =>
        fc.tuple(fc.constant(`dcn${n}`), edgeInRacks(`dcn${n}`, 920 + 3 * position)),
      ),
    ),
  );

/** Sites at the center whose Ceph cluster is outside of all overclouds; the lab makes the cluster, or it exists already. */
const withExternalCeph = fc
  .record({
    controllers: fc.constantFrom(1, 3),
    monitors: fc.constantFrom(0, 1, 3),
    storage: fc.nat(3),
    computes: fc.nat(2),
    more: extras,
  })
  .map(({ controllers, monitors, storage, computes, more }): Sites => {
    const fsid = '4b5c8c0a-ff60-454b-a1b4-9747aa737d19';
    const ceph = { existing: { fsid, monitors: ['192.0.2.1'], keyring: '/home/stack/keyring' } };
    const roles: [string, number][] = [
      ['CephAll', monitors],
      ['CephStorage', storage],
    ];
    return {
      'external-ceph': monitors > 0 ? { nodes: nodes('e', roles) } : { ceph },
      'control-plane': { nodes: nodes('c', [['Controller', controllers]]), ...more },
      ...(computes > 0 && { central: { nodes: nodes('n', [['Compute', computes]]) } }),
    };
  });

/** Sites of any lab of the topology `multistore`. */
export const labs: fc.Arbitrary<Sites> = fc
  .tuple(
    fc.oneof(
      controlPlane.map((site): Sites => ({ 'control-plane': site })),
      withExternalCeph,
    ),
    edges,
  )
  .map(([central, others]) => ({ ...central, ...Object.fromEntries(others) }));

/** Sites of any lab of the topology `cache`, where `central` is an edge site. */
export const cachingLabs = fc
  .tuple(controlPlane, fc.option(edge('central')), edges)
  .map(([site, central, others]): Sites => ({
    'control-plane': site,
    ...(central && { central }),
    ...Object.fromEntries(others),
  }));

/** Names in a lab file beside those of sites and nodes, by their key below `glance-dcn:`. */
export interface Names {
  networks: Record<string, { name: string }>;
  hosts: { domain?: string; fqdn?: boolean };
}

/** Networks under their own or other names, and hosts with any domain, with or without it in their names. */
export const names: fc.Arbitrary<Names> = fc.record({
  networks: fc
    .subarray(['storage', 'storage_mgmt', 'internal_api', 'tenant', 'external'])
    .map((keys) => Object.fromEntries(keys.map((key) => [key, { name: `${key}_east` }]))),
  hosts: fc.record(
    { domain: fc.constantFrom('example.com', 'lab.example.org'), fqdn: fc.boolean() },
    { requiredKeys: [] },
  ),
});

export const lab = (sites: Sites, { networks, hosts }: Names, topology = 'multistore'): Lab => {
  const config = { topology, networks, hosts, sites };
  const keys = Object.entries(config).map(([key, value]) => [`glance-dcn:${key}`, value]);
  return parseLab('dev', stringify({ config: Object.fromEntries(keys) as unknown }));
};
export const plan = (sites: Sites, named: Names): SitePlan[] => planLab(lab(sites, named)).sites;
/** How many labs each property is tried on. */
export const runs = { numRuns: 25 };

/** A step of a site that has it. */
export function step(site: SitePlan, name: StepName): StepPlan {
  return site.steps.find((candidate) => candidate.name === name)!;
}

/** Sites with an overcloud. */
export function overclouds(sites: SitePlan[]): SitePlan[] {
  return sites.filter(({ kind }) => kind !== 'external-ceph');
}

/** Environment files of a command, in order. */
export function environments(command: string[]): string[] {
  return command.filter((_, position) => command[position - 1] === '-e');
}

/** The values that a site's overcloud gets from the plan's own files; of two files that set one parameter, the later one wins. */
export function effective(site: SitePlan): Record<string, unknown> {
  const { commands, files } = step(site, 'overcloud-stack');
  const texts = environments(commands[0]!).flatMap((path) => {
    const file = Object.keys(files).find((name) => path.endsWith(`/${name}`));
    return file === undefined ? [] : [files[file]!];
  });
  const values = texts.map(
    (text) => (parse(text) as { parameter_defaults: Record<string, unknown> }).parameter_defaults,
  );
  return Object.assign({}, ...values) as Record<string, unknown>;
}

import * as fc from 'fast-check';
import { IPv4 } from 'ipaddr.js';
import { parse, parseDocument, stringify } from 'yaml';
import {
  composeStores,
  parseLab,
  planLab,
  planSite,
  rbdStoresOf,
  type SitePlan,
  type StepName,
  stepRevision,
  type SubnetPlan,
} from '../../model';

/** A valid lab as an object: what a lab file says under `glance-dcn:sites`. */
type Sites = Record<
  string,
  {
    nodes?: Record<string, string>;
    ceph?: object;
    parameters?: Record<string, unknown>;
    environments?: string[];
  }
>;

function nodes(site: string, counts: [role: string, count: number][]): Record<string, string> {
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

const edge = (name: string) =>
  fc.tuple(fc.constantFrom(1, 3), fc.nat(2), fc.nat(2), extras).map(([hci, more, computes, extra]) => ({
    nodes: nodes(name, [
      ['DistributedComputeHCI', hci],
      ['DistributedComputeHCIScaleOut', more],
      ['DistributedComputeScaleOut', computes],
    ]),
    ...extra,
  }));

const center = fc
  .tuple(fc.constantFrom(1, 3), fc.nat(2), fc.integer({ min: 1, max: 5 }), extras)
  .map(([controllers, computes, storage, extra]) => ({
    nodes: nodes('c', [
      ['Controller', controllers],
      ['Compute', computes],
      ['CephStorage', storage],
    ]),
    ...extra,
  }));

const edges = fc
  .uniqueArray(fc.nat(900), { minLength: 1, maxLength: 6 })
  .chain((numbers) => fc.tuple(...numbers.map((n) => fc.tuple(fc.constant(`dcn${n}`), edge(`dcn${n}`)))));

/** Sites of a lab whose control plane is a client of a Ceph cluster of its own site, or of one that exists. */
const clients = fc
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

const labs: fc.Arbitrary<Sites> = fc
  .tuple(
    fc.oneof(
      center.map((site): Sites => ({ 'control-plane': site })),
      clients,
    ),
    edges,
  )
  .map(([centers, others]) => ({ ...centers, ...Object.fromEntries(others) }));

/** Sites that a lab with caches may have, where `central` is an edge site. */
const cachingSites = fc
  .tuple(center, fc.option(edge('central')), edges)
  .map(([site, central, others]): Sites => ({
    'control-plane': site,
    ...(central && { central }),
    ...Object.fromEntries(others),
  }));

const lab = (sites: Sites, topology = 'multistore') =>
  parseLab('dev', stringify({ config: { 'glance-dcn:topology': topology, 'glance-dcn:sites': sites } }));
const plan = (sites: Sites) => planLab(lab(sites)).sites;
const runs = { numRuns: 25 };

function isIn(address: string, cidr: string): boolean {
  return IPv4.parse(address).match(IPv4.parseCIDR(cidr));
}

test('no address is given twice, and each is in its site’s subnet, outside what is kept', () => {
  fc.assert(
    fc.property(labs, (sites) => {
      const taken = new Set<string>();
      const take = (address: string) => {
        if (taken.has(address)) {
          throw new Error(`${address} is given twice`);
        }
        taken.add(address);
      };
      for (const site of plan(sites)) {
        for (const subnet of site.subnets) {
          take(subnet.gateway);
          expect(isIn(subnet.cidr.split('/')[0]!, subnet.range)).toBe(true);
        }
        for (const vip of vips(site)) {
          take(vip);
        }
        for (const node of site.nodes) {
          for (const [network, address] of Object.entries(node.addresses)) {
            take(address);
            const subnet = site.subnets.find((candidate) => candidate.network === network) as SubnetPlan;
            expect(isIn(address, subnet.cidr)).toBe(true);
            const last = (text: string) => Number(text.split('.')[3]);
            expect(last(address) < last(subnet.pool.start) || last(address) > last(subnet.pool.end)).toBe(
              true,
            );
          }
        }
      }
    }),
    runs,
  );
});

function vips(site: SitePlan): string[] {
  if (site.kind === 'external-ceph') {
    return [];
  }
  const text = step(site, 'vip-provision').files[`${site.name}/vip_data.yaml`];
  return (parse(text!) as { ip_address: string }[]).map((vip) => vip.ip_address);
}

function step(site: SitePlan, name: StepName) {
  return site.steps.find((candidate) => candidate.name === name)!;
}

test('no two subnets of a network overlap', () => {
  fc.assert(
    fc.property(labs, (sites) => {
      const cidrs = plan(sites).flatMap((site) => site.subnets.map((subnet) => subnet.cidr));
      expect(new Set(cidrs).size).toBe(cidrs.length);
    }),
    runs,
  );
});

test('taking a site out, or changing its nodes, leaves every other site as it is to the byte', () => {
  fc.assert(
    fc.property(labs, fc.nat(), edge('dcn950'), (sites, pick, other) => {
      const names = Object.keys(sites).filter((name) => name.startsWith('dcn'));
      const chosen = names[pick % names.length]!;
      const without = Object.fromEntries(Object.entries(sites).filter(([name]) => name !== chosen));
      const changed = { ...sites, [chosen]: other };
      const more = { ...sites, dcn951: { nodes: { 'x-0': 'DistributedComputeHCI' } } };
      const text = (from: SitePlan[]) =>
        from
          .filter((site) => site.name !== chosen && site.name !== 'dcn951')
          .map((site) => JSON.stringify(site));
      expect(text(plan(without))).toEqual(text(plan(sites)));
      expect(text(plan(changed))).toEqual(text(plan(sites)));
      expect(text(plan(more))).toEqual(text(plan(sites)));
    }),
    runs,
  );
});

test('the order of sites in the file does not matter, and what others build on comes first', () => {
  fc.assert(
    fc.property(labs, (sites) => {
      const reversed = Object.fromEntries(Object.entries(sites).reverse());
      const sorted = (from: SitePlan[]) => [...from].sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(sorted(plan(reversed))).toEqual(sorted(plan(sites)));
      const first = plan(reversed).map(({ name }) => name);
      expect(first[0]).toBe('external-ceph' in sites ? 'external-ceph' : 'control-plane');
      expect(first.indexOf('control-plane')).toBe('external-ceph' in sites ? 1 : 0);
    }),
    runs,
  );
});

test('a site planned alone is as it is in the plan of all', () => {
  fc.assert(
    fc.property(labs, (sites) => {
      const whole = lab(sites);
      for (const site of planLab(whole).sites) {
        expect(planSite(whole, site.name)).toEqual(site);
      }
    }),
    runs,
  );
});

/** Sites with an overcloud. */
function overclouds(sites: SitePlan[]): SitePlan[] {
  return sites.filter(({ kind }) => kind !== 'external-ceph');
}

/** Environment files of a command, in order. */
function environments(command: string[]): string[] {
  return command.filter((_, position) => command[position - 1] === '-e');
}

test('-e: TripleO’s own, then what verbs wrote, then ours, then the lab file’s; the fragments last', () => {
  const directory = '/home/stack/dcn/dev/';
  fc.assert(
    fc.property(labs, (sites) => {
      for (const site of overclouds(plan(sites))) {
        const { commands, files, inputs } = step(site, 'overcloud-stack');
        const order = environments(commands[0]!);
        const own = Object.keys(files).map((file) => directory + file);
        const written = site.steps.flatMap(({ results }) => results.map((file) => directory + file));
        const user = sites[site.name]!.environments ?? [];
        const fragments = Object.values(step(site, 'overcloud-stack').fragments ?? {}).map(
          (file) => directory + file,
        );
        const rank = (file: string) => {
          if (file.startsWith('/usr/share/openstack-tripleo-heat-templates/')) {
            return 0;
          }
          if (inputs.includes(file.slice(directory.length))) {
            return 1;
          }
          if (fragments.includes(file)) {
            return 6;
          }
          if (file === `${directory}${site.name}/parameters.yaml`) {
            return 5;
          }
          if (user.includes(file)) {
            return 4;
          }
          if (own.includes(file)) {
            return 3;
          }
          expect(written).toContain(file);
          return 2;
        };
        const ranks = order.map(rank);
        expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
        expect(new Set(order).size).toBe(order.length);
        expect(order.slice(order.length - fragments.length)).toEqual(fragments);
        expect(fragments.length).toBe(site.kind === 'control-plane' ? 2 : 0);
        expect(order.join(' ')).not.toMatch(/network-isolation|\/net-/);
        // Nothing that is made for the deployment is left out of it.
        for (const file of own) {
          expect(order).toContain(file);
        }
      }
    }),
    runs,
  );
});

test('both phases of a deployment have the same arguments', () => {
  fc.assert(
    fc.property(labs, (sites) => {
      for (const site of overclouds(plan(sites))) {
        const [stack] = step(site, 'overcloud-stack').commands;
        const [config] = step(site, 'overcloud-config').commands;
        expect(stack!.slice(0, -1)).toEqual(config!.slice(0, -1));
        expect([stack!.at(-1), config!.at(-1)]).toEqual(['--stack-only', '--config-download-only']);
      }
    }),
    runs,
  );
});

test('a step stands on earlier ones, and reads only what it was given, or they or earlier sites made', () => {
  const directory = '/home/stack/dcn/dev/';
  fc.assert(
    fc.property(labs, (sites) => {
      const made = new Set<string>();
      for (const site of plan(sites)) {
        const there = new Set<string>(['kit']);
        const done = new Set<StepName>();
        for (const { name, needs, files, inputs, commands, fragments, results } of site.steps) {
          for (const needed of needs) {
            expect(done).toContain(needed);
          }
          for (const file of [...Object.keys(files), ...inputs, ...Object.values(fragments ?? {})]) {
            there.add(file);
          }
          for (const file of inputs) {
            expect(made).toContain(file);
          }
          const mentioned = commands.flat().filter((word) => word.startsWith(directory));
          for (const word of mentioned) {
            expect([...there, ...results]).toContain(word.slice(directory.length));
          }
          for (const file of results) {
            there.add(file);
          }
          for (const [file, text] of Object.entries(files)) {
            if (file.endsWith('.yaml')) {
              expect(parseDocument(text, { version: '1.1' }).errors).toEqual([]);
            }
          }
          done.add(name);
        }
        if (site.kind !== 'edge') {
          site.steps.forEach(({ results }) => results.forEach((file) => made.add(file)));
        }
      }
    }),
    runs,
  );
});

test('one site takes the networks with it: the first, on which all others build', () => {
  fc.assert(
    fc.property(labs, (sites) => {
      const plans = plan(sites).filter(({ nodes }) => nodes.length > 0);
      const takers = plans.filter((site) =>
        step(site, 'network-provision').teardown.flat().includes('unprovision'),
      );
      expect(takers.map(({ name }) => name)).toEqual([plans[0]!.name]);
    }),
    runs,
  );
});

test('clients of the external cluster are told all of it, and nothing of a cluster of their own', () => {
  fc.assert(
    fc.property(labs, (sites) => {
      for (const site of overclouds(plan(sites))) {
        const { commands, files, inputs } = step(site, 'overcloud-stack');
        const order = environments(commands[0]!).join(' ');
        const client = !site.cluster;
        expect(client).toBe('external-ceph' in sites && site.kind !== 'edge');
        expect(order.includes(`/${site.name}/external-ceph.yaml`)).toBe(client);
        expect(order).not.toContain('/environments/external-ceph.yaml');
        expect(order.includes('cephadm')).toBe(!client);
        expect(order.includes('deployed-ceph')).toBe(!client);
        expect(site.steps.some(({ name }) => name === 'ceph-deploy')).toBe(!client);
        if (!client) {
          continue;
        }
        const text = files[`${site.name}/external-ceph.yaml`]!;
        const { parameter_defaults: parameters } = parse(text) as {
          parameter_defaults: Record<string, string>;
        };
        expect(parameters.CephClusterName).toBe('central');
        expect(inputs.map((file) => `/home/stack/dcn/dev/${file}`)).toContain(
          parameters.CephClientConfigVars,
        );
      }
    }),
    runs,
  );
});

test('no command or file of a plan holds a key', () => {
  fc.assert(
    fc.property(labs, (sites) => {
      expect(JSON.stringify(plan(sites))).not.toMatch(/[A-Za-z0-9+/]{38}==|ceph-client-key|CephClientKey/);
    }),
    runs,
  );
});

test('the control plane knows all stores, an edge site itself and the control plane’s', () => {
  type Glance = {
    parameter_defaults: {
      GlanceBackendID?: string;
      GlanceMultistoreConfig?: Record<string, { CephClusterName: string }>;
    };
  };
  fc.assert(
    fc.property(labs, (sites) => {
      const plans = plan(sites);
      const edgePlans = plans.filter((site) => site.kind === 'edge');
      const stores = rbdStoresOf(edgePlans);
      for (const site of overclouds(plans)) {
        const text = step(site, 'overcloud-stack').files[`${site.name}/glance.yaml`]!;
        const { GlanceBackendID, GlanceMultistoreConfig } = (parse(text) as Glance).parameter_defaults;
        expect(GlanceBackendID).toBe(site.store?.id ?? 'central');
        expect(Object.keys(GlanceMultistoreConfig ?? {})).toEqual(site.kind === 'edge' ? ['central'] : []);
      }
      const composed = (parse(composeStores(stores)) as Glance).parameter_defaults.GlanceMultistoreConfig!;
      expect(Object.keys(composed).sort()).toEqual(edgePlans.map((site) => site.store!.id).sort());
      for (const site of edgePlans) {
        expect(composed[site.store!.id]!.CephClusterName).toBe(site.cluster!.name);
      }
      expect(composeStores([...stores].reverse())).toBe(composeStores(stores));
    }),
    runs,
  );
});

test('with caches Glance is on Swift everywhere, and what TripleO’s own files say against it comes before', () => {
  type Parameters = { parameter_defaults: Record<string, unknown> };
  // Edge sites with Ceph and, of every second site's nodes, without.
  const withoutCeph = (site: Sites[string], name: string) => ({
    ...site,
    nodes: nodes(name, [['DistributedCompute', Object.keys(site.nodes ?? {}).length]]),
  });
  fc.assert(
    fc.property(cachingSites, fc.boolean(), (sites, storage) => {
      const mixed = Object.fromEntries(
        Object.entries(sites).map(([name, site], position) => {
          if (name === 'control-plane') {
            const withCeph = { ...site, ceph: { cluster: 'control' } };
            return [name, storage ? withCeph : { nodes: { 'c-0': 'Controller' } }];
          }
          return [name, position % 2 === 0 ? withoutCeph(site, name) : site];
        }),
      );
      for (const site of planLab(lab(mixed, 'cache')).sites) {
        const edge = site.kind === 'edge';
        const { files, commands, inputs, fragments } = step(site, 'overcloud-stack');
        const order = environments(commands[0]!);
        const at = (file: string) => order.findIndex((path) => path.endsWith(file));
        const glance = (parse(files[`${site.name}/glance.yaml`]!) as Parameters).parameter_defaults;
        expect(glance).toMatchObject({ GlanceBackend: 'swift', GlanceBackendID: 'swift' });
        expect(glance.GlanceMultistoreConfig).toBeUndefined();
        expect([glance.GlanceCacheEnabled, glance.NovaDisableImageDownloadToRbd]).toEqual(
          edge ? [true, false] : [undefined, undefined],
        );
        expect(at('disable-swift.yaml')).toBe(-1);
        expect(at('glance.yaml')).toBeGreaterThan(
          Math.max(at('cephadm-rbd-only.yaml'), at('dcn-storage.yaml'), at('dcn.yaml')),
        );
        const ceph = site.nodes.some(({ osdDevices }) => osdDevices.length > 0);
        expect([site.cluster !== undefined, at('cephadm-rbd-only.yaml') >= 0]).toEqual([ceph, ceph]);
        expect(at('dcn-storage.yaml') >= 0).toBe(edge && ceph);
        expect(at('dcn.yaml') >= 0).toBe(edge && !ceph);
        expect(site.cluster?.pools ?? []).not.toContain('images');
        expect([fragments, inputs.length]).toEqual([undefined, edge ? 1 : 0]);
        expect([site.store !== undefined, site.cache !== undefined]).toEqual([!edge, edge]);
      }
    }),
    runs,
  );
});

test('a revision changes exactly when what the step does changes, or what it stands on', () => {
  fc.assert(
    fc.property(
      labs,
      fc.nat(),
      fc.constantFrom('files', 'commands', 'limitMinutes', 'teardown'),
      (sites, pick, what) => {
        const [site] = plan(sites).slice(-1) as [SitePlan];
        const changed = structuredClone(site);
        const target = changed.steps[pick % changed.steps.length]!;
        if (what === 'files') {
          target.files[`${site.name}/more.yaml`] = 'a: 1\n';
        } else if (what === 'commands') {
          target.commands.push(['true']);
        } else if (what === 'limitMinutes') {
          target.limitMinutes += 1;
        } else {
          target.teardown.push(['true']);
        }
        const matters = what === 'files' || what === 'commands';
        for (const { name } of site.steps) {
          const differs = stepRevision(changed, name) !== stepRevision(site, name);
          expect(differs).toBe(matters && standsOn(site, name).has(target.name));
        }
        expect(stepRevision(structuredClone(site), target.name)).toBe(stepRevision(site, target.name));
      },
    ),
    runs,
  );
});

/** A step and all it needs, directly or not. */
function standsOn(site: SitePlan, name: StepName): Set<StepName> {
  const found = new Set([name]);
  for (const each of found) {
    step(site, each).needs.forEach((needed) => found.add(needed));
  }
  return found;
}

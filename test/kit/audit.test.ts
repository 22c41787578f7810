import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse, stringify } from 'yaml';
import type { Audit, Finding } from '../../kit/answers';
import { filesUnder } from '../../lib/filesUnder';
import { projectRoot } from '../../lib/paths';
import type { FakeGlance } from './fakeGlance';
import { FakeServices } from './fakeServices';
import { deployControlPlane, lab, register } from './storeLab';
import type { TestUndercloud } from './undercloud';

/*
 * The kit's audit of a lab with a control plane and the sites dcn0 and dcn1: nothing is found while it is healthy, and each planted
 * difference alone.
 */

jest.setTimeout(300_000);

const hosts = {
  'control-plane': { 'c-0': '10.0.0.10', 'c-1': '10.0.0.73' },
  dcn0: { 'e-0': '10.0.1.10', 'e-1': '10.0.1.11' },
  dcn1: { 'f-0': '10.0.2.10' },
};
type Site = keyof typeof hosts;
const sites = Object.keys(hosts) as Site[];
const clusterOf = (site: Site): string => (site === 'control-plane' ? 'central' : site);
const monitorOf = (site: Site): { name: string; address: string } => {
  const [name, address] = Object.entries(hosts[site])[0] as [string, string];
  return { name, address };
};

/** What the lab file says of the lab. */
const document = {
  kit: 'first',
  sites: sites.map((site) => ({
    site,
    zone: clusterOf(site),
    volumes: true,
    steps: ['network-provision', 'overcloud-stack', 'overcloud-config', 'ceph-export'],
    nodes: Object.entries(hosts[site]).map(([name, storage]) => ({ name, compute: name !== 'c-0', storage })),
    cluster: {
      cluster: clusterOf(site),
      node: { site, ...monitorOf(site) },
      pools: ['images', 'vms', 'volumes'],
      settings: ['images,size=3', 'vms,size=3', 'volumes,size=3'],
      osds: 3,
    },
  })),
  images: ['guest', 'lacking'].map((name) => ({ name, stores: ['central', 'dcn0', 'dcn1'] })),
  storage: { address: '10.8.0.10', mtu: 1500 },
};

/** A program of the nodes, in place of this machine's. */
const program = (here: TestUndercloud, name: string, script: string): void => {
  here.write(`bin/${name}`, `#!/bin/bash\n${script}\n`);
  fs.chmodSync(here.path(`bin/${name}`), 0o755);
};

const roomy =
  'printf "Filesystem 1-blocks Used Available Capacity Mounted\\n/dev/vda 1000 500 500 50%% /\\n"';

/** Brings up the lab: everything is as the records and the document say. */
async function bringUp(here: TestUndercloud, glance: FakeGlance, services: FakeServices): Promise<void> {
  glance.services = services.catalog;
  await deployControlPlane(here, { node: monitorOf('control-plane') });
  const edges = ['dcn0', 'dcn1'] as const;
  await Promise.all(edges.map((site) => here.json(['stores', 'announce', site])));
  await Promise.all(edges.map((site) => register(here, site, 60, { node: monitorOf(site) }).ended));
  for (const site of edges) {
    const commands = [`openstack overcloud deploy -y --stack ${site} --config-download-only`];
    await here.run(here.job(`${site}/overcloud-config`, { commands }));
  }
  glance.stores = ['central', 'dcn0', 'dcn1'];
  for (const name of ['guest', 'lacking']) {
    glance.addListed(name, [...glance.stores], { glance_dcn_lab: 'dev' });
  }
  const machine = fs.readFileSync('/etc/machine-id', 'utf8').trim();
  const instanceId = machine.replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  for (const site of sites) {
    const entries = Object.entries(hosts[site]);
    const record = entries.map(([name, address]) => [name, { instanceId, devices: [], address }]);
    here.write(`dcn/dev/${site}/hosts.json`, JSON.stringify(Object.fromEntries(record)));
    const keys = entries.map(([, address]) => `${address} ssh-ed25519 AAAA\n`);
    here.write(`dcn/dev/${site}/known_hosts`, keys.join(''));
    here.write(`ceph/${clusterOf(site)}/map.json`, JSON.stringify(cluster(here, site)));
    here.write(`ceph/${clusterOf(site)}/fsid`, exported(here, site)?.fsid ?? '');
  }
  const computes = sites.flatMap((site) =>
    Object.keys(hosts[site]).flatMap((name) => (name === 'c-0' ? [] : [{ name, zone: clusterOf(site) }])),
  );
  services.computes = computes.map(({ name, zone }) => ({
    id: `of-${name}`,
    host: `${name}.localdomain`,
    zone,
    state: 'up',
    status: 'enabled',
  }));
  services.agents = computes.map(({ name }) => ({
    id: `agent-${name}`,
    binary: 'ovn-controller',
    host: `${name}.localdomain`,
    alive: true,
    admin_state_up: true,
  }));
  services.volumes = sites.map((site) => ({
    binary: 'cinder-volume',
    host: `hostgroup-${site}@tripleo_ceph`,
    zone: clusterOf(site),
    state: 'up',
    status: 'enabled',
  }));
  services.aggregates = sites.map((site, id) => ({
    id,
    name: clusterOf(site),
    hosts: computes.filter(({ zone }) => zone === clusterOf(site)).map(({ name }) => `${name}.localdomain`),
    metadata: { availability_zone: clusterOf(site) },
  }));
  program(here, 'df', roomy);
  program(here, 'ping', 'exit 0');
}

/** The cluster of an edge site in the export that clients of the control plane have. */
function exported(
  here: TestUndercloud,
  site: Site,
): { fsid: string; keys: { name: string; key: string }[] } | undefined {
  const file = parse(here.read('dcn/dev/control-plane/dcn_ceph_external.yaml')) as {
    parameter_defaults: {
      CephExternalMultiConfig: { cluster: string; fsid: string; keys: { name: string; key: string }[] }[];
    };
  };
  return file.parameter_defaults.CephExternalMultiConfig.find(({ cluster: name }) => name === site);
}

const caps = {
  mgr: 'allow *',
  mon: 'profile rbd',
  osd: 'profile rbd pool=images, profile rbd pool=vms, profile rbd pool=volumes',
};
interface Cluster {
  rules: object[];
  pools: { pool_name: string; size: number }[];
  users: { entity: string; key: string; caps: Partial<typeof caps> }[];
  [more: string]: unknown;
}

/** What a healthy cluster says, as the fake `ceph` keeps it. */
function cluster(here: TestUndercloud, site: Site): Cluster {
  const settings = { crush_rule: 0, size: 3, pg_autoscale_mode: 'on', pg_num_target: 16, options: {} };
  return {
    rules: [{ rule_id: 0, rule_name: 'replicated_rule', steps: [{ op: 'chooseleaf_firstn', type: 'host' }] }],
    pools: ['images', 'vms', 'volumes'].map((name) => ({ pool_name: name, ...settings })),
    users: [{ entity: 'client.openstack', key: exported(here, site)?.keys[0]?.key ?? 'AQ==', caps }],
  };
}

interface World {
  /** What the lab file says. */
  document: typeof document;
  here: TestUndercloud;
  glance: FakeGlance;
  services: FakeServices;
}

/** A test's body with the healthy lab. */
const healthy = (work: (world: World) => Promise<void>): (() => Promise<void>) =>
  lab(async (here, glance) => {
    const services = new FakeServices();
    await services.open();
    try {
      await bringUp(here, glance, services);
      await work({ document: structuredClone(document), here, glance, services });
    } finally {
      await services.close();
    }
  });

const audit = ({ here, document: wanted }: World, words: string[] = []): Promise<Audit> =>
  here.json<Audit>(['audit', ...words], stringify(wanted));
const short = ({ code, severity, site, node }: Finding): string =>
  [severity, site ?? '-', node ?? '-', code].join(' ');

/** Makes a difference, and gives what undoes the difference. */
type Plant = (world: World) => () => void;

/** Replaces a file under the home of the undercloud's user; without a text removes it. */
const file =
  (name: string, text: (before: string) => string | undefined): Plant =>
  ({ here }) => {
    const before = here.exists(name) ? here.read(name) : undefined;
    const put = (content: string | undefined): void =>
      content === undefined ? fs.rmSync(here.path(name), { force: true }) : here.write(name, content);
    put(text(before ?? ''));
    return () => put(before);
  };
const ceph = (site: Site, change: (cluster: Cluster) => object): Plant =>
  file(`ceph/${clusterOf(site)}/map.json`, (text) => {
    const before = JSON.parse(text) as Cluster;
    return JSON.stringify({ ...before, ...change(before) });
  });
const health = (status: string, check: string): Plant =>
  ceph('dcn0', () => ({
    health: {
      status,
      checks: { [check]: { severity: status, summary: { message: 'said by Ceph' }, muted: false } },
    },
  }));
const services =
  <Key extends 'computes' | 'agents' | 'volumes' | 'aggregates'>(
    key: Key,
    change: (before: FakeServices[Key]) => FakeServices[Key],
  ): Plant =>
  ({ services: fake }) => {
    const before = fake[key];
    fake[key] = change(structuredClone(before));
    return () => void (fake[key] = before);
  };
/** Changes the record of a host in Nova, Neutron or Cinder. */
const of =
  (host: string, change: object) =>
  <Record extends { host: string }>(all: Record[]): Record[] =>
    all.map((one) => (one.host.startsWith(host) ? { ...one, ...change } : one));
const onNode = (name: string, address: string, script: string, otherwise: string): Plant => {
  return ({ here }) => {
    program(here, name, `[[ $NODE != ${address} ]] || { ${script}; exit; }\n${otherwise}`);
    return () => program(here, name, otherwise);
  };
};
const df = (free: number): string =>
  `printf "Filesystem 1-blocks Used Available Capacity Mounted\\n/dev/vda 1000 500 ${free} 50%% /var\\n"`;

const plants: [finding: string, plant: Plant][] = [
  // Glance
  [
    'error dcn0 - store-missing',
    ({ glance }) => {
      glance.stores = ['central', 'dcn1'];
      return () => void (glance.stores = ['central', 'dcn0', 'dcn1']);
    },
  ],
  [
    'warning control-plane - store-foreign',
    ({ glance }) => {
      glance.stores = ['central', 'dcn0', 'dcn1', 'dcn7'];
      return () => void (glance.stores = ['central', 'dcn0', 'dcn1']);
    },
  ],
  [
    'warning dcn0 - store-outdated',
    file('dcn/dev/stores/dcn0.json', (text) => text.replace(/"digest": "../, '"digest": "xx')),
  ],
  [
    'error control-plane - image-missing',
    ({ glance }) => {
      glance.change('guest', { glance_dcn_lab: 'other' });
      return () => glance.change('guest', { glance_dcn_lab: 'dev' });
    },
  ],
  [
    'error control-plane - image-status',
    ({ glance }) => {
      glance.change('guest', { status: 'deactivated' });
      return () => glance.change('guest', { status: 'active' });
    },
  ],
  [
    'error dcn1 - image-copy',
    ({ glance }) => {
      const stores = glance.where('lacking') as string[];
      stores.splice(stores.indexOf('dcn1'), 1);
      return () => void stores.push('dcn1');
    },
  ],
  // Nova, Neutron, Cinder
  [
    'error dcn0 e-1 compute-missing',
    services('computes', (all) => all.filter(({ host }) => !host.startsWith('e-1'))),
  ],
  ['error dcn0 e-0 compute-down', services('computes', of('e-0', { state: 'down' }))],
  [
    'warning dcn1 f-0 compute-disabled',
    services('computes', of('f-0', { status: 'disabled', disabled_reason: 'by hand' })),
  ],
  ['error dcn0 e-1 zone', services('computes', of('e-1', { zone: 'nova' }))],
  [
    'warning control-plane - compute-foreign',
    services('computes', (all) => [...all, { ...all[0]!, id: 'of-x', host: 'x-0.localdomain' }]),
  ],
  [
    'warning control-plane - zone-foreign',
    services('aggregates', (all) => [
      ...all,
      { id: 9, name: 'dcn9', hosts: [], metadata: { availability_zone: 'dcn9' } },
    ]),
  ],
  ['error dcn1 f-0 agent-down', services('agents', of('f-0', { alive: false }))],
  ['warning dcn0 e-0 agent-disabled', services('agents', of('e-0', { admin_state_up: false }))],
  ['error dcn1 - volume-missing', services('volumes', (all) => all.filter(({ zone }) => zone !== 'dcn1'))],
  ['error dcn0 - volume-down', services('volumes', of('hostgroup-dcn0', { state: 'down' }))],
  ['warning dcn0 - volume-disabled', services('volumes', of('hostgroup-dcn0', { status: 'disabled' }))],
  // Ceph
  ['warning dcn0 - ceph-health', health('HEALTH_WARN', 'MON_CLOCK_SKEW')],
  ['error dcn0 - ceph-health', health('HEALTH_ERR', 'PG_DAMAGED')],
  ['error dcn0 - pool-missing', ceph('dcn0', ({ pools }) => ({ pools: pools.slice(1) }))],
  [
    'warning dcn1 - pool-setting',
    ceph('dcn1', ({ pools: [first, ...rest] }) => ({ pools: [{ ...first, size: 2 }, ...rest] })),
  ],
  ['error dcn0 - ceph-user', ceph('dcn0', () => ({ users: [] }))],
  [
    'error dcn0 - ceph-key',
    ceph('dcn0', ({ users: [user] }) => ({ users: [{ ...user, key: 'AQanother==' }] })),
  ],
  ['error dcn0 - ceph-fsid', file('ceph/dcn0/fsid', (text) => text.replace(/^.{8}/, '00000000'))],
  ['error control-plane - ceph', file('etc-ceph-10.0.0.10', () => 'nothing')],
  ['error dcn1 - osd-count', ceph('dcn1', () => ({ osds: { num_osds: 2, num_up_osds: 2, num_in_osds: 2 } }))],
  ['error dcn0 - osd-down', ceph('dcn0', () => ({ osds: { num_osds: 3, num_up_osds: 2, num_in_osds: 3 } }))],
  ['warning dcn0 - osd-out', ceph('dcn0', () => ({ osds: { num_osds: 3, num_up_osds: 3, num_in_osds: 2 } }))],
  [
    'warning dcn0 - ceph-versions',
    ceph('dcn0', () => ({ versions: { 'ceph version 16': 7, 'ceph version 18': 1 } })),
  ],
  // Hosts
  ['error dcn0 e-1 host-unreachable', file('unreachable', () => '10.0.1.11\n')],
  ['error dcn0 e-1 host-key', file('changed-keys', () => '10.0.1.11\n')],
  [
    'error dcn1 f-0 machine-id',
    file('dcn/dev/dcn1/hosts.json', (text) => text.replace(/"instanceId":"."?/, '"instanceId":"#')),
  ],
  [
    'error dcn0 e-1 clock',
    onNode('date', '10.0.1.11', 'echo "$(($(/bin/date +%s) - 100)).0"', 'exec /bin/date "$@"'),
  ],
  ['warning dcn0 e-1 disk-room', onNode('df', '10.0.1.11', df(90), roomy)],
  ['error dcn0 e-1 disk-room', onNode('df', '10.0.1.11', df(20), roomy)],
  ['warning dcn0 e-1 unit-failed', file('failed-10.0.1.11', () => 'chronyd.service\n')],
  ['error dcn0 e-1 mtu', onNode('ping', '10.0.1.11', '[[ $* != *" -s 1472 "* ]]', 'exit 0')],
  ['error dcn0 e-1 storage-path', onNode('ping', '10.0.1.11', 'exit 1', 'exit 0')],
  [
    'warning dcn0 e-1 host-unknown',
    file('dcn/dev/dcn0/hosts.json', (text) => {
      const { 'e-0': left } = JSON.parse(text) as Record<string, object>;
      return JSON.stringify({ 'e-0': left });
    }),
  ],
  // The undercloud and the records
  [
    'warning - - kit-version',
    ({ document: wanted }) => {
      wanted.kit = 'second';
      return () => void (wanted.kit = 'first');
    },
  ],
  [
    'warning dcn0 - job-left',
    ({ document: { sites: wanted } }) => {
      const steps = wanted[1]?.steps as string[];
      steps.push(...steps.splice(0, 3).map((step) => `no-${step}`));
      return () => void steps.push('overcloud-config');
    },
  ],
  [
    'error dcn0 - job-failed',
    file('dcn/dev/jobs/dcn0/overcloud-config/state.json', (text) =>
      text.replace('"reason": null', '"reason": "it broke"').replace('"succeeded"', '"failed"'),
    ),
  ],
  ['warning dcn9 - site-foreign', file('dcn/dev/dcn9/hosts.json', () => '{}')],
  [
    'warning dcn9 - export-left',
    file('dcn/dev/dcn9/central_ceph_external.yaml', () => 'parameter_defaults: {}\n'),
  ],
  ['warning dcn9 - store-withdrawn', file('dcn/dev/stores/withdrawn/dcn9.json', () => '{}')],
  ['warning dcn9 - store-lost', file('dcn/dev/stores/lost/dcn9.json', () => '{}')],
];

/** How many plants of one kind of place are beside each other in the list: those hide each other. */
const apart = 11;

test(
  'nothing is found in a healthy lab, and all planted differences are, each by one finding',
  healthy(async (world) => {
    const { findings, sites: audited, skipped } = await audit(world);
    expect({ findings, audited, skipped }).toEqual({ findings: [], audited: sites, skipped: {} });
    for (let start = 0; start < apart; start += 1) {
      const chosen = plants.filter((_, index) => index % apart === start);
      const undo = chosen.map(([, plant]) => plant(world));
      const found = await audit(world);
      undo.reverse().forEach((work) => work());
      expect(found.findings.map(short).sort()).toEqual(chosen.map(([finding]) => finding).sort());
      expect(found.findings.every(({ what, remedy }) => what && /^[a-z.]/.test(remedy))).toBe(true);
    }
    expect((await audit(world)).findings).toEqual([]);
  }),
);

test("the operator's guide has each code", () => {
  const source = filesUnder(path.join(projectRoot, 'kit/audit'))
    .filter((name) => name.endsWith('.py'))
    .map((name) => fs.readFileSync(name, 'utf8'))
    .join('\n');
  const codes = source.matchAll(
    /(?:(?:error|warning|severe)\(\s*|\((?:error|warning), |_UNREAD = )"([a-z-]+)"/g,
  );
  const guide = fs.readFileSync(path.join(projectRoot, 'docs/operators-guide.md'), 'utf8');
  const found = [...new Set([...codes].map(([, code]) => code as string))];
  const section = /## Audit\n[^]*?\n## /.exec(guide)?.[0] as string;
  const listed = [...section.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell]) => [
    ...(cell as string).matchAll(/`([^`]+)`/g),
  ]);
  expect(listed.map(([, code]) => code).sort()).toEqual(found.sort());
});

describe('an audit', () => {
  test.concurrent(
    'of named sites has the findings about these alone, and leaves out sites that are not up',
    healthy(async (world) => {
      const { here } = world;
      services('computes', of('e-0', { state: 'down' }))(world);
      services('computes', of('f-0', { state: 'down' }))(world);
      world.document.kit = 'second';
      world.document.sites.push({
        ...(world.document.sites[2] as (typeof document.sites)[0]),
        site: 'dcn2' as Site,
      });
      const { findings, sites: audited, skipped } = await audit(world, ['dcn1', 'dcn2']);
      expect({ found: findings.map(short), audited, skipped }).toEqual({
        found: ['error dcn1 f-0 compute-down'],
        audited: ['dcn1'],
        skipped: { dcn2: 'the site is not up' },
      });
      // The verdict is that of all sites.
      expect(await here.json(['status', '--json'])).toMatchObject({ audit: null });
      expect(await here.kit(['audit', 'dcn8'], stringify(world.document))).toMatchObject({
        code: 2,
        stderr: 'audit: dcn8: no site of the lab file; sites: control-plane, dcn0, dcn1, dcn2\n',
      });
    }),
  );

  test.concurrent(
    'without a document takes that of the last audit; `status` shows the verdict',
    healthy(async (world) => {
      const { here } = world;
      expect(await here.kit(['audit'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('run `./dcn audit` once') as string,
      });
      expect((await audit(world)).findings).toEqual([]);
      expect((await here.kit(['status'])).stdout).toMatch(/^ {2}audit, \ds ago: no difference found$/m);
      services('computes', of('e-0', { state: 'down', status: 'disabled' }))(world);
      const { findings } = await here.json<Audit>(['audit']);
      expect(findings.map(short)).toEqual([
        'error dcn0 e-0 compute-down',
        'warning dcn0 e-0 compute-disabled',
      ]);
      expect((await here.kit(['status'])).stdout).toMatch(/^ {2}audit, \ds ago: 1 error, 1 warning$/m);
    }),
  );

  test.concurrent(
    'of a site that does not answer takes the time-out of one connection, and has the findings about all others',
    healthy(async (world) => {
      file('stuck', () => '10.0.1.10\n10.0.1.11\n')(world);
      file('failed-10.0.2.10', () => 'chronyd.service\n')(world);
      const began = Date.now();
      const { findings } = await audit(world);
      expect(findings.map(short)).toEqual([
        'error dcn0 e-0 host-unreachable',
        'error dcn0 e-1 host-unreachable',
        'warning dcn1 f-0 unit-failed',
      ]);
      expect((Date.now() - began) / 1000).toBeLessThan(45);
    }),
  );

  test.concurrent(
    'of a control plane that does not answer says so once for each of its services, and has the findings about sites',
    healthy(async (world) => {
      world.glance.down = true;
      file('failed-10.0.2.10', () => 'chronyd.service\n')(world);
      expect((await audit(world)).findings.map(short)).toEqual([
        'error control-plane - glance',
        'error control-plane - services',
        'warning dcn1 f-0 unit-failed',
      ]);
    }),
  );

  test.concurrent(
    'says which file cannot be read, and that the disk of the undercloud is almost full',
    healthy(async (world) => {
      file('dcn/dev/control-plane/dcn_ceph_external.yaml', () => '- no mapping\n')(world);
      file('failed-10.0.2.10', () => 'chronyd.service\n')(world);
      world.here.inject('import shutil\nshutil.disk_usage = lambda _: type("Usage", (), {"free": 4 << 30})');
      const { findings } = await audit(world, []);
      expect(findings.map(short)).toEqual(
        [
          ...sites.map(() => 'error - - unread'),
          'error - - undercloud-disk',
          'warning dcn1 f-0 unit-failed',
        ].sort(),
      );
    }),
  );

  test.concurrent(
    'leaves no key in its answer or its records',
    healthy(async (world) => {
      const { here } = world;
      ceph('dcn0', ({ users: [user] }) => ({ users: [{ ...user, key: 'AQplantedplantedplanted==' }] }))(
        world,
      );
      const { code, stdout, stderr } = await here.kit(['audit'], stringify(world.document));
      expect([code, stdout.includes('ceph-key')]).toEqual([0, true]);
      const own = exported(here, 'dcn0')?.keys[0]?.key as string;
      for (const text of [stdout, stderr, here.read('dcn/dev/audit/last.json')]) {
        expect(text).not.toContain('AQplanted');
        expect(text).not.toContain(own);
      }
    }),
  );
});

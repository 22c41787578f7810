import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { parse, stringify } from 'yaml';
import type { Audit, Finding } from '../../kit/answers';
import type { FakeGlance } from './fakeGlance';
import { FakeServices } from './fakeServices';
import { deployControlPlane, lab, register } from './storeLab';
import type { TestUndercloud } from './undercloud';

/* A lab with a control plane and the sites dcn0 and dcn1 for tests of audits, and differences to plant there. */

const hosts = {
  'control-plane': { 'c-0': '10.0.0.10', 'c-1': '10.0.0.73' },
  dcn0: { 'e-0': '10.0.1.10', 'e-1': '10.0.1.11' },
  dcn1: { 'f-0': '10.0.2.10' },
};
export type Site = keyof typeof hosts;
export const sites = Object.keys(hosts) as Site[];
export const clusterOf = (site: Site): string => (site === 'control-plane' ? 'central' : site);
const monitorOf = (site: Site): { name: string; address: string } => {
  const [name, address] = Object.entries(hosts[site])[0] as [string, string];
  return { name, address };
};

/** What the lab file says of the lab. */
export const document = {
  kit: 'first',
  sites: sites.map((site) => ({
    site,
    zone: clusterOf(site),
    volumes: true,
    steps: [
      ...(site === 'control-plane' ? ['network-provision'] : []),
      'overcloud-stack',
      'overcloud-config',
    ],
    nodes: Object.entries(hosts[site]).map(([name, storage]) => ({
      name,
      compute: name !== 'c-0',
      storage,
      addresses: [storage],
      routes: ['10.0.0.0/8 via 10.0.9.1', '10.50.1.1/32 via 10.0.9.1'],
    })),
    cluster: {
      cluster: clusterOf(site),
      node: { site, ...monitorOf(site) },
      pools: ['images', 'vms', 'volumes'],
      settings: ['images,size=3', 'vms,size=3', 'volumes,size=3'],
      osds: 3,
    },
  })),
  images: ['guest', 'lacking'].map((name) => ({ name, stores: ['central', 'dcn0', 'dcn1'] })),
  storage: { addresses: ['10.8.0.9', '10.8.0.10'], mtu: 1500 },
};

/** A program of the nodes, in place of this machine's. */
export const program = (here: TestUndercloud, name: string, script: string): void => {
  here.write(`bin/${name}`, `#!/bin/bash\n${script}\n`);
  fs.chmodSync(here.path(`bin/${name}`), 0o755);
};

export const roomy =
  'printf "Filesystem 1-blocks Used Available Capacity Mounted\\n/dev/vda 1000 500 500 50%% /\\n"';

/** `timeout` of a node from which the second of the two monitors on the storage path is reached. */
export const listening = `[[ $* == *dev/tcp* ]] || exec /usr/bin/timeout "$@"; [[ $* == *" 10.8.0.10 6789" ]]`;

/** `ip` of a node, with its address and the routes of the document. */
export const addressed = (address = '$NODE', route = '10.0.0.0/8 via 10.0.9.1'): string =>
  `case "$*" in "-o address show") echo "2: eth0    inet ${address}/24 brd 10.0.9.255 scope global eth0" ;;\n` +
  `"-4 route show") echo "default via 192.0.2.1 dev eth0"; echo "10.50.1.1 via 10.0.9.1 dev eth0"; echo "${route} dev eth0 src $NODE mtu 1500" ;; esac`;

/** Brings up the lab: everything is as the records and the document say. */
async function bringUp(here: TestUndercloud, glance: FakeGlance, services: FakeServices): Promise<void> {
  glance.services = services.catalog;
  await deployControlPlane(here, { node: monitorOf('control-plane') });
  const edges = ['dcn0', 'dcn1'] as const;
  await Promise.all(edges.map((site) => here.json(['stores', 'announce', site])));
  await Promise.all(edges.map((site) => register(here, site, 60, { node: monitorOf(site) }).ended));
  here.write('own.yaml', 'parameter_defaults: { Debug: true }\n');
  for (const site of edges) {
    for (const step of ['overcloud-stack', 'overcloud-config']) {
      const commands = [
        `openstack overcloud deploy -y --stack ${site} -e ${here.path('own.yaml')} --for ${step}`,
      ];
      await here.run(here.job(`${site}/${step}`, { commands }));
    }
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
  program(here, 'ip', addressed());
  program(here, 'ping', 'exit 0');
  program(here, 'timeout', listening);
  const clusters = 'dcn/dev/control-plane/dcn_ceph_external.yaml';
  const given = parse(here.read(clusters)) as Exported;
  given.parameter_defaults.CephExternalMultiConfig.forEach(({ keys }) =>
    keys.forEach((key) => (key.caps = caps)),
  );
  here.write(clusters, stringify(given));
}

/** An export of Ceph clusters. */
interface Exported {
  parameter_defaults: {
    CephExternalMultiConfig: {
      cluster: string;
      fsid: string;
      keys: { name: string; key: string; caps?: object }[];
    }[];
  };
}

/** The cluster of an edge site in the export that clients of the control plane have. */
export function exported(
  here: TestUndercloud,
  site: Site,
): Exported['parameter_defaults']['CephExternalMultiConfig'][0] | undefined {
  const text = here.read('dcn/dev/control-plane/dcn_ceph_external.yaml');
  const { parameter_defaults: found } = parse(text) as Exported;
  return found.CephExternalMultiConfig.find(({ cluster: name }) => name === site);
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

export interface World {
  /** What the lab file says. */
  document: typeof document;
  here: TestUndercloud;
  glance: FakeGlance;
  services: FakeServices;
}

/** A test's body with the healthy lab. */
export const healthy = (work: (world: World) => Promise<void>): (() => Promise<void>) =>
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

export const audit = ({ here, document: wanted }: World, words: string[] = []): Promise<Audit> =>
  here.json<Audit>(['audit', ...words], stringify(wanted));
export const short = ({ code, severity, site, node }: Finding): string =>
  [severity, site ?? '-', node ?? '-', code].join(' ');

/** Makes a difference, and gives what undoes the difference. */
export type Plant = (world: World) => () => void;

/** Replaces a file under the home of the undercloud's user; without a text removes it. */
export const file =
  (name: string, text: (before: string) => string | undefined): Plant =>
  ({ here }) => {
    const before = here.exists(name) ? here.read(name) : undefined;
    const put = (content: string | undefined): void =>
      content === undefined ? fs.rmSync(here.path(name), { force: true }) : here.write(name, content);
    put(text(before ?? ''));
    return () => put(before);
  };
export const ceph = (site: Site, change: (cluster: Cluster) => object): Plant =>
  file(`ceph/${clusterOf(site)}/map.json`, (text) => {
    const before = JSON.parse(text) as Cluster;
    return JSON.stringify({ ...before, ...change(before) });
  });
export const health = (status: string, check: string): Plant =>
  ceph('dcn0', () => ({
    health: {
      status,
      checks: { [check]: { severity: status, summary: { message: 'said by Ceph' }, muted: false } },
    },
  }));
export const services =
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
export const of =
  (host: string, change: object) =>
  <Record extends { host: string }>(all: Record[]): Record[] =>
    all.map((one) => (one.host.startsWith(host) ? { ...one, ...change } : one));
export const onNode = (name: string, address: string, script: string, otherwise: string): Plant => {
  return ({ here }) => {
    program(here, name, `[[ $NODE != ${address} ]] || { ${script}; exit; }\n${otherwise}`);
    return () => program(here, name, otherwise);
  };
};
export const df = (free: number): string =>
  `printf "Filesystem 1-blocks Used Available Capacity Mounted\\n/dev/vda 1000 500 ${free} 50%% /var\\n"`;

/** Holds a lock of the kit, as a process at work does, until the returned function is called. */
export async function hold(here: TestUndercloud, name: string): Promise<() => Promise<void>> {
  here.write(name, '');
  const child = spawn('flock', ['--no-fork', here.path(name), 'sh', '-c', 'echo held; exec sleep 600']);
  await once(child.stdout, 'data');
  return async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
}

/** Makes the latest run of a job one that has not ended, until the returned function is called. */
export async function atWork(here: TestUndercloud, job: string): Promise<() => Promise<void>> {
  const undo = file(`dcn/dev/jobs/${job}/state.json`, (text) =>
    text.replace('"state": "succeeded"', '"state": "running"'),
  )({ here } as World);
  const release = await hold(here, `dcn/dev/jobs/${job}/alive`);
  return async () => {
    await release();
    undo();
  };
}

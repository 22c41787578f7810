import * as fs from 'node:fs';
import type { FakeServices } from './fakeServices';
import { labWithServices } from './servicesLab';
import { deployControlPlane, writeInventory } from './storeLab';
import type { Ended, TestUndercloud } from './undercloud';

export const host = (node: string): string => `${node}.localdomain`;
export const nodes = ['e-0', 'e-1', 'e-2', 'e-3'];
/** KiB of a disk. */
export const disk = 100 * 2 ** 20;

interface Bucket {
  id: number;
  name: string;
  type: string;
  children?: number[];
  status?: string;
  reweight?: number;
}

/** State of the fake cluster (test/kit/fakes/ceph-hosts). */
export interface Cluster {
  rules: object[];
  pools: object[];
  mons: string[];
  tree: Bucket[];
  use: Record<string, { pgs: number; kb: number; kb_used: number }>;
  orch: {
    hosts: { hostname: string; labels: string[] }[];
    daemons: { hostname: string; daemon_type: string; daemon_id: string; status_desc?: string }[];
    queue: object[];
    services: { service_type: string; service_name: string; placement: { hosts: string[] } }[];
  };
  /** Host of the active manager. */
  active: string;
  /** Hosts that are off. */
  off: string[];
  /** What became of monitors, with the monitors then. */
  events: string[];
}

const withMonitors = ['e-0', 'e-1', 'e-2'];

/** Four hosts with an OSD and a node-exporter each, of which three have monitors and managers; one pool of three copies. */
export function cluster(): Cluster {
  return {
    rules: [
      {
        rule_id: 0,
        rule_name: 'replicated_rule',
        steps: [
          { op: 'take', item_name: 'default' },
          { op: 'chooseleaf_firstn', type: 'host' },
        ],
      },
    ],
    pools: [{ pool_name: 'images', crush_rule: 0, size: 3 }],
    mons: [...withMonitors],
    tree: [
      { id: -1, name: 'default', type: 'root', children: [-2, -3, -4, -5] },
      ...nodes.flatMap((name, osd): Bucket[] => [
        { id: -2 - osd, name, type: 'host', children: [osd] },
        { id: osd, name: `osd.${osd}`, type: 'osd', status: 'up', reweight: 1 },
      ]),
    ],
    use: Object.fromEntries(nodes.map((_, osd) => [osd, { pgs: 48, kb: disk, kb_used: disk / 10 }])),
    orch: {
      hosts: nodes.map((hostname) => ({ hostname, labels: [] })),
      daemons: nodes.flatMap((hostname, osd) => [
        { hostname, daemon_type: 'osd', daemon_id: String(osd) },
        ...['node-exporter', ...(withMonitors.includes(hostname) ? ['mon', 'mgr'] : [])].map((kind) => ({
          hostname,
          daemon_type: kind,
          daemon_id: hostname,
          status_desc: 'running',
        })),
      ]),
      queue: [],
      services: ['mon', 'mgr'].map((kind) => ({
        service_type: kind,
        service_name: kind,
        placement: { hosts: [...withMonitors] },
      })),
    },
    active: 'e-0',
    off: [],
    events: [],
  };
}

export const read = (here: TestUndercloud): Cluster => JSON.parse(here.read('ceph/dcn0/map.json')) as Cluster;
export const write = (here: TestUndercloud, state: Cluster): void =>
  here.write('ceph/dcn0/map.json', JSON.stringify(state));

/** The inventory and the cluster of site dcn0. */
export function writeSite(here: TestUndercloud): void {
  const addresses = nodes.map((name, number) => [name, `10.0.0.4${number}`] as const);
  writeInventory(here, 'dcn0', Object.fromEntries(addresses));
  here.inject('from ceph import nodes\nnodes._POLL_SECONDS, nodes._SAY_SECONDS = 0.05, 0');
  write(here, cluster());
}

/** Site dcn0 of the four nodes, a cluster and its records at the control plane. */
export const withSite = (
  work: (here: TestUndercloud, services: FakeServices) => Promise<void>,
): (() => Promise<void>) =>
  labWithServices(async (here, _glance, services) => {
    await deployControlPlane(here);
    writeInventory(here, 'control-plane', { 'c-0': '10.0.0.30' });
    writeSite(here);
    here.write('container-cinder_api', '');
    services.aggregates = [
      { id: 1, name: 'dcn0', hosts: nodes.map(host), metadata: { availability_zone: 'dcn0' } },
    ];
    services.computes = nodes.map((node) => ({
      id: `of-${node}`,
      host: host(node),
      status: 'enabled',
      state: 'up',
    }));
    services.agents = nodes.map((node) => ({ id: node, binary: 'agent', host: host(node) }));
    await work(here, services);
  });

/** `nodes drain` of site dcn0. @param words nodes and options */
export const drain = (here: TestUndercloud, ...words: string[]): Promise<Ended> =>
  here.kit(['nodes', 'drain', ...words, '--site', 'dcn0', '--cluster', 'dcn0']);

/** What is left of the site after e-3 has left. */
export function expectWithout(here: TestUndercloud, services: FakeServices): void {
  const { tree, orch, use } = read(here);
  expect(tree.filter(({ type }) => type === 'host').map(({ name }) => name)).toEqual(['e-0', 'e-1', 'e-2']);
  expect(orch.hosts.map(({ hostname }) => hostname)).toEqual(['e-0', 'e-1', 'e-2']);
  // No placement group got lost.
  expect(Object.values(use).reduce((sum, { pgs }) => sum + pgs, 0)).toBe(4 * 48);
  expect(services.computes.map(({ id, status }) => [id, status])).toEqual([
    ['of-e-0', 'enabled'],
    ['of-e-1', 'enabled'],
    ['of-e-2', 'enabled'],
  ]);
  expect(services.aggregates.map(({ hosts }) => hosts)).toEqual([['e-0', 'e-1', 'e-2'].map(host)]);
  expect(services.agents.map(({ id }) => id)).toEqual(['e-0', 'e-1', 'e-2']);
  expect(Object.keys(JSON.parse(here.read('dcn/dev/dcn0/hosts.json')) as object)).toEqual([
    'e-0',
    'e-1',
    'e-2',
  ]);
}

/** Kills the process of the kit before its n-th request to a node or to a service; n is in ~/kill-at. */
const killer = `
import os, signal
from cloud import keystone
from hosts import inventory, ssh
import files
left = int(open(os.path.expanduser("~/kill-at")).read()) if os.path.exists(os.path.expanduser("~/kill-at")) else 0
def counted(work):
    def call(*words, **more):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*words, **more)
    return call
ssh.run = counted(ssh.run)
keystone.Keystone.call = counted(keystone.Keystone.call)
files.write_json = counted(files.write_json)
`;

/**
 * Runs `nodes drain` of site dcn0 again and again, and kills it before the first request, then before the second, and so on, until it
 * succeeds.
 *
 * @param words nodes and options
 * @returns how often it was killed
 */
export async function drainThroughKills(here: TestUndercloud, ...words: string[]): Promise<number> {
  here.inject(killer);
  for (let kills = 0; ; kills += 1) {
    here.write('kill-at', String(kills + 1));
    const { code, stderr } = await drain(here, ...words);
    if (code !== -1) {
      expect([code, stderr]).toEqual([0, stderr]);
      fs.rmSync(here.path('kill-at'));
      return kills;
    }
  }
}

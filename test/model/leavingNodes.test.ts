import { leavingNodes, parseLab } from '../../model';
import { labWithControlPlane, labWithEdge } from './labs';

const at = (node: string, site = 'dcn0'): string => `glance-dcn:sites.${site}.nodes.${node}`;
const edge = (nodes: string, more = '') => parseLab('dev', labWithEdge(`{ nodes: { ${nodes} }${more} }`));
const hci = 'h-0: DistributedComputeHCI';
const scaleOut = 'DistributedComputeHCIScaleOut';
const before = (...roles: string[]) =>
  Object.fromEntries(roles.map((role, number) => [`h-${number}`, { role }] as const));

test('nodes with OSDs and servers leave, where enough hosts with OSDs stay for the copies', () => {
  const four = before('DistributedComputeHCI', scaleOut, scaleOut, scaleOut);
  const without3 = edge(`${hci}, h-1: ${scaleOut}, h-2: ${scaleOut}`);
  expect(leavingNodes(without3, 'dcn0', four)).toEqual({ names: ['h-3'], faults: [] });
  expect(leavingNodes(without3, 'dcn0', before('DistributedComputeHCI'))).toEqual({ names: [], faults: [] });
  const both = leavingNodes(edge(`${hci}, h-1: ${scaleOut}`), 'dcn0', four);
  expect(both.faults).toEqual([
    `${at('h-2')}, ${at('h-3')}: is gone, but the site was brought up with 3 copies of each object, and has 2 hosts with OSDs ` +
      'left: put it back; or bring the site up with it and another node with OSDs, or with it and ' +
      'glance-dcn:sites.dcn0.ceph.poolSize: 2 first.',
  ]);
});

test('a node that comes has no OSDs yet, and copies of the lab file are for Ceph to compare', () => {
  const three = before('DistributedComputeHCI', scaleOut, scaleOut);
  const another = leavingNodes(edge(`${hci}, h-1: ${scaleOut}, h-7: ${scaleOut}`), 'dcn0', three);
  expect(another.faults).toEqual([
    expect.stringMatching(/h-2: is gone, .* 3 copies of each object, and has 2 hosts/),
  ]);
  const two = edge(`${hci}, h-1: ${scaleOut}`, ', ceph: { poolSize: 2 }');
  expect(leavingNodes(two, 'dcn0', three)).toEqual({ names: ['h-2'], faults: [] });
});

test('nodes stay that have what the kit moves nowhere, or a role that is not on record; all are named', () => {
  const gone = {
    'h-1': { role: 'DistributedComputeHCI' },
    'h-2': {},
    'h-3': { role: 'DistributedComputeScaleOut' },
  };
  expect(leavingNodes(edge(hci), 'dcn0', { 'h-0': { role: 'DistributedComputeHCI' }, ...gone })).toEqual({
    names: ['h-3'],
    faults: [
      `${at('h-1')}: is gone, but has CephMon, CinderVolumeEdge, Etcd, which this version takes from no node of a site that is up: ` +
        'put it back.',
      `${at('h-2')}: is gone, but its role is not on record: put it back.`,
    ],
  });
});

test('of the control plane, computes and nodes with OSDs alone', () => {
  const lab = parseLab('dev', labWithControlPlane('{ nodes: { c-0: Controller, s-0: CephStorage } }'));
  const roles = {
    'c-0': 'Controller',
    's-0': 'CephStorage',
    'n-0': 'Compute',
    'c-1': 'Controller',
    't-0': 'Telemetry',
  };
  const stood = Object.fromEntries(Object.entries(roles).map(([node, role]) => [node, { role }]));
  const { names, faults } = leavingNodes(lab, 'control-plane', stood);
  expect(names).toEqual(['n-0']);
  expect(faults).toEqual([
    expect.stringMatching(/c-1: is gone, but has CephMon, CinderVolume, Etcd, .*MySQL/),
    expect.stringMatching(/t-0: is gone, but has Redis, which this version takes from no node/),
  ]);
});

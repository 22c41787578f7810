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
    'h-2': {},
    'h-3': { role: 'DistributedComputeScaleOut' },
  };
  expect(leavingNodes(edge(hci), 'dcn0', { 'h-0': { role: 'DistributedComputeHCI' }, ...gone })).toEqual({
    names: ['h-3'],
    faults: [`${at('h-2')}: is gone, but its role is not on record: put it back.`],
  });
});

describe('nodes with monitors and etcd', () => {
  const role = 'DistributedComputeHCI';
  const four = before(role, role, role, role);
  const hcis = (...names: string[]) => names.map((name) => `${name}: ${role}`).join(', ');
  const copies = ', ceph: { poolSize: 3 }';
  const joins = ', parameters: { EtcdInitialClusterState: existing }';

  test('leave', () => {
    const three = edge(hcis('h-1', 'h-2', 'h-3'), copies);
    expect(leavingNodes(three, 'dcn0', four)).toEqual({ names: ['h-0'], faults: [] });
  });

  test('come where the first with a monitor stands, and with the parameter by which they join etcd', () => {
    const three = before(role, role, role);
    const other = (more: string) =>
      leavingNodes(edge(hcis('h-0', 'h-1', 'h-9'), copies + more), 'dcn0', three);
    expect(other(joins)).toEqual({ names: ['h-2'], faults: [] });
    expect(other('').faults).toEqual([
      `${at('h-9')}: is new, and has etcd: write EtcdInitialClusterState: existing under glance-dcn:sites.dcn0.parameters, so that ` +
        "it joins the site's etcd; take this out again before you recreate the site.",
    ]);
    const first = leavingNodes(edge(hcis('h-1', 'h-2', 'a-0'), copies + joins), 'dcn0', three);
    expect(first.faults).toEqual([
      `${at('a-0')}: is new, and the first of the nodes with monitors, on which ceph deploy looks for the site's cluster; it would ` +
        'make another cluster there: give it a name or a role that sorts after those of h-1.',
    ]);
    const all = leavingNodes(edge(hcis('h-9'), joins), 'dcn0', before(role));
    expect(all.faults.at(-2)).toContain('bring the site up with it and with a node with a monitor');
  });

  test('come in smaller numbers than those with etcd that stand, which are its majority until all have joined', () => {
    const grown = (names: string[], stood: number) =>
      leavingNodes(edge(hcis(...names), joins), 'dcn0', before(...Array<string>(stood).fill(role))).faults;
    expect(grown(['h-0', 'h-8', 'h-9'], 1)).toEqual([
      `${at('h-8')}, ${at('h-9')}: is new, and has etcd; of nodes with etcd stay 1: fewer must be new at once, or etcd ` +
        'loses its majority when they join. Bring them up in turn, give others a role …ScaleOut, or recreate the site.',
    ]);
    expect(grown(['h-0', 'h-1', 'h-2', 'h-8', 'h-9'], 3)).toEqual([]);
    expect(grown(['h-0', 'h-8', 'h-9'], 3).at(-1)).toContain('of nodes with etcd stay 1: fewer');
  });

  test('stand in the order of the lab file where the plan writes the Ceph spec', () => {
    const placed = (names: string[]) => {
      const nodes = names.map((name) => `${name}: { role: ${role}, location: { rack: r1 } }`).join(', ');
      return leavingNodes(edge(nodes, copies + joins), 'dcn0', before(role, role, role)).faults;
    };
    expect(placed(['h-0', 'h-1', 'a-7'])).toEqual([]);
    expect(placed(['a-7', 'h-0', 'h-1'])).toEqual([expect.stringContaining('write it below h-0')]);
  });

  test('come to a site without Ceph of its own, and to one that had none of them, as they are', () => {
    const scaleOuts = before('DistributedComputeHCIScaleOut');
    expect(leavingNodes(edge(hcis('h-1')), 'dcn0', scaleOuts).faults).not.toEqual(
      expect.arrayContaining([expect.stringContaining('is new')]),
    );
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
    expect.stringMatching(/c-1: is gone, but has CinderVolume, HAproxy, MySQL/),
    expect.stringMatching(/t-0: is gone, but has Redis, which this version takes from no node/),
  ]);
});

import * as fs from 'node:fs';
import * as path from 'node:path';
import { stringify } from 'yaml';
import { projectRoot, readerBeside } from '../../lib/paths';
import { type SitePlan, auditDocument, changedValues, keptValues, parseLab, planLab } from '../../model';
import { devText, faultsOf, labText } from './labs';
import { service, splitFile, splitText, standard, changed, without, read, faultsWith } from './splitLab';

const located = (text: string, lab = splitText) =>
  faultsWith(text, lab).map(({ path: place, message }) => `${place}: ${message}`);
const data = stringify(standard);

test('roles belong where their services do', () => {
  const wrong = splitText.replace('edge-0: EdgeHCI', 'edge-0: EdgeHCI\n        data-9: DatabaseBus');
  expect(located(data, wrong)).toEqual([
    'glance-dcn:sites.dcn0.nodes.data-9: does not belong at an edge site',
  ]);
  expect(faultsWith(data, wrong)[0]?.remedy).toMatch(/^Write one of EdgeHCI, Distributed/);
});

test.each([
  ['database', { services: ['MySQL'] }, 'has no node with MySQL'],
  [
    'message bus and scheduler',
    { services: ['OsloMessagingRpc', 'NovaScheduler'] },
    'has no node with OsloMessagingRpc, NovaScheduler',
  ],
])('a control plane without %s is refused', (_, { services }, message) => {
  const text = changed((roles) => {
    for (const role of Object.values(roles)) {
      role.ServicesDefault = role.ServicesDefault.filter((name) => !services.map(service).includes(name));
    }
  });
  expect(located(text)).toEqual([`glance-dcn:sites.control-plane.nodes: ${message}`]);
});

test('volumes of an edge site without etcd are refused', () => {
  const text = changed(({ edge }) => {
    edge.ServicesDefault = edge.ServicesDefault.filter((name) => name !== service('Etcd'));
  });
  expect(located(text)).toEqual([
    expect.stringMatching(/^glance-dcn:sites\.dcn0\.nodes: has CinderVolumeEdge and no node with Etcd/),
  ]);
});

test('servers in no availability zone are refused', () => {
  const text = changed(({ edge }) => {
    edge.ServicesDefault = edge.ServicesDefault.filter((name) => name !== service('NovaAZConfig'));
  });
  expect(located(text)).toEqual([
    expect.stringMatching(/EdgeHCI\.ServicesDefault: has NovaCompute and not NovaAZConfig/),
  ]);
});

test('a control plane with a cluster and no monitor, or two, is refused', () => {
  const nodes = 'glance-dcn:sites.control-plane.nodes';
  expect(located(data, splitText.replace('monitor-0: CephAll', 'ceph-0: CephStorage'))).toEqual([
    `${nodes}: has OSDs and no Ceph monitor`,
  ]);
  expect(located(data, splitText.replace('ceph-1: CephStorage', 'monitor-1: CephAll'))).toEqual([
    `${nodes}: has two Ceph monitors, of which neither is a majority`,
  ]);
});

test('a database on two nodes is refused, on three is not', () => {
  const second = splitText.replace('monitor-0', 'data-1: { role: DatabaseBus, host: 21 }\n        monitor-0');
  expect(located(data, second)).toEqual(
    ['MySQL', 'OsloMessagingRpc'].map(
      (name) =>
        `glance-dcn:sites.control-plane.nodes: has ${name} on two nodes, of which neither is a majority`,
    ),
  );
  const third = second.replace('monitor-0', 'data-2: { role: DatabaseBus, host: 22 }\n        monitor-0');
  expect(located(data, third)).toEqual([]);
});

test('a node with virtual addresses is in no rack, whatever its role is called', () => {
  const text = splitText.replace('api-0: ControlApi', 'api-0: { role: ControlApi, rack: r9 }');
  const racked = text.replace('      bridges:', '      racks: { r9: { index: 9 } }\n      bridges:');
  expect(located(data, racked)).toContainEqual(
    expect.stringMatching(/^glance-dcn:sites\.control-plane\.nodes\.api-0\.rack: is for other roles/),
  );
});

test.each(['OVNDBs', 'Redis'])('a role with %s, which has a virtual address, is in no rack', (name) => {
  const text = `${data}- { name: Single, networks: [InternalApi], ServicesDefault: ['${service(name)}'] }\n`;
  const lab = splitText
    .replace('      bridges:', '      racks: { r9: { index: 9 } }\n      bridges:')
    .replace('monitor-0', 'single-0: { role: Single, rack: r9, host: 25 }\n        monitor-0');
  expect(located(text, lab)).toEqual([
    expect.stringMatching(/^glance-dcn:sites\.control-plane\.nodes\.single-0\.rack: is for other roles/),
  ]);
});

test('parameters of a role of one’s own follow from the lab file as those of TripleO’s', () => {
  const text = splitText.replace(
    '      racks: {',
    '      parameters: { EdgeHCICount: 3, EdgeHCIParameters: { GlanceBackend: file } }\n      racks: {',
  );
  expect(located(data, text)).toEqual([
    'glance-dcn:sites.dcn0.parameters.EdgeHCICount: cannot be set by a site',
    'glance-dcn:sites.dcn0.parameters.EdgeHCIParameters.GlanceBackend: cannot be set by a site',
  ]);
});

test('a misspelt role may mean one of the role data file', () => {
  const [fault] = faultsWith(data, splitText.replace('edge-0: EdgeHCI', 'edge-0: EdgeHIC'));
  expect(fault).toMatchObject({
    path: 'glance-dcn:sites.dcn0.nodes.edge-0',
    remedy: 'Did you mean EdgeHCI?',
  });
});

test('servers and images of a cluster need the service with its keys: its own, or that of external-ceph', () => {
  const text = changed(({ edge }) => without(edge, 'CephClient'));
  expect(faultsWith(text).map(({ message, remedy }) => [message, remedy])).toEqual([
    [
      expect.stringMatching(
        /EdgeHCI\.ServicesDefault: has NovaCompute and not CephClient, which gives hosts/,
      ),
      `Add ${service('CephClient')}`,
    ],
  ]);
  const central = changed(({ edge }) => {
    without(edge, 'GlanceApiEdge', 'CinderVolumeEdge', 'Etcd', 'CephMon', 'CephMgr', 'CephOSD');
    edge.name = 'CentralCompute';
  });
  const file = path.join(projectRoot, 'examples/multistore/Pulumi.multistore.yaml');
  const lab = fs
    .readFileSync(file, 'utf8')
    .replace('config:\n', 'config:\n  glance-dcn:rolesData: roles.yaml\n')
    .replace(/: Compute\b/, ': CentralCompute');
  expect(located(central, lab)).toEqual([
    expect.stringMatching(/CentralCompute\.ServicesDefault: has NovaCompute and not CephExternal/),
  ]);
});

test('host names of a Ceph role that stand in the name of the stack are refused', () => {
  const stack = splitText.replace('    dcn0:\n', '    dcn0:\n      stack: west-edgehci1\n');
  expect(located(data, stack)).toEqual([
    expect.stringMatching(
      /EdgeHCI\.name: gives hosts a part of the name that those of DistributedComputeHCIScaleOut/,
    ),
  ]);
  expect(located(data, stack.replace('edgehci1', 'hci1'))).toEqual([]);
});

test('role data is read as TripleO reads it, in YAML 1.1 with merged keys', () => {
  const text = data
    .replace('FsAioMaxNumber: 1048576', 'FsAioMaxNumber: 010\n    Switch: yes')
    .replace('  tags:\n    - compute', '  <<: { tags: [compute], update_serial: 2 }');
  const lab = parseLab('roles', splitText, read(text));
  expect(lab.sites.dcn0?.ownRoles?.[0]?.data).toMatchObject({
    tags: ['compute'],
    RoleParametersDefault: { FsAioMaxNumber: 8, Switch: true },
  });
});

test('services of later releases of Wallaby are known, and the sandbox lacks them', () => {
  const text = changed(({ api }) => api.ServicesDefault.push(service('ManilaBackendPowerMax')));
  expect(faultsWith(text).map(({ remedy }) => remedy)).toEqual(['Take it out for labs on the sandbox']);
});

test('libvirt of an older system on the hosts is libvirt, too', () => {
  const text = changed(({ edge }) => {
    without(edge, 'NovaLibvirt');
    edge.ServicesDefault.push(service('NovaLibvirtLegacy'));
  });
  expect(faultsWith(text).map(({ message }) => message)).toEqual([
    expect.stringMatching(/NovaLibvirtLegacy/),
  ]);
});

test('a role may have services that are no service of TripleO', () => {
  const text = changed(({ bus }) => bus.ServicesDefault.push('OS::Example::Services::Agent'));
  expect(faultsWith(text)).toEqual([]);
});

const split = parseLab('roles', splitText, readerBeside(splitFile));
const siteOf = (name: string) => planLab(split).sites.find((site) => site.name === name) as SitePlan;

test('monitors, volumes and servers of an audit follow from services', () => {
  const document = auditDocument(split, planLab(split), 'digest');
  expect(document.storage?.addresses).toEqual(['10.8.0.30']);
  const dcn0 = document.sites.find(({ site }) => site === 'dcn0');
  expect(dcn0).toMatchObject({ volumes: true });
  expect(dcn0?.nodes.map(({ compute }) => compute)).toEqual([true, true]);
});

describe('a role while its nodes are up', () => {
  const kept = Object.fromEntries(keptValues(split, 'dcn0').map(({ place, value }) => [place, value]));
  const changes = (roles: string, lab = splitText) =>
    changedValues(parseLab('roles', lab, read(roles)), 'dcn0', kept);

  test('keeps services that leave something behind, and its networks', () => {
    const lost = changed(({ edge }) => {
      without(edge, 'CinderVolumeEdge', 'Etcd', 'CephOSD', 'Tuned');
      edge.networks = ['InternalApi', 'Storage', 'Tenant'];
    });
    expect(changes(lost)).toEqual(
      [
        ['ServicesDefault.CephOSD', service('CephOSD')],
        ['ServicesDefault.CinderVolumeEdge', service('CinderVolumeEdge')],
        ['ServicesDefault.Etcd', service('Etcd')],
        ['networks.StorageMgmt', 'StorageMgmt'],
      ].map(([place, value]) => ({
        of: 'site',
        message: `glance-dcn:rolesData.EdgeHCI.${place}: is gone, but the site was brought up with ${value}: put it back.`,
      })),
    );
  });

  test('may lose services that leave nothing behind, and get others', () => {
    const other = changed(({ edge }) => {
      without(edge, 'Tuned');
      edge.ServicesDefault.push(service('Collectd'));
    });
    expect(changes(other)).toEqual([]);
  });

  test('is compared by its nodes alone where they have another role', () => {
    const renamed = data.replace('name: EdgeHCI', 'name: EdgeAll');
    expect(changes(renamed, splitText.replace('EdgeHCI', 'EdgeAll'))).toEqual([]);
  });
});

test('a site has the roles of its nodes alone, and TripleO’s roles stay those of its templates', () => {
  const files = siteOf('dcn0').steps.flatMap((step) => Object.keys(step.files));
  expect(files.filter((file) => file.startsWith('dcn0/roles/'))).toEqual(['dcn0/roles/EdgeHCI.yaml']);
  const [copy, generate] = siteOf('control-plane').steps.find(
    ({ name }) => name === 'roles-generate',
  )!.commands;
  expect(copy?.[0]).toBe('cp');
  expect(generate?.slice(-5)).toEqual(['ControlApi', 'DatabaseBus', 'Compute', 'CephAll', 'CephStorage']);
});

test('a role file that no node uses changes no plan', () => {
  const named = devText.replace('config:\n', 'config:\n  glance-dcn:rolesData: roles.yaml\n');
  expect(named).not.toBe(devText);
  const plan = (text: string) => JSON.stringify(planLab(parseLab('dev', text, read(data))));
  expect(plan(named)).toBe(plan(devText));
});

test('the example of the lab file’s reference is a lab', () => {
  const page = fs.readFileSync(path.join(projectRoot, 'docs/lab-file.md'), 'utf8');
  const [, section = ''] = /\n## Roles of your own\n(.*?)\n## /s.exec(page) ?? [];
  const [, text = ''] = /```yaml\n(.*?)```/s.exec(section) ?? [];
  const [, roles = ''] = /```yaml roles.yaml\n(.*?)```/s.exec(section) ?? [];
  const lab = parseLab('dev', text, read(roles));
  expect(lab.sites.dcn0?.ownRoles?.map(({ name, mon, glance }) => [name, mon, glance])).toEqual([
    ['EdgeStorage', true, false],
    ['EdgeCompute', false, true],
  ]);
});

test('roles of a lab file that names no role data are TripleO’s', () => {
  const [fault] = faultsOf(labText({ edges: '    dcn0: { nodes: { edge-0: EdgeHCI } }\n' }));
  expect(fault).toMatchObject({ path: 'glance-dcn:sites.dcn0.nodes.edge-0' });
});

describe('TripleO’s further roles', () => {
  const lab = (nodes: string) => labText({ controlPlane: `{ nodes: { ${nodes} } }` });
  const nodes = 'glance-dcn:sites.control-plane.nodes';

  test.each([
    ['c-0: ControllerOpenstack, d-1: Database, m-2: Messaging, s-0: CephStorage'],
    ['c-0: ControllerNoCeph, n-1: Networker, a-0: CephAll'],
    ['c-0: ControllerNovaStandalone, n-1: Novacontrol, t-2: Telemetry, s-0: CephStorage'],
    ['c-0: ControllerSriov, s-0: CephStorage, c-1: ComputeSriov, c-2: ComputeOvsDpdk, c-3: ComputeRealTime'],
    ['c-0: ControllerNoCeph, k-0: HciCephAll, k-1: ComputeHCIOvsDpdk, k-2: HciCephFile, o-1: CephObject'],
  ])('%s is a control plane', (named) => {
    expect(faultsOf(lab(named))).toEqual([]);
    const plan = planLab(parseLab('dev', lab(named)));
    const generate = plan.sites[0]?.steps.find(({ name }) => name === 'roles-generate')?.commands[0];
    const present = named.split(', ').map((node) => node.split(': ')[1]);
    expect(new Set(generate?.slice(6))).toEqual(new Set(present));
  });

  test.each([
    ['c-0: ControllerOpenstack, d-1: Database, s-0: CephStorage', nodes, /no node with OsloMessagingRpc$/],
    [
      'c-0: ControllerNovaStandalone, s-0: CephStorage',
      nodes,
      /with NovaApi, NovaConductor, NovaScheduler, Placement/,
    ],
    ['c-0: ControllerNoCeph, s-0: CephStorage', nodes, /has OSDs and no Ceph monitor/],
    ['c-0: Controller, a-0: CephAll', nodes, /two Ceph monitors/],
    [
      'c-0: Controller, s-0: CephStorage, c-1: ComputeHCISriov',
      `${nodes}.c-1`,
      /not supported by this version/,
    ],
    [
      'c-0: Controller, s-0: CephStorage, i-1: CellController',
      `${nodes}.i-1`,
      /not supported by this version/,
    ],
  ])('%s is refused', (named, place, message) => {
    const faults = faultsOf(lab(named));
    expect(faults.map((fault) => [fault.path, message.test(fault.message)])).toEqual([[place, true]]);
    expect(faults[0]?.remedy).toMatch(/^(Give|Write|It lacks|This version)/);
  });

  test('roles for servers without the edge’s Glance are refused at the edge', () => {
    const edges = '    dcn0: { nodes: { h-0: DistributedComputeHCI, h-1: ComputeSriov } }\n';
    const [fault] = faultsOf(labText({ edges }));
    expect(fault?.message).toBe('does not belong at an edge site');
  });
});

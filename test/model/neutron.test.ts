import { parseLab, planSite } from '../../model';
import { environmentTexts } from '../../model/tripleo/parameters';
import { effective } from './anyLab';
import { type Case, labText, labWithEdge, testCases } from './labs';

const provider = labText({
  controlPlane: '{ bridges: { leaf0: br-ex }, nodes: { c-0: Controller, s-0: CephStorage, n-0: Compute } }',
  edges: `    dcn0:
      bridges: { leaf1: br-leaf, san: br-san }
      nodes: { h-0: DistributedComputeHCI, m-1: DistributedComputeScaleOut }
    dcn1: { nodes: { i-0: DistributedComputeHCI } }
`,
  rest: `  glance-dcn:physicalNetworks:
    leaf0: {}
    leaf1: { vlans: ['1:1000', '2000:2000'] }
    san: { flat: false, vlans: ['7:9'] }
  glance-dcn:physicalNetworkMtu: 1350
`,
});
const lab = parseLab('dev', provider);
const at = (site: string) => effective(planSite(lab, site));

test('Neutron at the control plane knows the physical networks of all sites, and no other site has them', () => {
  expect(at('control-plane')).toMatchObject({
    NeutronFlatNetworks: ['leaf0', 'leaf1'],
    NeutronNetworkVLANRanges: ['leaf1:1:1000', 'leaf1:2000:2000', 'san:7:9'],
  });
  expect(at('dcn0')).not.toHaveProperty('NeutronFlatNetworks');
  expect(at('dcn0')).not.toHaveProperty('NeutronNetworkVLANRanges');
});

test('each role with an OVN controller has the bridges of its site', () => {
  const mappings = ['leaf1:br-leaf', 'san:br-san'];
  expect(at('control-plane')).toMatchObject({
    ControllerParameters: { NeutronBridgeMappings: ['leaf0:br-ex'] },
    ComputeParameters: { NeutronBridgeMappings: ['leaf0:br-ex'] },
  });
  expect(at('control-plane')).not.toHaveProperty('CephStorageParameters');
  expect(at('dcn0')).toMatchObject({
    DistributedComputeHCIParameters: { NeutronBridgeMappings: mappings },
    DistributedComputeScaleOutParameters: { NeutronBridgeMappings: mappings },
  });
  expect(at('dcn1')).not.toHaveProperty('DistributedComputeHCIParameters.NeutronBridgeMappings');
});

test('every overcloud has the MTU of the physical networks', () => {
  for (const site of ['control-plane', 'dcn0', 'dcn1']) {
    expect(at(site).NeutronGlobalPhysnetMtu).toBe(1350);
  }
});

test('without keys of Neutron there is no neutron.yaml', () => {
  const { steps } = planSite(parseLab('dev', labText()), 'dcn0');
  expect(steps.flatMap(({ files }) => Object.keys(files))).not.toContain('dcn0/neutron.yaml');
});

test('a file that sets a map of settings keeps the settings of the files before it', () => {
  const texts = environmentTexts(
    {
      'a.yaml': { ComputeParameters: { A: 1, B: 1 }, NeutronFlatNetworks: ['a'] },
      'b.yaml': { ComputeParameters: { B: 2 } },
    },
    'own.yaml',
    { ComputeParameters: { C: 3 } },
  );
  expect(texts['b.yaml']).toBe('parameter_defaults:\n  ComputeParameters:\n    A: 1\n    B: 2\n');
  expect(texts['own.yaml']).toBe('parameter_defaults:\n  ComputeParameters:\n    A: 1\n    B: 2\n    C: 3\n');
});

const networks = (text: string) => labText({ rest: `  glance-dcn:physicalNetworks: ${text}\n` });
const dcn0 = (keys: string) => labWithEdge(`{ ${keys}, nodes: { h-0: DistributedComputeHCI } }`);

const cases: Case[] = [
  [
    'name that Neutron would split',
    networks("{ 'leaf:0': {} }"),
    'glance-dcn:physicalNetworks.leaf:0',
    /letters, digits, dots/,
  ],
  [
    'VLAN ids in the wrong order',
    networks("{ leaf0: { vlans: ['200:100'] } }"),
    'glance-dcn:physicalNetworks.leaf0.vlans[0]',
    /from 1 to 4094/,
  ],
  [
    'VLAN id that does not exist',
    networks("{ leaf0: { vlans: ['1:4095'] } }"),
    'glance-dcn:physicalNetworks.leaf0.vlans[0]',
    /from 1 to 4094/,
  ],
  [
    'physical network without any use',
    networks('{ leaf0: { flat: false } }'),
    'glance-dcn:physicalNetworks.leaf0',
    /flat: true/,
  ],
  [
    'MTU that tunnels do not have',
    labText({ rest: '  glance-dcn:physicalNetworkMtu: 9000\n' }),
    'glance-dcn:physicalNetworkMtu',
    /at most 1500/,
  ],
  [
    'bridge of a physical network that Neutron does not know',
    dcn0('bridges: { leaf0: br-ex }'),
    'glance-dcn:sites.dcn0.bridges.leaf0',
    /under glance-dcn:physicalNetworks/,
  ],
  [
    'misspelt physical network',
    dcn0('bridges: { datacenter: br-ex }'),
    'glance-dcn:sites.dcn0.bridges.datacenter',
    /Did you mean datacentre\?/,
  ],
  [
    'name of a bridge that is too long for the kernel',
    dcn0('bridges: { datacentre: br-datacentre-001 }'),
    'glance-dcn:sites.dcn0.bridges.datacentre',
    /at most 15/,
  ],
  [
    'bridges twice',
    dcn0('bridges: { datacentre: br-ex }, parameters: { NeutronBridgeMappings: [datacentre:br-ex] }'),
    'glance-dcn:sites.dcn0.parameters.NeutronBridgeMappings',
    /under bridges/,
  ],
  [
    'bridges at a site without an overcloud',
    labText({
      controlPlane: '{ nodes: { c-0: Controller } }',
      rest: '    external-ceph: { bridges: { datacentre: br-ex }, nodes: { s-0: CephAll } }\n',
    }),
    'glance-dcn:sites.external-ceph.bridges',
    /Take it out/,
  ],
];

testCases(cases);

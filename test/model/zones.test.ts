import { parse } from 'yaml';
import { parseLab, planLab } from '../../model';
import { type Case, labText, testCases } from './labs';

/** Plans of the sites of a lab file, by name, each with the parameters of its az.yaml. */
function zonesOf(text: string) {
  return Object.fromEntries(
    planLab(parseLab('dev', text)).sites.map(({ name, servers, steps }) => {
      const files = steps.find((step) => step.name === 'overcloud-stack')?.files ?? {};
      const file = (of: string) =>
        (parse(files[`${name}/${of}`] ?? '{}') as { parameter_defaults?: Record<string, unknown> })
          .parameter_defaults ?? {};
      return [name, { servers: servers?.zone, zones: file('az.yaml'), own: file('parameters.yaml') }];
    }),
  );
}

const schedule = 'nova::availability_zone::default_schedule_zone';
const collapsed = '{ nodes: { c-0: Controller, s-0: CephStorage, n-0: Compute } }';
const edge = '    dcn0: { zone: AZ.leaf-1, nodes: { h-0: DistributedComputeHCI } }\n';

test('a site has its servers and volumes in the zone of its key', () => {
  const { dcn0, 'control-plane': control } = zonesOf(
    labText({
      controlPlane: '{ zone: az-central, nodes: { c-0: Controller, hci-0: ComputeHCI } }',
      edges: edge,
    }),
  );
  expect(dcn0).toMatchObject({
    servers: 'AZ.leaf-1',
    zones: {
      NovaComputeAvailabilityZone: 'AZ.leaf-1',
      CinderStorageAvailabilityZone: 'AZ.leaf-1',
      CinderVolumeCluster: 'dcn0',
    },
  });
  expect(dcn0?.zones).not.toHaveProperty('ControllerExtraConfig');
  expect(control).toMatchObject({
    servers: 'az-central',
    zones: {
      NovaComputeAvailabilityZone: 'az-central',
      CinderStorageAvailabilityZone: 'az-central',
      NovaCrossAZAttach: false,
      ControllerExtraConfig: { [schedule]: 'az-central' },
    },
  });
});

const external = (sites: string): string =>
  labText({ controlPlane: '{ nodes: { c-0: Controller } }', edges: `${sites}${edge}` });
const ceph = '    external-ceph: { nodes: { s-0: CephAll } }\n';

test.each([
  ['of the computes beside the Controllers', labText({ controlPlane: collapsed }), 'central'],
  ['of the computes at central', external(`${ceph}    central: { nodes: { n-0: Compute } }\n`), 'central'],
  [
    'of central in its own zone',
    external(`${ceph}    central: { zone: az-1, nodes: { n-0: Compute } }\n`),
    'az-1',
  ],
  ['of no site, without computes there', labText(), undefined],
  [
    'of the key',
    labText({
      controlPlane: '{ defaultZone: AZ.leaf-1, nodes: { c-0: Controller, s-0: CephStorage } }',
      edges: edge,
    }),
    'AZ.leaf-1',
  ],
])('servers without a zone get the zone %s', (_, text, zone) => {
  const extra = zonesOf(text)['control-plane']?.zones.ControllerExtraConfig as Record<string, unknown>;
  expect(extra?.[schedule]).toBe(zone);
});

test('volumes without a zone are where servers without one are, if that site has volumes', () => {
  const at = (zone: string) =>
    zonesOf(labText({ controlPlane: `{ defaultZone: ${zone}, ${collapsed.slice(2)}`, edges: edge }))[
      'control-plane'
    ]?.zones.ControllerExtraConfig;
  expect(at('central')).toEqual({ [schedule]: 'central' });
  expect(at('AZ.leaf-1')).toEqual({
    [schedule]: 'AZ.leaf-1',
    'cinder::default_availability_zone': 'AZ.leaf-1',
  });
});

test('volumes keep the control plane’s zone where servers are put beside it', () => {
  const text = labText({
    controlPlane: '{ zone: az-0, nodes: { c-0: Controller } }',
    edges: `${ceph}    central: { nodes: { n-0: Compute } }\n`,
  });
  expect(zonesOf(text)['control-plane']?.zones.ControllerExtraConfig).toEqual({ [schedule]: 'central' });
});

test('servers of central in another zone than the control plane’s may have its volumes', () => {
  const text = external(`${ceph}    central: { zone: az-1, nodes: { n-0: Compute } }\n`);
  const { central, dcn0, 'control-plane': control } = zonesOf(text);
  expect([central, control].map((site) => site?.zones.NovaCrossAZAttach)).toEqual([true, true]);
  expect(dcn0?.zones).not.toHaveProperty('NovaCrossAZAttach');
});

test('a ControllerExtraConfig of the lab file keeps the default zone', () => {
  const parameters = 'parameters: { ControllerExtraConfig: { nova::api::max_limit: 500 } }';
  const text = labText({ controlPlane: `{ ${parameters}, ${collapsed.slice(2)}` });
  expect(zonesOf(text)['control-plane']?.own).toEqual({
    ControllerExtraConfig: { [schedule]: 'central', 'nova::api::max_limit': 500 },
  });
});

const dcn0 = 'glance-dcn:sites.dcn0';
const site = (name: string, keys: string): string =>
  `    ${name}: { ${keys}, nodes: { ${name}-0: DistributedComputeHCI } }\n`;

const cases: Case[] = [
  ['zone with a colon', labText({ edges: site('dcn0', 'zone: "a:b"') }), `${dcn0}.zone`, /letters, digits/],
  [
    'zone of Nova itself',
    labText({ edges: site('dcn0', 'zone: internal') }),
    `${dcn0}.zone`,
    /no other site/,
  ],
  [
    'zone of two sites',
    labText({ edges: site('dcn0', 'zone: az') + site('dcn1', 'zone: az') }),
    'glance-dcn:sites.dcn1.zone',
    /no other site/,
  ],
  [
    'zone of the control plane',
    labText({ edges: site('dcn0', 'zone: central') }),
    `${dcn0}.zone`,
    /no other site/,
  ],
  [
    'zone of a site that comes later in the file',
    labText({ edges: site('dcn0', 'zone: dcn1') + site('dcn1', 'index: 17') }),
    `${dcn0}.zone`,
    /no other site/,
  ],
  [
    'zone of a Ceph cluster without an overcloud',
    external('    external-ceph: { zone: az, nodes: { s-0: CephAll } }\n'),
    'glance-dcn:sites.external-ceph.zone',
    /Take it out/,
  ],
  [
    'computes at the control plane and at central in one zone',
    labText({
      controlPlane: '{ nodes: { c-0: Controller, n-0: Compute } }',
      edges: `${ceph}    central: { nodes: { n-1: Compute } }\n`,
    }),
    'glance-dcn:sites.central',
    /Write zone: … at one of them, or put all computes into control-plane/,
  ],
  [
    'default zone at an edge site',
    labText({ edges: site('dcn0', 'defaultZone: dcn0') }),
    `${dcn0}.defaultZone`,
    /Write it at control-plane/,
  ],
  [
    'default zone that no site has',
    labText({ controlPlane: `{ defaultZone: dcn9, ${collapsed.slice(2)}` }),
    'glance-dcn:sites.control-plane.defaultZone',
    /Write one of central, dcn0/,
  ],
  [
    'default zone of a site without computes',
    labText({ controlPlane: '{ defaultZone: central, nodes: { c-0: Controller, s-0: CephStorage } }' }),
    'glance-dcn:sites.control-plane.defaultZone',
    /Write one of dcn0/,
  ],
  [
    'zone as a parameter',
    labText({ edges: site('dcn0', 'parameters: { NovaComputeAvailabilityZone: az }') }),
    `${dcn0}.parameters.NovaComputeAvailabilityZone`,
    /write zone: … at the site/,
  ],
];

testCases(cases);

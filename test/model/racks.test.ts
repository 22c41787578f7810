import { parseLab, planFiles, planLab, planText } from '../../model';
import { parse } from 'yaml';
import { faultsOf, labWithControlPlane, labWithEdge, testCases } from './labs';

const first = 'h-0: DistributedComputeHCI';
const second = 'h-1: { role: DistributedComputeHCIScaleOut, rack: r1 }';
/** Lab file of the small lab with a rack at its edge site. */
const withRack = (rack: string, nodes = `${first}, ${second}`, more = ''): string =>
  labWithEdge(`{ racks: { r1: ${rack} }, nodes: { ${nodes} }${more} }`);
const dcn0 = 'glance-dcn:sites.dcn0';
const r1 = `${dcn0}.racks.r1`;

describe('a rack', () => {
  const site = (text: string) => planLab(parseLab('dev', text)).sites.find(({ name }) => name === 'dcn0')!;

  test('has the networks of its nodes, with names, values and routes of its own', () => {
    const rack =
      '{ index: 3, networks: { storage: { vlan: 31, gateway: 10.8.3.254 }, ctlplane: { subnet: leaf3 } } }';
    const [planned] = site(
      withRack(rack, `${first}, h-1: { role: DistributedComputeScaleOut, rack: r1 }`),
    ).racks!;
    expect(planned!.subnets.map(({ name, cidr }) => [name, cidr])).toEqual([
      ['leaf3', '10.0.3.0/24'],
      ['storage_dcn0_r1', '10.8.3.0/24'],
      ['internal_api_dcn0_r1', '10.4.3.0/24'],
      ['tenant_dcn0_r1', '10.16.3.0/24'],
    ]);
    expect(planned!.subnets[1]).toMatchObject({
      vlan: 31,
      routes: [{ destination: '10.8.0.0/14', nexthop: '10.8.3.254' }],
    });
  });

  test('of a site with a hyphen has TripleO’s form of names', () => {
    const text = labWithEdge(
      `{ index: 20, ceph: { cluster: far }, racks: { left-1: { index: 3 } }, nodes: { ${first}, h-1: { role: DistributedComputeHCIScaleOut, rack: left-1 } } }`,
      'far-east',
    );
    const far = planLab(parseLab('dev', text)).sites.find(({ name }) => name === 'far-east')!;
    expect(far.racks![0]!.subnets.map(({ name }) => name)).toEqual([
      'ctlplane-far-east-left-1',
      ...['storage', 'storage_mgmt', 'internal_api', 'tenant'].map((name) => `${name}_far_east_left_1`),
    ]);
  });

  test('may have the host numbers of another rack, and written addresses', () => {
    const nodes =
      'h-0: DistributedComputeHCI, h-00: { role: DistributedComputeHCIScaleOut, rack: r1, addresses: { storage: 10.8.3.9 } }';
    expect(site(withRack('{ index: 3 }', nodes)).nodes.map(({ addresses }) => addresses.storage)).toEqual([
      '10.8.16.70',
      '10.8.3.9',
    ]);
  });

  test('of the control plane is in the network data of each site, for the monitors’ networks', () => {
    const text = labWithControlPlane(
      '{ racks: { r1: { index: 3 } }, nodes: { c-0: Controller, s-0: { role: CephStorage, rack: r1 } } }',
    );
    const files = planFiles(planLab(parseLab('dev', text)));
    for (const name of ['control-plane', 'dcn0']) {
      const storage = (parse(files[name]!['network_data.yaml']!) as { name: string; subnets: object }[]).find(
        (network) => network.name === 'Storage',
      )!;
      expect(Object.keys(storage.subnets)).toEqual([
        'storage_subnet',
        'storage_control_plane_r1',
        ...(name === 'dcn0' ? ['storage_dcn0'] : []),
      ]);
    }
    expect(parse(files['control-plane']!['network.yaml']!)).toMatchObject({
      parameter_defaults: { CephStorageControlPlaneSubnet: 'ctlplane-control-plane-r1' },
    });
    const commands = files['control-plane']!['commands.sh']!;
    expect(commands).toContain('--subnet CephStorage/Storage=storage_control_plane_r1');
    expect(commands).not.toContain('--subnet Storage=');
  });

  test('may have a VLAN that another network has in another rack', () => {
    const text = withRack(
      '{ index: 3, networks: { storage: { vlan: 30 } } }',
      `${first}, ${second}`,
      ', networks: { tenant: { vlan: 30 } }',
    );
    expect(faultsOf(text)).toEqual([]);
  });

  test('is in the printed plan', () => {
    const lab = parseLab('dev', withRack('{ index: 3 }'));
    const text = planText(lab, planLab(lab));
    expect(text).toMatch(/│ dcn0 +│ r1 +│ storage +│ 10\.8\.3\.0\/24 +│ 10\.8\.3\.1 /);
    expect(text).toMatch(/│ h-1 +│ dcn0 +│ r1 +│ DistributedComputeHCIScaleOut /);
  });
});

describe('a lab file is refused with', () => {
  testCases([
    ['a rack without a number', withRack('{}'), r1, /Write index: 3$/],
    ['the number of a site', withRack('{ index: 16 }'), `${r1}.index`, /Write index: 3$/],
    ['a number that the networks do not have', withRack('{ index: 1024 }'), `${r1}.index`, /larger ranges/],
    ['a number of a site with a fixed name', withRack('{ index: 1 }'), `${r1}.index`, /3/],
    [
      'the number of another rack',
      labWithEdge(
        `{ racks: { r1: { index: 3 }, r2: { index: 3 } }, nodes: { ${first}, ${second}, h-2: { role: DistributedComputeScaleOut, rack: r2 } } }`,
      ),
      `${dcn0}.racks.r2.index`,
      /Write index: 4$/,
    ],
    [
      'a number beside written subnets',
      withRack(
        '{ index: 3, networks: { ctlplane: { cidr: 10.0.9.0/24 }, storage: { cidr: 10.8.9.0/24 }, storage_mgmt: { cidr: 10.12.9.0/24 }, internal_api: { cidr: 10.4.9.0/24 }, tenant: { cidr: 10.16.9.0/24 } } }',
      ),
      `${r1}.index`,
      /Take it out/,
    ],
    [
      'a node in an unknown rack',
      labWithEdge(`{ nodes: { ${first}, ${second} } }`),
      `${dcn0}.nodes.h-1.rack`,
      /racks: { r1: { index/,
    ],
    [
      'a node in a misspelt rack',
      withRack(
        '{ index: 3 }',
        `${first}, ${second}, h-2: { role: DistributedComputeScaleOut, rack: r2, addresses: { storage: 10.8.3.4 } }`,
      ),
      `${dcn0}.nodes.h-2.rack`,
      /one of r1/,
    ],
    [
      'a rack without nodes',
      withRack('{ index: 3, networks: { storage: { vlan: 3 } } }', first),
      r1,
      /rack: r1/,
    ],
    [
      'a role in a rack and outside',
      withRack('{ index: 3 }', `${first}, ${second}, h-2: DistributedComputeHCIScaleOut`),
      `${dcn0}.nodes.h-2`,
      /rack: r1 here, or another role: .*DistributedComputeScaleOut/,
    ],
    [
      'a Controller in a rack',
      labWithControlPlane(
        '{ racks: { r1: { index: 3 } }, nodes: { c-0: { role: Controller, rack: r1 }, s-0: CephStorage } }',
      ),
      'glance-dcn:sites.control-plane.nodes.c-0.rack',
      /Take it out/,
    ],
    [
      'a network that the rack’s nodes are not on',
      withRack('{ index: 3, networks: { external: { vlan: 3 } } }'),
      `${r1}.networks.external`,
      /storage_mgmt/,
    ],
    [
      'a subnet that overlaps that of the site',
      withRack('{ index: 3, networks: { storage: { cidr: 10.8.16.128/25 } } }'),
      `${r1}.networks.storage.cidr`,
      /of its own/,
    ],
    [
      'a subnet outside the range',
      withRack('{ index: 3, networks: { storage: { cidr: 192.168.0.0/24 } } }'),
      `${r1}.networks.storage.cidr`,
      /networks\.storage\.ranges/,
    ],
    [
      'the gateway of the site',
      withRack('{ index: 3, networks: { storage: { gateway: 10.8.16.1 } } }'),
      `${r1}.networks.storage.gateway`,
      /10\.8\.3\.0\/24/,
    ],
    [
      'an address of the site',
      withRack(
        '{ index: 3 }',
        `${first}, h-1: { role: DistributedComputeHCIScaleOut, rack: r1, addresses: { storage: 10.8.16.71 } }`,
      ),
      `${dcn0}.nodes.h-1.addresses.storage`,
      /10\.8\.3\.0\/24/,
    ],
    [
      'no router to the site',
      withRack('{ index: 3, networks: { storage_mgmt: { gateway: none } } }'),
      `${r1}.networks.storage_mgmt.gateway`,
      /address of the router/,
    ],
    [
      'no router to the rack',
      withRack('{ index: 3 }', `${first}, ${second}`, ', networks: { storage_mgmt: { gateway: none } }'),
      `${dcn0}.networks.storage_mgmt.gateway`,
      /address of the router/,
    ],
    [
      'written routes that miss the site',
      withRack(
        '{ index: 3, networks: { storage: { routes: [{ destination: 10.8.0.0/24, nexthop: 10.8.3.1 }] } } }',
      ),
      `${r1}.networks.storage.routes`,
      /Write a route/,
    ],
    [
      'one VLAN for two networks of the rack',
      withRack('{ index: 3, networks: { storage: { vlan: 30 }, tenant: { vlan: 30 } } }'),
      `${r1}.networks.tenant.vlan`,
      /of its own/,
    ],
    [
      'two nodes of a rack with one host number',
      withRack(
        '{ index: 3 }',
        `${first}, h-1: { role: DistributedComputeHCIScaleOut, rack: r1 }, h-01: { role: DistributedComputeHCIScaleOut, rack: r1 }`,
      ),
      `${dcn0}.nodes.h-01`,
      /rack: r1, role: DistributedComputeHCIScaleOut, host: 7/,
    ],
    [
      'a rack’s networks without a numbering plan',
      withRack(
        '{ index: 3 }',
        `${first}, ${second}`,
        ', networks: { tenant: { cidr: 10.16.16.0/24 } }',
      ).replace('control-plane: {', 'control-plane: { networks: { tenant: { cidr: 10.16.0.0/24 } },') +
        '  glance-dcn:networks: { tenant: { ranges: [10.16.0.0/14] } }\n',
      `${r1}.networks.tenant`,
      /cidr: …/,
    ],
  ]);

  test('two racks without a number, each with a number of its own to write', () => {
    const nodes = `${first}, ${second}, h-2: { role: DistributedComputeScaleOut, rack: r2 }`;
    const text = labWithEdge(`{ racks: { r1: {}, r2: {} }, nodes: { ${nodes} } }`);
    expect(faultsOf(text).map(({ path, remedy }) => [path, remedy])).toEqual([
      [r1, 'Write index: 3'],
      [`${dcn0}.racks.r2`, 'Write index: 4'],
    ]);
  });

  test('a number missing, which is not proposed if a rack of a later site has it', () => {
    const later =
      '    dcn1: { racks: { r1: { index: 3 } }, nodes: { i-0: DistributedComputeHCI, i-1: { role: DistributedComputeHCIScaleOut, rack: r1 } } }\n';
    expect(faultsOf(`${withRack('{}')}${later}`).map(({ path, remedy }) => [path, remedy])).toEqual([
      [r1, 'Write index: 4'],
    ]);
  });

  test.each([
    [
      `${first}, ${second}, h-2: DistributedComputeHCIScaleOut`,
      "is in the site's own subnets, and h-1 of the same role is in rack r1: ",
      'Write rack: r1 here, ',
    ],
    [
      `${first}, h-1: DistributedComputeHCIScaleOut, h-2: { role: DistributedComputeHCIScaleOut, rack: r1 }`,
      "is in rack r1, and h-1 of the same role is in the site's own subnets: ",
      'Take it out, ',
    ],
  ])('nodes of one role in different places: %s', (nodes, message, remedy) => {
    expect(faultsOf(withRack('{ index: 3 }', nodes))).toEqual([
      expect.objectContaining({
        message: expect.stringContaining(message) as string,
        remedy: expect.stringContaining(remedy) as string,
      }),
    ]);
  });

  test('names of subnets that another site has', () => {
    const more = '    dcn0-r1: { index: 30, nodes: { x-0: DistributedComputeHCI }, ceph: { cluster: x } }\n';
    expect(faultsOf(`${withRack('{ index: 3 }')}${more}`).map(({ path }) => path)).toEqual(
      ['ctlplane', 'storage', 'storage_mgmt', 'internal_api', 'tenant'].map(
        (network) => `glance-dcn:sites.dcn0-r1.networks.${network}.subnet`,
      ),
    );
  });

  test('racks in a cloud', () => {
    const text = withRack('{ index: 3 }') + '  glance-dcn:provisioner: openstack\n';
    expect(faultsOf(text)).toContainEqual(
      expect.objectContaining({
        path: `${dcn0}.racks`,
        message: expect.stringMatching(/one subnet/) as string,
      }),
    );
  });
});

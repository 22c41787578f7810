import { parseLab, planCloud, planLab, planSite } from '../../model';
import { flavorsOf, quotasOf } from '../../model/openstack';
import { hostKeyOf } from '../hostKeys';
import { type Case, cloudLab, faultsOf, labText, openstackText, testCases } from './labs';

const id = (digit: number) => `${digit}`.repeat(8) + '-0000-4000-8000-000000000000';
const cloud = `cloud: lab, image: ${id(1)}, flavor: big`;
const undercloud = `{ host: uc.example.org, hostKey: ${hostKeyOf('uc')}, privateKeyFile: ~/.ssh/id_ed25519 }`;

/** A lab file of servers, valid except for the given values. */
function openstack({
  keys = cloud,
  reach = undercloud,
  edge = '',
  node = 'DistributedComputeHCI',
} = {}): string {
  return labText({
    edges: `    dcn0: { nodes: { h-0: ${node} }${edge} }\n`,
    rest:
      '  glance-dcn:provisioner: openstack\n' +
      `  glance-dcn:undercloud: ${reach}\n${keys && `  glance-dcn:openstack: { ${keys} }\n`}`,
  });
}

const at = 'glance-dcn:openstack';
const server = `undercloud: { flavor: big, image: ${id(2)}, keyPair: mine }`;
const cases: Case[] = [
  ['no block for the cloud', openstack({ keys: '' }), at, /cloud: …/],
  ['no name of the cloud', openstack({ keys: cloud.replace('cloud: lab, ', '') }), `${at}.cloud`, /Add it/],
  [
    'image by name',
    openstack({ keys: cloud.replace(id(1), 'debian') }),
    `${at}.image`,
    /openstack image show/,
  ],
  [
    'no flavor for one role',
    openstack({ keys: `cloud: lab, image: ${id(1)}, flavors: { Controller: c, CephStorage: s }` }),
    'glance-dcn:sites.dcn0.nodes.h-0',
    /flavors: \{ DistributedComputeHCI: … \}/,
  ],
  [
    'flavor of a misspelt role',
    openstack({ keys: `${cloud}, flavors: { Contoller: c }` }),
    `${at}.flavors.Contoller`,
    /Controller/,
  ],
  [
    'no host of the undercloud',
    openstack({ reach: undercloud.replace('host: uc.example.org, ', '') }),
    'glance-dcn:undercloud.host',
    /only the sandbox/,
  ],
  [
    'host of an undercloud that the lab makes',
    openstack({ keys: `${cloud}, ${server}`, reach: undercloud.replace(/hostKey: [^,]*, /, '') }),
    'glance-dcn:undercloud.host',
    /openstack\.undercloud/,
  ],
  [
    'no private key for the undercloud that the lab makes',
    openstack({ keys: `${cloud}, ${server}`, reach: '{}' }),
    'glance-dcn:undercloud.privateKeyFile',
    /private key/,
  ],
  [
    'host key of a server',
    openstack({ node: `{ role: DistributedComputeHCI, hostKey: ${hostKeyOf('h0')} }` }),
    'glance-dcn:sites.dcn0.nodes.h-0.hostKey',
    /provisioner: existing/,
  ],
  [
    'device letters of disks',
    openstack({ edge: ', ceph: { devices: [/dev/vdb] }' }),
    'glance-dcn:sites.dcn0.ceph.devices',
    /openstack\.volumes\.perNode/,
  ],
  [
    'network that the site does not have',
    openstack({ edge: `, openstack: { networks: { external: { network: ${id(3)}, subnet: ${id(4)} } } }` }),
    'glance-dcn:sites.dcn0.openstack.networks.external',
    /the site has ctlplane/,
  ],
  [
    'subnet by name',
    openstack({ edge: `, openstack: { networks: { storage: { network: ${id(3)}, subnet: sto } } }` }),
    'glance-dcn:sites.dcn0.openstack.networks.storage.subnet',
    /openstack subnet show/,
  ],
  [
    'more copies than volumes',
    openstack({ edge: ', ceph: { poolSize: 2 }' }),
    'glance-dcn:sites.dcn0.ceph.poolSize',
    /at most 1/,
  ],
  [
    'cloud of a lab on the sandbox',
    labText({ rest: `  glance-dcn:openstack: { ${cloud} }\n` }),
    at,
    /provisioner: openstack/,
  ],
  [
    'cloud of a site on the sandbox',
    labText({ edges: '    dcn0: { nodes: { h-0: DistributedComputeHCI }, openstack: { flavor: big } }\n' }),
    'glance-dcn:sites.dcn0.openstack',
    /provisioner: openstack/,
  ],
];

testCases(cases);

test('a lab of servers is valid', () => {
  expect(faultsOf(openstack())).toEqual([]);
  expect(faultsOf(openstack({ keys: `${cloud}, ${server}`, reach: '{ privateKeyFile: key }' }))).toEqual([]);
});

test('a flavor of a site wins over the lab’s, one of a role over the others', () => {
  const lab = parseLab(
    'dev',
    openstack({
      keys: `${cloud}, flavors: { DistributedComputeHCI: hci }`,
      edge: ', openstack: { flavor: edge, volumes: { sizeGiB: 7 } }',
    }),
  );
  expect(planSite(lab, 'dcn0').nodes[0]?.server).toEqual({
    flavor: 'edge',
    volumes: [{ name: 'h-0-osd0', device: '/dev/glance-dcn/osd0', sizeGiB: 7 }],
    virtualAddresses: {},
  });
  const [controller] = planSite(lab, 'control-plane').nodes;
  expect(controller?.server).toMatchObject({
    flavor: 'big',
    virtualAddresses: { ctlplane: '10.0.0.5', internal_api: '10.4.0.5' },
  });
});

test('networks that exist already are not planned', () => {
  const edge = `, openstack: { networks: { storage: { network: ${id(3)}, subnet: ${id(4)} } } }`;
  const lab = cloudLab(openstack({ edge }));
  const planned = planCloud(lab).networks.find(({ site }) => site === 'dcn0')!;
  expect(planned.subnets.map(({ network }) => network)).toEqual([
    'ctlplane',
    'storage_mgmt',
    'internal_api',
    'tenant',
  ]);
  expect(planSite(lab, 'dcn0').openstack?.networks).toEqual({ storage: { network: id(3), subnet: id(4) } });
});

test('another site adds to the needed quotas what it needs itself', () => {
  const count = (text: string) => {
    const lab = cloudLab(text, 'openstack');
    const plan = planCloud(lab);
    const { sites } = planLab(lab);
    return {
      quotas: Object.fromEntries(quotasOf(plan, sites).map(({ name, needed }) => [name, needed])),
      flavors: flavorsOf(plan, sites),
    };
  };
  const before = count(openstackText);
  const after = count(
    openstackText.replace(
      '    dcn1:',
      '    dcn2: { nodes: { oc0-ceph-6: DistributedComputeHCI } }\n    dcn1:',
    ),
  );
  // One server on five new networks, and its two volumes of 100 GiB.
  expect(after.quotas).toEqual({
    ...before.quotas,
    instances: before.quotas.instances! + 1,
    'server-groups': before.quotas['server-groups']! + 1,
    volumes: before.quotas.volumes! + 2,
    gigabytes: before.quotas.gigabytes! + 200,
    networks: before.quotas.networks! + 5,
    subnets: before.quotas.subnets! + 5,
    ports: before.quotas.ports! + 5 + 10,
  });
  expect(after.flavors.get('m1.xlarge')).toBe(before.flavors.get('m1.xlarge')! + 1);
});

test('the undercloud has the address that the file gives, else the one that its provisioner gives it', () => {
  const address = (text: string) => {
    const { host, port } = planLab(parseLab('dev', text)).undercloud;
    return [host, port];
  };
  const onSandbox = (keys: string) => labText({ rest: `  glance-dcn:undercloud: { ${keys} }\n` });
  const sandboxPort = expect.any(Number) as number;
  expect(address(labText())).toEqual(['127.0.0.1', sandboxPort]);
  expect(address(labText())[1]).not.toBe(22);
  expect(address(onSandbox('port: 2222'))).toEqual(['127.0.0.1', 2222]);
  expect(address(onSandbox('host: uc.example.org'))).toEqual(['uc.example.org', 22]);
  expect(address(openstack())).toEqual(['uc.example.org', 22]);
  const asServer = openstack({ keys: `${cloud}, ${server}`, reach: '{ privateKeyFile: key }' });
  expect(address(asServer)).toEqual(['10.0.0.2', 22]);
});

import { type LabFileError, parseLab } from '../../model';
import { type Case, faultsOf, labText, labWithEdge, smallEdge, testCases } from './labs';

const rest = (line: string) => labText({ rest: `  ${line}\n` });

const cases: Case[] = [
  ['empty file', '', 'the file', /Write config: and below it/],
  ['no mapping', '- 1\n', 'the file', /Write config:/],
  ['config is no mapping', 'config: 3\n', 'config', /Write config:/],
  ['YAML syntax', 'config:\n  glance-dcn:sites: [1,\n', 'the file', /Correct the syntax/],
  ['tab as indentation', 'config:\n\tglance-dcn:sites: {}\n', 'the file', /Correct the syntax/],
  ['a key twice', labText({ edges: smallEdge + smallEdge }), 'glance-dcn:sites.dcn0', /Take one of them out/],
  ['alias without an anchor', rest('glance-dcn:images: *x'), 'the file', /instead of the aliases/],
  ['alias in its own anchor', rest('glance-dcn:images: &x { a: *x }'), 'the file', /instead of the aliases/],
  ['second document', `${labText()}---\na: 1\n`, 'the file', /Take out what follows/],
  ['misspelt config', labText().replace('config:', 'confg: {}\nconfig:'), 'confg', /Did you mean config\?/],
  ['key beside config', `sites: {}\n${labText()}`, 'sites', /Take it out/],
  ['key without prefix', labText().replace('glance-dcn:sites', 'sites'), 'sites', /Write glance-dcn:sites/],
  ['unknown key without prefix', rest('colour: red'), 'colour', /Take it out/],
  ['no sites', 'config:\n  glance-dcn:release: wallaby\n', 'glance-dcn:sites', /Add it/],
  [
    'misspelt key of the lab',
    rest('glance-dcn:topolgy: multistore'),
    'glance-dcn:topolgy',
    /Did you mean topology\?/,
  ],
  ['unknown topology', rest('glance-dcn:topology: cached'), 'glance-dcn:topology', /Did you mean cache\?/],
  [
    'provisioner of another version',
    rest('glance-dcn:provisioner: baremetal'),
    'glance-dcn:provisioner',
    /sandbox/,
  ],
  [
    'misspelt value of sandbox.tripleo',
    rest('glance-dcn:sandbox: { tripleo: ful }'),
    'glance-dcn:sandbox.tripleo',
    /Did you mean full\?/,
  ],
  ['unknown release', rest('glance-dcn:release: zed'), 'glance-dcn:release', /Write one of wallaby/],
  [
    'range with host bits',
    rest('glance-dcn:networks: { storage: { range: 10.8.0.1/14 } }'),
    'glance-dcn:networks.storage.range',
    /10\.0\.0\.0\/14/,
  ],
  [
    'range too small',
    rest('glance-dcn:networks: { storage: { range: 192.168.0.0/20 } }'),
    'glance-dcn:networks.storage.range',
    /192\.168\.0\.0\/19/,
  ],
  [
    'ranges that overlap',
    rest('glance-dcn:networks: { tenant: { range: 10.8.0.0/16 } }'),
    'glance-dcn:networks.tenant.range',
    /range of its own/,
  ],
  [
    'prefix out of bounds',
    rest('glance-dcn:networks: { tenant: { prefix: 28 } }'),
    'glance-dcn:networks.tenant.prefix',
    /from 16 to 24/,
  ],
  ...['storage', 'tenant'].map((network): Case => [
    `key of a site’s subnet at the lab’s network ${network}`,
    rest(`glance-dcn:networks: { ${network}: { vlan: 21 } }`),
    `glance-dcn:networks.${network}.vlan`,
    new RegExp(`at each site: glance-dcn:sites\\.SITE\\.networks\\.${network}\\.vlan$`),
  ]),
  [
    'key of a network at a site’s subnet',
    labWithEdge('{ nodes: { h-0: DistributedComputeHCI }, networks: { storage: { mtu: 9000 } } }'),
    'glance-dcn:sites.dcn0.networks.storage.mtu',
    /for all sites: glance-dcn:networks\.storage\.mtu$/,
  ],
  [
    'key of the lab at a site',
    labWithEdge('{ nodes: { h-0: DistributedComputeHCI }, hosts: { ntpServers: [192.0.2.1] } }'),
    'glance-dcn:sites.dcn0.hosts',
    /for all sites: glance-dcn:hosts$/,
  ],
  [
    'unknown network',
    rest('glance-dcn:networks: { storrage: {} }'),
    'glance-dcn:networks.storrage',
    /Did you mean storage\?/,
  ],
  [
    'image for an unknown site',
    rest('glance-dcn:images: { x: { source: { file: x.raw }, sites: [dnc0] } }'),
    'glance-dcn:images.x.sites[0]',
    /Did you mean dcn0\?/,
  ],
  [
    'image for the control plane',
    rest('glance-dcn:images: { x: { source: { file: x.raw }, sites: [control-plane] } }'),
    'glance-dcn:images.x.sites[0]',
    /Take it out/,
  ],
  [
    'image for a site of clients of the central store',
    `${labText({ controlPlane: '{ nodes: { c-0: Controller } }', edges: `    external-ceph: { nodes: { e-0: CephAll } }\n    central: { nodes: { n-0: Compute } }\n` })}  glance-dcn:images: { x: { source: { file: x.raw }, sites: [central] } }\n`,
    'glance-dcn:images.x.sites[0]',
    /Take it out/,
  ],
  [
    'image without a source',
    rest('glance-dcn:images: { x: { format: raw } }'),
    'glance-dcn:images.x.source',
    /file, url, generated/,
  ],
  [
    'misspelt source of an image, which is not missing, too',
    rest('glance-dcn:images: { x: { sorce: { file: x.raw } } }'),
    'glance-dcn:images.x.sorce',
    /Did you mean source\?/,
  ],
  [
    'image from two sources',
    rest('glance-dcn:images: { x: { source: { file: x, url: https://x/y } } }'),
    'glance-dcn:images.x.source.url',
    /Known keys|Did you mean/,
  ],
  [
    'image from an FTP server',
    rest('glance-dcn:images: { x: { source: { url: ftp://x/y } } }'),
    'glance-dcn:images.x.source.url',
    /https:/,
  ],
  [
    'image by http without a checksum',
    rest('glance-dcn:images: { x: { source: { url: http://images.example.org/y } } }'),
    'glance-dcn:images.x.source.url',
    /Write sha256 beside it, or an https/,
  ],
  [
    'image by http from a host whose name begins as a loopback address does',
    rest('glance-dcn:images: { x: { source: { url: http://127.0.0.1.example.org/y } } }'),
    'glance-dcn:images.x.source.url',
    /Write sha256 beside it/,
  ],
  [
    'image with a short checksum',
    rest('glance-dcn:images: { x: { source: { url: https://x/y, sha256: abc } } }'),
    'glance-dcn:images.x.source.sha256',
    /64/,
  ],
  [
    'image of size 0',
    rest('glance-dcn:images: { x: { source: { generated: { sizeMiB: 0, seed: a } } } }'),
    'glance-dcn:images.x.source.generated.sizeMiB',
    /from 1 to/,
  ],
  [
    'image source by its former key',
    rest('glance-dcn:images: { x: { source: { made: { sizeMiB: 1, seed: a } } } }'),
    'glance-dcn:images.x.source.made',
    /Write generated instead of made/,
  ],
  [
    'image of an unknown format',
    rest('glance-dcn:images: { x: { source: { file: x }, format: vmdk } }'),
    'glance-dcn:images.x.format',
    /raw, qcow2/,
  ],
  [
    'qcow2 file without its format',
    rest('glance-dcn:images: { x: { source: { file: images/x.qcow2 } } }'),
    'glance-dcn:images.x.source.file',
    /Write format: qcow2/,
  ],
  [
    'packed qcow2 file from a URL with the format raw',
    rest('glance-dcn:images: { x: { source: { url: "https://x/y.QCOW2.xz?a=b" }, format: raw } }'),
    'glance-dcn:images.x.source.url',
    /if its content is raw, rename it/,
  ],
  [
    'sites that are no list',
    rest('glance-dcn:images: { x: { source: { file: x }, sites: dcn0 } }'),
    'glance-dcn:images.x.sites',
    /a list/,
  ],
  ['privileged port', rest('glance-dcn:sandbox: { sshPort: 22 }'), 'glance-dcn:sandbox.sshPort', /from 1024/],
  [
    'port that is text',
    rest('glance-dcn:undercloud: { port: ssh }'),
    'glance-dcn:undercloud.port',
    /whole number/,
  ],
  [
    'rate without a unit',
    rest('glance-dcn:sandbox: { wan: { rate: 100 } }'),
    'glance-dcn:sandbox.wan.rate',
    /mbit/,
  ],
  [
    'host key that is a fingerprint',
    rest('glance-dcn:undercloud: { hostKey: SHA256:abc }'),
    'glance-dcn:undercloud.hostKey',
    /ssh-keyscan/,
  ],
  [
    'bastion without a user',
    rest('glance-dcn:undercloud: { bastion: { host: gate } }'),
    'glance-dcn:undercloud.bastion.user',
    /Add it/,
  ],
];

testCases(cases);

test('the name of a lab has no hyphen', () => {
  expect(faultsOf(labText(), 'my-lab')).toEqual([
    expect.objectContaining({
      value: 'my-lab',
      remedy: expect.stringContaining('Pulumi.<lab>.yaml') as unknown,
    }),
  ]);
});

test('all faults are reported at once, with their lines, in the order of the file', () => {
  const text = `config:
  glance-dcn:topolgy: multistore
  glance-dcn:networks:
    tenant: { range: 10.8.0.0/16 }
  glance-dcn:sites:
    control-plane:
      nodes:
        c-0: Controler
        c-1: Controller
        s-0: CephStorage
    dcn0:
      ceph: { cluster: dcn-0 }
      nodes: { h-0: DistributedComputeHCI, h-00: DistributedComputeHCIScaleOut }
      parameters: { AdminPassword: hush-hush }
    dcn1:
      nodes: { g-0: DistributedComputeHCI, g-1: DistributedComputeHCI }
    dcn1:
      nodes: { h-0: DistributedComputeHCI }
  glance-dcn:images:
    x: { source: { file: x }, sites: [dcn7], formt: raw }
`;
  const faults = faultsOf(text);
  expect(faults.map(({ line, path }) => [line, path])).toEqual([
    [2, 'glance-dcn:topolgy'],
    [4, 'glance-dcn:networks.tenant.range'],
    [8, 'glance-dcn:sites.control-plane.nodes.c-0'],
    [12, 'glance-dcn:sites.dcn0.ceph.cluster'],
    [13, 'glance-dcn:sites.dcn0.nodes.h-00'],
    [14, 'glance-dcn:sites.dcn0.parameters.AdminPassword'],
    [17, 'glance-dcn:sites.dcn1'],
    [18, 'glance-dcn:sites.dcn1.nodes.h-0'],
    [20, 'glance-dcn:images.x.formt'],
    [20, 'glance-dcn:images.x.sites[0]'],
  ]);
  let message = '';
  try {
    parseLab('dev', text);
  } catch (error) {
    message = (error as LabFileError).message;
  }
  for (const { path, remedy } of faults) {
    expect(message).toContain(path);
    expect(message).toContain(remedy);
  }
  expect(message).toContain('10 faults');
  expect(message).not.toContain('hush-hush');
});

test.each([
  ['an unknown key', 'colour: red'],
  ['a malformed list', 'environments: [3]'],
  ['a malformed zone', 'zone: 3'],
])('%s of a site hides no fault that does not depend on it', (_, malformed) => {
  const site = (more: string) =>
    labText({ edges: `    dcn0: { nodes: { h-0: DistributedComputeHCI }, ceph: { poolSize: 3 }${more} }\n` });
  const [copies] = faultsOf(site(''));
  expect(copies?.message).toContain('more copies than Ceph can place');
  const faults = faultsOf(site(`, ${malformed}`));
  expect(faults).toHaveLength(2);
  expect(faults).toContainEqual(copies);
});

test.each([
  ['a misspelt key of hosts', 'node: { h-1: DistributedComputeHCI }'],
  ['a malformed host', 'nodes: { h-1: Distributed }'],
])('%s of a site is one fault: its hosts are not counted', (_, malformed) => {
  const edges = `    dcn0: { ceph: { poolSize: 3 }, ${malformed} }\n`;
  expect(faultsOf(labText({ edges }))).toHaveLength(1);
});

test('a default range that overlaps one of the file says that it is the default', () => {
  const faults = faultsOf(rest('glance-dcn:networks: { ctlplane: { range: 10.20.0.0/16 } }'));
  expect(faults.map(({ path, message }) => [path, message])).toEqual([
    ['glance-dcn:networks.external.range', 'is the default range, and overlaps the range of ctlplane'],
  ]);
});

test.each(['mtu: big', 'mtu: 3000000', 'prefix: [24]', 'colour: red'])(
  'a network with %s keeps its ranges: its subnets have no further fault',
  (wrong) => {
    const edges =
      '    dcn0: { networks: { tenant: { cidr: 10.93.1.0/24 } }, nodes: { h-0: DistributedComputeHCI } }\n';
    const text = labText({
      edges,
      rest: `  glance-dcn:networks: { tenant: { range: 10.92.0.0/14, ${wrong} } }\n`,
    });
    expect(faultsOf(text).map(({ path }) => path)).toEqual([
      expect.stringMatching(/^glance-dcn:networks\.tenant\./),
    ]);
  },
);

test('names of JavaScript’s own properties are names like others', () => {
  const edges =
    '    constructor: { index: 16, nodes: { constructor: { role: DistributedComputeHCI, host: 80 } } }\n';
  expect(faultsOf(labText({ edges }))).toEqual([]);
  expect(faultsOf(labText({ edges: edges.replace('DistributedComputeHCI', 'constructor') }))).toHaveLength(1);
  expect(
    faultsOf(labText({ rest: '  glance-dcn:constructor: 1\n  toString: 2\n' })).map(({ path }) => path),
  ).toEqual(['glance-dcn:constructor', 'toString']);
});

test.each([
  ["__proto__: 'https://a:b@c/'", ['__proto__', '__proto__']],
  ['parameters: { DistributedComputeHCIParameters: { constructor: 1 } }', []],
  ['environments: [/etc/constructor]', []],
  ['parameters: { DistributedComputeHCIParameters: { x: { toString: 1 } } }', []],
  ['ceph: { config: { global: { constructor: 1 } } }', []],
  ['ceph: { config: { global: { toString: 1 } } }, parameters: { CephConfigOverrides: { global: {} } }', []],
  ['steps: { ceph-deploy: { arguments: { constructor: 1 } } }', ['steps.ceph-deploy.arguments.constructor']],
])('names of JavaScript’s own properties have no remedy of another key: %s', (settings, faults) => {
  const edges = `    dcn0: { ${settings}, nodes: { h-0: DistributedComputeHCI } }\n`;
  const found = faultsOf(labText({ edges }));
  expect(found.map(({ path }) => path)).toEqual(faults.map((place) => `glance-dcn:sites.dcn0.${place}`));
  expect(found.map(({ remedy }) => typeof remedy)).toEqual(faults.map(() => 'string'));
});

test('keys of other programs in the file are ignored', () => {
  const text = `encryptionsalt: v1:abc\n${labText({ rest: '  aws:region: x\n  pulumi:disable-default-providers: [x]\n' })}`;
  expect(faultsOf(text)).toEqual([]);
});

test('a misspelt control plane is the only fault: its nodes have none', () => {
  const text = labText().replace('control-plane', 'control-plain');
  expect(faultsOf(text).map((fault) => fault.path)).toEqual(['glance-dcn:sites.control-plain']);
});

test.each([
  'http://localhost:8088/x',
  'http://127.0.0.1/x',
  "'http://[::1]:8088/x'",
  'https://images.example.org/x',
])('an image from %s needs no checksum', (url) =>
  expect(faultsOf(rest(`glance-dcn:images: { x: { source: { url: ${url} } } }`))).toEqual([]),
);

test('an image by http with a checksum is accepted', () => {
  const source = `{ url: http://images.example.org/x, sha256: ${'a'.repeat(64)} }`;
  expect(faultsOf(rest(`glance-dcn:images: { x: { source: ${source} } }`))).toEqual([]);
});

import { type LabFileError, parseLab } from '../../model';
import { faultsOf, labText, smallEdge } from './labs';

/** What is wrong, the file, where the fault is, and what its remedy says. */
type Case = [what: string, text: string, path: string, remedy: RegExp];

const controlPlane = (body: string) => labText({ controlPlane: body });
const edge = (body: string, name = 'dcn0') => labText({ edges: `    ${name}: ${body}\n` });
const rest = (line: string) => labText({ rest: `  ${line}\n` });
const cp = 'glance-dcn:sites.control-plane';
const dcn0 = 'glance-dcn:sites.dcn0';

const cases: Case[] = [
  ['empty file', '', 'the file', /Write config: and below it/],
  ['no mapping', '- 1\n', 'the file', /Write config:/],
  ['config is no mapping', 'config: 3\n', 'config', /Write config:/],
  ['YAML syntax', 'config:\n  glance-dcn:sites: [1,\n', 'the file', /Mend the syntax/],
  ['tab as indentation', 'config:\n\tglance-dcn:sites: {}\n', 'the file', /Mend the syntax/],
  ['a key twice', labText({ edges: smallEdge + smallEdge }), dcn0, /Take one of them out/],
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
  ['topology of another version', rest('glance-dcn:topology: cache'), 'glance-dcn:topology', /multistore/],
  [
    'provisioner of another version',
    rest('glance-dcn:provisioner: openstack'),
    'glance-dcn:provisioner',
    /sandbox/,
  ],
  ['existing nodes', rest('glance-dcn:provisioner: existing'), 'glance-dcn:provisioner', /sandbox/],
  ['TripleO in full', rest('glance-dcn:sandbox: { tripleo: full }'), 'glance-dcn:sandbox.tripleo', /quick/],
  ['unknown release', rest('glance-dcn:release: zed'), 'glance-dcn:release', /Write one of wallaby/],
  ['no control-plane', labText().replace(/.*control-plane.*\n/, ''), 'glance-dcn:sites', /Add control-plane/],
  [
    'misspelt control-plane',
    labText().replace('control-plane', 'controlplane'),
    'glance-dcn:sites.controlplane',
    /Did you mean control-plane\?/,
  ],
  [
    'site name in upper case',
    edge('{ nodes: { h-0: DistributedComputeHCI } }', 'Dcn0'),
    'glance-dcn:sites.Dcn0',
    /lower-case/,
  ],
  [
    'site without a number',
    edge('{ nodes: { h-0: DistributedComputeHCI } }', 'rack'),
    'glance-dcn:sites.rack',
    /index: 16/,
  ],
  [
    'site that the images stack would hide',
    edge('{ nodes: { h-0: DistributedComputeHCI } }', 'images'),
    'glance-dcn:sites.images',
    /another one/,
  ],
  [
    'central site of another version',
    edge('{ nodes: { h-0: Compute } }', 'central'),
    'glance-dcn:sites.central',
    /into control-plane/,
  ],
  [
    'external Ceph of another version',
    edge('{ nodes: { h-0: CephAll } }', 'external-ceph'),
    'glance-dcn:sites.external-ceph',
    /CephStorage/,
  ],
  [
    'two sites with one number',
    labText({ edges: `${smallEdge}    edge0: { nodes: { h-1: DistributedComputeHCI } }\n` }),
    'glance-dcn:sites.edge0',
    /Write index: 17/,
  ],
  [
    'index below the edge',
    edge('{ index: 3, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.index`,
    /from 16/,
  ],
  [
    'index beyond the networks',
    edge('{ index: 1024, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.index`,
    /larger ranges/,
  ],
  [
    'index of the control plane',
    controlPlane('{ index: 20, nodes: { c-0: Controller, s-0: CephStorage } }'),
    `${cp}.index`,
    /Take it out/,
  ],
  ['empty site', edge(''), dcn0, /keys and values/],
  ['site without nodes', edge('{ ceph: { cluster: dcn0 } }'), `${dcn0}.nodes`, /`name: Role`/],
  ['site with no node', edge('{ nodes: {} }'), `${dcn0}.nodes`, /`name: Role`/],
  [
    'misspelt key of a site',
    edge('{ node: {}, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.node`,
    /Did you mean nodes\?/,
  ],
  [
    'misspelt role',
    edge('{ nodes: { h-0: DistributedComputHCI } }'),
    `${dcn0}.nodes.h-0`,
    /Did you mean DistributedComputeHCI\?/,
  ],
  [
    'role that TripleO never had',
    controlPlane('{ nodes: { c-0: Controller, s-0: CephAllStorage } }'),
    `${cp}.nodes.s-0`,
    /CephStorage/,
  ],
  [
    'role of the control plane at the edge',
    edge('{ nodes: { h-0: DistributedComputeHCI, h-1: Compute } }'),
    `${dcn0}.nodes.h-1`,
    /ScaleOut/,
  ],
  [
    'role of the edge at the control plane',
    controlPlane('{ nodes: { c-0: Controller, s-0: CephStorage, d-1: DistributedComputeHCI } }'),
    `${cp}.nodes.d-1`,
    /Controller, Compute/,
  ],
  ['node that is a number', edge('{ nodes: { h-0: 5 } }'), `${dcn0}.nodes.h-0`, /Write one of/],
  ['node without a role', edge('{ nodes: { h-0: { host: 80 } } }'), `${dcn0}.nodes.h-0.role`, /TripleO role/],
  [
    'node name with a domain',
    edge('{ nodes: { h-0.lab: DistributedComputeHCI } }'),
    `${dcn0}.nodes.h-0.lab`,
    /without a domain/,
  ],
  [
    'node name in upper case',
    edge('{ nodes: { H-0: DistributedComputeHCI } }'),
    `${dcn0}.nodes.H-0`,
    /lower-case/,
  ],
  [
    'node called undercloud',
    edge(
      '{ nodes: { h-0: DistributedComputeHCI, undercloud: { role: DistributedComputeHCIScaleOut, host: 90 } } }',
    ),
    `${dcn0}.nodes.undercloud`,
    /another one/,
  ],
  [
    'node name without a number',
    edge('{ nodes: { hci: DistributedComputeHCI } }'),
    `${dcn0}.nodes.hci`,
    /host number from 70/,
  ],
  [
    'number too large for the block',
    controlPlane('{ nodes: { c-20: Controller, s-0: CephStorage } }'),
    `${cp}.nodes.c-20`,
    /from 10 to 29/,
  ],
  [
    'node in two sites',
    labText({ edges: `${smallEdge}    dcn1: { nodes: { h-0: DistributedComputeHCI } }\n` }),
    'glance-dcn:sites.dcn1.nodes.h-0',
    /take one out, or rename/,
  ],
  [
    'two nodes with one number',
    edge('{ nodes: { h-0: DistributedComputeHCI, g-0: DistributedComputeHCIScaleOut } }'),
    `${dcn0}.nodes.g-0`,
    /host: 71/,
  ],
  [
    'host number in the pool',
    edge('{ nodes: { h-0: { role: DistributedComputeHCI, host: 210 } } }'),
    `${dcn0}.nodes.h-0.host`,
    /from 6 to 199/,
  ],
  [
    'one address twice',
    edge(
      '{ nodes: { h-0: DistributedComputeHCI, h-1: { role: DistributedComputeHCIScaleOut, addresses: { storage: 10.8.16.70 } } } }',
    ),
    `${dcn0}.nodes.h-1.addresses.storage`,
    /no other node has/,
  ],
  [
    'address of another site',
    edge('{ nodes: { h-0: { role: DistributedComputeHCI, addresses: { storage: 10.8.17.70 } } } }'),
    `${dcn0}.nodes.h-0.addresses.storage`,
    /10\.8\.16\.0\/24/,
  ],
  [
    'address of the gateway',
    edge('{ nodes: { h-0: { role: DistributedComputeHCI, addresses: { storage: 10.8.16.1 } } } }'),
    `${dcn0}.nodes.h-0.addresses.storage`,
    /from 10\.8\.16\.6 to 10\.8\.16\.199/,
  ],
  [
    'address that is none',
    edge('{ nodes: { h-0: { role: DistributedComputeHCI, addresses: { storage: 10.8.16 } } } }'),
    `${dcn0}.nodes.h-0.addresses.storage`,
    /four numbers/,
  ],
  [
    'address on a network the role is not on',
    controlPlane(
      '{ nodes: { c-0: Controller, s-0: { role: CephStorage, addresses: { tenant: 10.16.0.9 } } } }',
    ),
    `${cp}.nodes.s-0.addresses.tenant`,
    /the role is on/,
  ],
  [
    'address on an unknown network',
    edge('{ nodes: { h-0: { role: DistributedComputeHCI, addresses: { storag: 10.8.16.9 } } } }'),
    `${dcn0}.nodes.h-0.addresses.storag`,
    /Did you mean storage\?/,
  ],
  ['no Controller', controlPlane('{ nodes: { s-0: CephStorage } }'), `${cp}.nodes`, /Controller/],
  [
    'two Controllers',
    controlPlane('{ nodes: { c-0: Controller, c-1: Controller, s-0: CephStorage } }'),
    `${cp}.nodes`,
    /one Controller, or three/,
  ],
  [
    'control plane without an OSD',
    controlPlane('{ nodes: { c-0: Controller } }'),
    `${cp}.nodes`,
    /CephStorage or ComputeHCI/,
  ],
  [
    'edge without an OSD',
    edge('{ nodes: { h-0: DistributedCompute } }'),
    `${dcn0}.nodes`,
    /DistributedComputeHCI or CephAll/,
  ],
  [
    'edge without a monitor',
    edge('{ nodes: { h-0: DistributedCompute, e-0: CephStorage } }'),
    `${dcn0}.nodes`,
    /DistributedComputeHCI or CephAll/,
  ],
  [
    'edge without a glance-api',
    edge('{ nodes: { e-0: CephAll } }'),
    `${dcn0}.nodes`,
    /DistributedComputeHCI or DistributedCompute/,
  ],
  [
    'two nodes with etcd',
    edge('{ nodes: { h-0: DistributedComputeHCI, h-1: DistributedCompute } }'),
    `${dcn0}.nodes`,
    /ScaleOut/,
  ],
  [
    'two monitors',
    edge('{ nodes: { h-0: DistributedCompute, e-0: CephAll, e-1: CephAll } }'),
    `${dcn0}.nodes`,
    /without a monitor/,
  ],
  [
    'cluster name with a hyphen',
    edge('{ ceph: { cluster: dcn-0 }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.cluster`,
    /letters and digits only/,
  ],
  [
    'site name that no cluster can have',
    edge('{ nodes: { h-0: DistributedComputeHCI } }', 'edge-0'),
    'glance-dcn:sites.edge-0',
    /cluster: edge0/,
  ],
  [
    'one cluster name twice',
    edge('{ ceph: { cluster: central }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.cluster`,
    /no other site has/,
  ],
  [
    'one store id twice',
    edge('{ ceph: { store: central }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.store`,
    /no other site has/,
  ],
  [
    'store id that Glance keeps',
    edge('{ ceph: { store: os_glance_dcn0 }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.store`,
    /another id/,
  ],
  [
    'store id with a blank',
    edge("{ ceph: { store: 'dcn 0' }, nodes: { h-0: DistributedComputeHCI } }"),
    `${dcn0}.ceph.store`,
    /letters, digits/,
  ],
  [
    'site called as the central store',
    labText({
      controlPlane: '{ ceph: { store: dcn0 }, nodes: { c-0: Controller, s-0: CephStorage } }',
      edges: '    dcn0: { ceph: { store: other }, nodes: { h-0: DistributedComputeHCI } }\n',
    }),
    dcn0,
    /another name/,
  ],
  [
    'device that is no path',
    edge('{ ceph: { devices: [vdb] }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.devices[0]`,
    /\/dev\/vdb/,
  ],
  [
    'no device',
    edge('{ ceph: { devices: [] }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.devices`,
    /at least one/,
  ],
  [
    'a device twice',
    edge('{ ceph: { devices: [/dev/vdb, /dev/vdb] }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.devices`,
    /Take one of them out/,
  ],
  [
    'more copies than hosts',
    controlPlane('{ ceph: { poolSize: 3 }, nodes: { c-0: Controller, s-0: CephStorage, s-1: CephStorage } }'),
    `${cp}.ceph.poolSize`,
    /at most 2/,
  ],
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
  [
    'unknown network',
    rest('glance-dcn:networks: { storrage: {} }'),
    'glance-dcn:networks.storrage',
    /Did you mean storage\?/,
  ],
  [
    'parameter that is no name',
    edge('{ parameters: { nova-foo: 1 }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.parameters.nova-foo`,
    /CamelCase/,
  ],
  [
    'parameter that the project sets',
    edge('{ parameters: { GlanceBackendID: x }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.parameters.GlanceBackendID`,
    /ceph: \{ store/,
  ],
  [
    'parameter that node provision sets',
    edge('{ parameters: { DistributedComputeHCICount: 2 }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.parameters.DistributedComputeHCICount`,
    /Take it out/,
  ],
  [
    'password among the parameters',
    edge('{ parameters: { AdminPassword: hush }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.parameters.AdminPassword`,
    /mode 0600/,
  ],
  [
    'environment by a relative path',
    edge('{ environments: [extra.yaml], nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.environments[0]`,
    /from \/ on/,
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
    'image without a source',
    rest('glance-dcn:images: { x: { format: raw } }'),
    'glance-dcn:images.x.source',
    /file, url, made/,
  ],
  [
    'image from two sources',
    rest('glance-dcn:images: { x: { source: { file: x, url: https://x/y } } }'),
    'glance-dcn:images.x.source.url',
    /Known here|Did you mean/,
  ],
  [
    'image from an FTP server',
    rest('glance-dcn:images: { x: { source: { url: ftp://x/y } } }'),
    'glance-dcn:images.x.source.url',
    /https:/,
  ],
  [
    'image with a short checksum',
    rest('glance-dcn:images: { x: { source: { url: https://x/y, sha256: abc } } }'),
    'glance-dcn:images.x.source.sha256',
    /64/,
  ],
  [
    'image of no size',
    rest('glance-dcn:images: { x: { source: { made: { sizeMiB: 0, seed: a } } } }'),
    'glance-dcn:images.x.source.made.sizeMiB',
    /from 1 to/,
  ],
  [
    'image of an unknown format',
    rest('glance-dcn:images: { x: { source: { file: x }, format: vmdk } }'),
    'glance-dcn:images.x.format',
    /raw, qcow2/,
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

test('the lab that the cases change is valid', () => {
  expect(faultsOf(labText())).toEqual([]);
});

test.each(cases)('%s', (_, text, path, remedy) => {
  const faults = faultsOf(text);
  expect(faults.map((fault) => fault.path)).toEqual([path]);
  expect(faults[0]!.remedy).toMatch(remedy);
  expect(faults[0]!.message).not.toBe('');
});

test('a lab is not called anything', () => {
  expect(faultsOf(labText(), 'my-lab')).toEqual([
    expect.objectContaining({
      value: 'my-lab',
      remedy: expect.stringContaining('Pulumi.<lab>.yaml') as unknown,
    }),
  ]);
});

test('many faults come together, with their lines, in the order of the file', () => {
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

test('what other programs keep in the file is left alone', () => {
  const text = `encryptionsalt: v1:abc\n${labText({ rest: '  aws:region: x\n  pulumi:disable-default-providers: [x]\n' })}`;
  expect(faultsOf(text)).toEqual([]);
});

test('misspelling the control plane does not bring up faults about its nodes', () => {
  const text = labText().replace('control-plane', 'control-plain');
  expect(faultsOf(text).map((fault) => fault.path)).toEqual(['glance-dcn:sites.control-plain']);
});

import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseLab, planSite } from '../../model';
import { hostKeyOf, publicKey } from '../hostKeys';
import { type Case, faultsOf, labText, testCases } from './labs';

const undercloud = `{ host: uc.example.org, hostKey: ${hostKeyOf('uc')}, privateKeyFile: ~/.ssh/id_ed25519 }`;
const nodes = {
  'c-0': `role: Controller, hostKey: ${hostKeyOf('c0')}`,
  's-0': `role: CephStorage, hostKey: ${hostKeyOf('s0')}`,
};
const ecdsa = publicKey('ecdsa-sha2-nistp256', 'nistp256', Buffer.alloc(65, 4));
const edge = `role: DistributedComputeHCI, hostKey: ${ecdsa}, user: cloud-user`;

/** A lab file of existing hosts, valid except for the given values. */
function existing({ node = edge, reach = undercloud, ceph = nodes['s-0'] } = {}): string {
  return labText({
    controlPlane: `{ nodes: { c-0: { ${nodes['c-0']} }, s-0: { ${ceph} } } }`,
    edges: `    dcn0: { nodes: { h-0: { ${node} } } }\n`,
    rest: `  glance-dcn:provisioner: existing\n  glance-dcn:undercloud: ${reach}\n`,
  });
}

const h0 = 'glance-dcn:sites.dcn0.nodes.h-0';
const without = (key: RegExp) => existing({ reach: undercloud.replace(key, '') });
const cases: Case[] = [
  ['no host of the undercloud', without(/host: [^,]*, /), 'glance-dcn:undercloud.host', /only the sandbox/],
  [
    'no host key of the undercloud',
    without(/hostKey: [^,]*, /),
    'glance-dcn:undercloud.hostKey',
    /ssh-keyscan/,
  ],
  [
    'no private key for the undercloud',
    without(/, privateKeyFile: [^ ]*/),
    'glance-dcn:undercloud.privateKeyFile',
    /private key/,
  ],
  [
    'fingerprint instead of the undercloud’s host key',
    existing({ reach: undercloud.replace(hostKeyOf('uc'), 'SHA256:abc') }),
    'glance-dcn:undercloud.hostKey',
    /ssh-keyscan/,
  ],
  [
    'no host key of the bastion',
    existing({ reach: undercloud.replace(' }', ', bastion: { host: gate, user: ops } }') }),
    'glance-dcn:undercloud.bastion.hostKey',
    /ssh-keyscan/,
  ],
  [
    'no host key',
    existing({ node: 'role: DistributedComputeHCI' }),
    h0,
    /hostKey: … \} with what `ssh-keyscan/,
  ],
  [
    'misspelt host key, which is not missing, too',
    existing({ node: edge.replace('hostKey', 'hostkey') }),
    `${h0}.hostkey`,
    /Did you mean hostKey\?/,
  ],
  [
    'misspelt host key of the undercloud',
    existing({ reach: undercloud.replace('hostKey', 'hostkey') }),
    'glance-dcn:undercloud.hostkey',
    /Did you mean hostKey\?/,
  ],
  [
    'host key of an unknown type',
    existing({ node: edge.replace(/hostKey: \S+/, 'hostKey: dsa') }),
    `${h0}.hostKey`,
    /AAAA…/,
  ],
  [
    'invalid name of a user',
    existing({ node: edge.replace('cloud-user', '"Cloud user"') }),
    `${h0}.user`,
    /login name/,
  ],
  [
    'one host key for two hosts',
    existing({ ceph: nodes['s-0'].replace(hostKeyOf('s0'), hostKeyOf('c0')) }),
    'glance-dcn:sites.control-plane.nodes.s-0.hostKey',
    /ssh-keygen -A/,
  ],
  [
    'one address for two hosts',
    existing({ ceph: `${nodes['s-0']}, addresses: { storage: 10.8.0.10 }` }),
    'glance-dcn:sites.control-plane.nodes.s-0.addresses.storage',
    /no other node/,
  ],
  [
    'virtual address of the plan that is the undercloud’s',
    existing({ reach: undercloud.replace('uc.example.org', '10.0.0.5') }),
    'glance-dcn:sites.control-plane.networks.ctlplane.vip',
    /Write vip: …/,
  ],
  [
    'address of a node that is the undercloud’s',
    existing({ reach: undercloud.replace('uc.example.org', '10.0.0.30') }),
    'glance-dcn:sites.control-plane.nodes.s-0.addresses.ctlplane',
    /Write ctlplane: …/,
  ],
  [
    'address outside the site’s subnet',
    existing({ node: `${edge}, addresses: { ctlplane: 10.0.0.70 }` }),
    `${h0}.addresses.ctlplane`,
    /10\.0\.16\.0\/24/,
  ],
  [
    'address of the gateway',
    existing({ node: `${edge}, addresses: { ctlplane: 10.0.16.1 }` }),
    `${h0}.addresses.ctlplane`,
    /another address in 10\.0\.16\.0\/24/,
  ],
  [
    'host key of a host that the sandbox makes',
    labText({
      edges: `    dcn0: { nodes: { h-0: { role: DistributedComputeHCI, hostKey: ${hostKeyOf('h0')} } } }\n`,
    }),
    `${h0}.hostKey`,
    /provisioner: existing/,
  ],
  [
    'misspelt provisioner',
    existing().replace(': existing', ': exsting'),
    'glance-dcn:provisioner',
    /existing/,
  ],
];

testCases(cases);

test.each([
  ['ed25519', hostKeyOf('h-0')],
  ['ecdsa', ecdsa],
  ['ecdsa of 521 bits', publicKey('ecdsa-sha2-nistp521', 'nistp521', Buffer.alloc(133, 4))],
  ['rsa', publicKey('ssh-rsa', Buffer.from([1, 0, 1]), Buffer.alloc(385, 1))],
])('each place takes a whole host key, and refuses part of one: %s', (_, key) => {
  const keys = (text: string) =>
    existing({
      node: edge.replace(ecdsa, text),
      reach: undercloud
        .replace(hostKeyOf('uc'), text)
        .replace(' }', `, bastion: { host: gate, user: ops, hostKey: ${text} } }`),
    });
  const [type = '', blob = ''] = key.split(' ');
  const bytes = Buffer.from(blob, 'base64');
  expect(faultsOf(keys(key))).toEqual([]);
  for (const broken of [
    `${type} ${blob.slice(0, -4)}`,
    `${type} ${blob.slice(0, 3)}`,
    `${type} ${bytes.subarray(0, -3).toString('base64')}`,
    `${type} ${Buffer.concat([bytes, bytes.subarray(0, 4)]).toString('base64')}`,
    `${type === 'ssh-rsa' ? 'ssh-ed25519' : 'ssh-rsa'} ${blob}`,
  ]) {
    const faults = faultsOf(keys(broken));
    expect(faults.map(({ path }) => path).sort()).toEqual([
      `${h0}.hostKey`,
      'glance-dcn:undercloud.bastion.hostKey',
      'glance-dcn:undercloud.hostKey',
    ]);
    for (const { value, message, remedy } of faults) {
      expect(value).toBe(broken);
      expect(message).toContain('is not a whole public host key');
      expect(remedy).toContain('`ssh-keyscan -t ed25519 HOST`');
    }
  }
});

test('all missing keys of a lab of existing hosts are reported at once', () => {
  const faults = faultsOf(labText({ rest: '  glance-dcn:provisioner: existing\n' }));
  expect(faults.map((fault) => fault.path).sort()).toEqual([
    'glance-dcn:sites.control-plane.nodes.c-0',
    'glance-dcn:sites.control-plane.nodes.s-0',
    h0,
    'glance-dcn:undercloud.host',
    'glance-dcn:undercloud.hostKey',
    'glance-dcn:undercloud.privateKeyFile',
  ]);
});

test('the plan has each host’s user and key; the default user is tripleo-admin', () => {
  const lab = parseLab('dev', existing());
  expect(planSite(lab, 'dcn0').nodes[0]?.login).toEqual({
    user: 'cloud-user',
    hostKey: ecdsa,
  });
  expect(planSite(lab, 'control-plane').nodes[0]?.login).toEqual({
    user: 'tripleo-admin',
    hostKey: hostKeyOf('c0'),
  });
});

test('the example names the schema for editors', () => {
  const file = path.resolve(__dirname, '../../examples/existing/Pulumi.existing.yaml');
  const [, schema] = /\$schema=(\S+)\n/.exec(fs.readFileSync(file, 'utf8')) ?? [];
  expect(fs.existsSync(path.resolve(path.dirname(file), String(schema)))).toBe(true);
});

import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseLab, planSite } from '../../model';
import { type Case, faultsOf, labText, testCases } from './labs';

const undercloud = '{ host: uc.example.org, hostKey: ssh-ed25519 AAAAuc, privateKeyFile: ~/.ssh/id_ed25519 }';
const nodes = {
  'c-0': 'role: Controller, hostKey: ssh-ed25519 AAAAc0',
  's-0': 'role: CephStorage, hostKey: ssh-ed25519 AAAAs0',
};
const edge = 'role: DistributedComputeHCI, hostKey: ecdsa-sha2-nistp256 AAAAh0, user: cloud-user';

/** A lab file of hosts that exist, valid but for what is given. */
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
  ['undercloud nowhere', without(/host: [^,]*, /), 'glance-dcn:undercloud.host', /only the sandbox/],
  ['undercloud unknown', without(/hostKey: [^,]*, /), 'glance-dcn:undercloud.hostKey', /ssh-keyscan/],
  [
    'no key for it',
    without(/, privateKeyFile: [^ ]*/),
    'glance-dcn:undercloud.privateKeyFile',
    /private key/,
  ],
  [
    'key of the undercloud that is a fingerprint',
    existing({ reach: undercloud.replace('ssh-ed25519 AAAAuc', 'SHA256:abc') }),
    'glance-dcn:undercloud.hostKey',
    /ssh-keyscan/,
  ],
  [
    'bastion unknown',
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
    'host key that is none',
    existing({ node: edge.replace(/hostKey: \S+/, 'hostKey: dsa') }),
    `${h0}.hostKey`,
    /AAAA…/,
  ],
  [
    'user that is none',
    existing({ node: edge.replace('cloud-user', '"Cloud user"') }),
    `${h0}.user`,
    /login name/,
  ],
  [
    'one host twice',
    existing({ ceph: nodes['s-0'].replace('AAAAs0', 'AAAAc0') }),
    'glance-dcn:sites.control-plane.nodes.s-0.hostKey',
    /ssh-keygen -A/,
  ],
  [
    'address twice',
    existing({ ceph: `${nodes['s-0']}, addresses: { storage: 10.8.0.10 }` }),
    'glance-dcn:sites.control-plane.nodes.s-0.addresses.storage',
    /no other node/,
  ],
  [
    'address elsewhere',
    existing({ node: `${edge}, addresses: { ctlplane: 10.0.0.70 }` }),
    `${h0}.addresses.ctlplane`,
    /10\.0\.16\.0\/24/,
  ],
  [
    'address of the gateway',
    existing({ node: `${edge}, addresses: { ctlplane: 10.0.16.1 }` }),
    `${h0}.addresses.ctlplane`,
    /10\.0\.16\.6 to 10\.0\.16\.199/,
  ],
  [
    'host key of a host that the sandbox makes',
    labText({
      edges: '    dcn0: { nodes: { h-0: { role: DistributedComputeHCI, hostKey: ssh-ed25519 AAAA } } }\n',
    }),
    `${h0}.hostKey`,
    /provisioner: existing/,
  ],
  [
    'provisioner misspelt',
    existing().replace(': existing', ': exsting'),
    'glance-dcn:provisioner',
    /existing/,
  ],
];

testCases(cases);

test('all that is missing of a lab of existing hosts is told at once', () => {
  const faults = faultsOf(labText({ rest: '  glance-dcn:provisioner: existing\n' }));
  expect(faults.map(({ path: place }) => place).sort()).toEqual([
    'glance-dcn:sites.control-plane.nodes.c-0',
    'glance-dcn:sites.control-plane.nodes.s-0',
    h0,
    'glance-dcn:undercloud.host',
    'glance-dcn:undercloud.hostKey',
    'glance-dcn:undercloud.privateKeyFile',
  ]);
});

test('the plan has how each host is entered, and TripleO’s own user where none is written', () => {
  const lab = parseLab('dev', existing());
  expect(planSite(lab, 'dcn0').nodes[0]?.login).toEqual({
    user: 'cloud-user',
    hostKey: 'ecdsa-sha2-nistp256 AAAAh0',
  });
  expect(planSite(lab, 'control-plane').nodes[0]?.login).toEqual({
    user: 'tripleo-admin',
    hostKey: 'ssh-ed25519 AAAAc0',
  });
});

test('the example names the schema for editors', () => {
  const file = path.resolve(__dirname, '../../examples/existing/Pulumi.existing.yaml');
  const [, schema] = /\$schema=(\S+)\n/.exec(fs.readFileSync(file, 'utf8')) ?? [];
  expect(fs.existsSync(path.resolve(path.dirname(file), String(schema)))).toBe(true);
});

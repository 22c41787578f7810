import { type LabFileError, parseLab } from '../../model';
import { harmlessParameters, secretParameters } from '../secretParameters';
import { faultsOf, labText, smallEdge } from './labs';

/* Secrets that stand where a lab file can have one: each is refused at its place, and no message shows it. */

/** A secret outside of the parameters, a line of the lab file with it, and the path of its first fault. */
const elsewhere: [secret: string, line: string, path: string, remedy: RegExp][] = [
  [
    'hush-41',
    'glance-dcn:images: { x: { source: { url: "https://me:hush-41@example.com/x" } } }',
    'glance-dcn:images.x.source.url',
    /file: …/,
  ],
  [
    'hush-42',
    'glance-dcn:images: { x: { source: { url: "https://example.com/x?X-Amz-Date=1&X-Amz-Signature=hush-42" } } }',
    'glance-dcn:images.x.source.url',
    /file: …/,
  ],
  [
    'hush-43',
    'glance-dcn:images: { x: { source: { url: "https://example.com/x?token=hush-43" } } }',
    'glance-dcn:images.x.source.url',
    /file: …/,
  ],
  [
    'hush-44',
    'glance-dcn:images: { x: { source: { url: "ftp://me:hush-44@example.com/x" } } }',
    'glance-dcn:images.x.source.url',
    /file: …/,
  ],
  [
    'hush-45',
    'glance-dcn:undercloud: { privateKeyFile: "-----BEGIN PRIVATE KEY----- hush-45" }',
    'glance-dcn:undercloud.privateKeyFile',
    /a file that only you may read/,
  ],
  [
    'hush-46',
    'glance-dcn:undercloud: { host: "ssh://stack:hush-46@director" }',
    'glance-dcn:undercloud.host',
    /file/,
  ],
];

/** A secret of Pulumi or its plugins, the file with it, and the path of its fault. */
const beside: [secret: string, change: (text: string) => string, path: string][] = [
  [
    'hush-61',
    (text) => text.replace('config:\n', 'config:\n  openstack:password: hush-61\n'),
    'openstack:password',
  ],
  [
    'hush-62',
    (text) => text.replace('config:\n', 'config:\n  openstack:applicationCredentialSecret: hush-62\n'),
    'openstack:applicationCredentialSecret',
  ],
  [
    'hush-63',
    (text) => text.replace('config:\n', 'config:\n  x:deep: { list: [{ token: hush-63 }] }\n'),
    'x:deep.list[0].token',
  ],
  ['hush-64', (text) => `environment: { OS_PASSWORD: hush-64 }\n${text}`, 'environment.OS_PASSWORD'],
];

test.each(beside)('%s of Pulumi or a plugin is refused', (secret, change, path) => {
  const text = change(labText());
  expect(faultsOf(text)).toEqual([
    expect.objectContaining({
      path,
      remedy: expect.stringMatching(/a file that only you may read/) as string,
    }),
  ]);
  expect(messageOf(text)).not.toContain(secret);
});

test('a value that Pulumi has encrypted is accepted', () => {
  const line = 'config:\n  openstack:password: { secure: v1:abcdefghijklmnop:qrstuvwxyz }\n';
  expect(faultsOf(labText().replace('config:\n', line))).toEqual([]);
});

const edge = (parameters: string): string =>
  labText({ edges: `    dcn0: { parameters: ${parameters}, nodes: { h-0: DistributedComputeHCI } }\n` });

function messageOf(text: string): string {
  try {
    parseLab('dev', text);
    return '';
  } catch (error) {
    return (error as LabFileError).message;
  }
}

test.each(secretParameters)('%s among the parameters is refused', (secret, parameters, path) => {
  const faults = faultsOf(edge(parameters));
  expect(faults.map((fault) => fault.path)).toEqual([`glance-dcn:sites.dcn0.parameters.${path}`]);
  expect(faults[0]!.remedy).toMatch(/file of mode 0600 on the undercloud/);
  expect(messageOf(edge(parameters))).not.toContain(secret);
});

test.each(elsewhere)('%s in another value is refused', (secret, line, path, remedy) => {
  const text = labText({ rest: `  ${line}\n` });
  const faults = faultsOf(text);
  expect(faults[0]).toMatchObject({ path, remedy: expect.stringMatching(remedy) as string });
  expect(messageOf(text)).not.toContain(secret);
});

test('a message about another fault shows no secret of the value', () => {
  for (const parameters of [
    '[{ AdminPassword: hush-51 }]',
    '{ nova_password: hush-52, CephClientConfigVars: { password: hush-53 } }',
    '{ GlanceBackend: { RhsmVars: { rhsm_password: hush-54 } } }',
    '{ AdminPassword: *hush-55 }',
    '\n        AdminPassword: |hush-56',
  ]) {
    expect(messageOf(edge(parameters))).toMatch(/fault/);
    expect(messageOf(edge(parameters))).not.toMatch(/hush/);
  }
});

test('names and values that are no secrets are accepted', () => {
  const edges = `    dcn0:\n      nodes: { h-0: DistributedComputeHCI }\n      parameters:${harmlessParameters}`;
  expect(faultsOf(labText({ edges }))).toEqual([]);
  const images = `  glance-dcn:images: { my-token: { source: { generated: { sizeMiB: 1, seed: a } }, sites: [dcn0] } }\n`;
  expect(faultsOf(labText({ edges: smallEdge, rest: images }))).toEqual([]);
});

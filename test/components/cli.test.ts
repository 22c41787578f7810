import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { filesUnder } from '../../lib/filesUnder';
import { projectRoot } from '../../lib/paths';
import { consent } from '../../stacks/consent';
import { ensureToolchain } from '../../toolchain/toolchain';
import { planted, secretTexts } from '../kit/secretForms';
import { until } from '../kit/undercloud';
import { withoutServers } from '../shipped';
import { FakeUndercloud } from './fakeUndercloud';

/*
 * The program under the real CLI and command provider of the tool chain, with the real kit over a real SSH connection.
 * Stand-ins: `openstack`, hosts (`./dcn sandbox node`), and those of FakeUndercloud.
 */

jest.setTimeout(15 * 60_000);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-cli-'));
const project = path.join(folder, 'project');
const labFile = path.join(folder, 'Pulumi.dev.yaml');
const undercloud = new FakeUndercloud();
const env: NodeJS.ProcessEnv = {
  PULUMI_BACKEND_URL: `file://${folder}/state`,
  PULUMI_CONFIG_PASSPHRASE: 'test',
  GLANCE_DCN_STATE: path.join(folder, 'lab-state'),
};
const shipped = withoutServers(fs.readFileSync(path.join(projectRoot, 'Pulumi.dev.yaml'), 'utf8'));

/** A stand-in for `./dcn sandbox node`, which succeeds for every host. */
const dcn = `#!/bin/sh
shift 2
echo "$*" >> ${folder}/dcn.log
[ "$3" = create ] && echo "{\\"instanceId\\":\\"id-of-$4\\",\\"hostKey\\":\\"ssh-ed25519 AAAA\\"}"
exit 0
`;

/** All outputs of `pulumi`. */
const printed: string[] = [];

/** Every call of the fake `openstack` prints secrets of each form, and one that stands in TripleO's file alone. */
function plantSecrets(): void {
  const passwords = 'overcloud-deploy/dcn0/dcn0-passwords.yaml';
  undercloud.kit.write(passwords, 'parameter_defaults: { P: hushhushOfTripleO }\n');
  undercloud.kit.write('planted', `${['it was hushhushOfTripleO', ...secretTexts('')].join('\n')}\n`);
  [passwords, 'planted'].forEach((file) => fs.chmodSync(undercloud.kit.path(file), 0o600));
  undercloud.kit.behave(`${undercloud.kit.read('behave')}\ncat ~/planted; cat ~/planted >&2`);
}

async function pulumi(...args: string[]): Promise<string> {
  const { all, exitCode } = await execa('pulumi', [...args, '--non-interactive', '--color', 'never'], {
    cwd: project,
    env,
    reject: false,
    all: true,
  });
  printed.push(all ?? '');
  return `${all}\nexit ${exitCode}`;
}
const up = (stack: string) => pulumi('up', '-s', stack, '--yes', '--skip-preview');
const preview = (...stacks: string[]) =>
  Promise.all(stacks.map((stack) => pulumi('preview', '-s', stack, '--diff')));
const writeLab = (change = (text: string) => text) => fs.writeFileSync(labFile, change(lab));
const state = (stack: string) =>
  fs.readFileSync(path.join(folder, 'state/.pulumi/stacks/glance-dcn', `${stack}.json`), 'utf8');

/** A process and its descendants, itself first. */
function descendants(pid: number): number[] {
  const { stdout } = execa.sync('ps', ['-e', '-o', 'pid=,ppid=']);
  const pairs = stdout.split('\n').map((line) => line.trim().split(/ +/).map(Number) as [number, number]);
  const below = (parent: number): number[] => [
    parent,
    ...pairs.filter(([, of]) => of === parent).flatMap(([child]) => below(child)),
  ];
  return below(pid);
}
const unchanged = /Resources:\n +\d+ unchanged\n/;
let lab: string;

beforeAll(async () => {
  const { bin } = await ensureToolchain((line) => process.stderr.write(`${line}\n`));
  env.PATH = `${bin}:${process.env.PATH}`;
  fs.mkdirSync(project);
  for (const name of [
    'Pulumi.yaml',
    'package.json',
    'node_modules',
    'index.ts',
    'stacks',
    'components',
    'kit',
    'model',
    'lib',
    'toolchain',
  ]) {
    fs.symlinkSync(path.join(projectRoot, name), path.join(project, name));
  }
  fs.writeFileSync(path.join(project, 'dcn'), dcn, { mode: 0o755 });
  fs.mkdirSync(path.join(folder, 'state'));
  plantSecrets();
  fs.writeFileSync(path.join(folder, 'key'), undercloud.privateKey, { mode: 0o600 });
  const access = {
    port: await undercloud.listen(),
    home: undercloud.kit.home,
    hostKey: undercloud.hostKey,
    privateKeyFile: `${folder}/key`,
  };
  lab = shipped.replace('config:\n', `config:\n  glance-dcn:undercloud: ${JSON.stringify(access)}\n`);
  writeLab();
});
afterAll(async () => {
  await undercloud.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function init(stack: string): Promise<void> {
  await pulumi('stack', 'init', stack);
  await pulumi('config', 'set', 'glance-dcn:lab', labFile, '-s', stack);
}

test('an error in one sentence names the missing stack that a stack builds on', async () => {
  await init('dev-control-plane');
  const output = await up('dev-control-plane');
  expect(output).toContain(
    'error: Stack dev, which this one builds on, is not there: bring it up first with `pulumi up -s dev`.\n',
  );
  expect(output).not.toMatch(/^ +at /m);
  await init('dev');
  expect(await up('dev-control-plane')).toContain(
    'is not completely up: bring it up first with `pulumi up -s dev`.\n',
  );
});

test('all faults of a lab file are one message', async () => {
  writeLab((text) =>
    text
      .replace('oc0-ceph-4: Distributed', 'oc0-ceph-4: Distribted')
      .replace('cluster: central', 'cluster: c-1'),
  );
  const output = await up('dev');
  writeLab();
  expect(output).toContain('The lab file of dev has 2 faults; nothing was touched.');
  expect(output).not.toMatch(/^ +at /m);
  expect(undercloud.connections).toBe(0);
});

test('the preview of a new site shows its documents', async () => {
  expect(await up('dev')).toMatch(/exit 0$/);
  const [output] = await preview('dev-control-plane');
  expect(output).toMatch(/exit 0$/);
  expect(output).toMatch(/^ +GlanceBackendID *: "?central/m);
});

test('the lab comes up, its edge sites at the same time', async () => {
  expect(await up('dev-control-plane')).toMatch(/exit 0$/);
  const edges = await Promise.all(
    ['dev-dcn0', 'dev-dcn1'].map(async (stack) => {
      await init(stack);
      return up(stack);
    }),
  );
  edges.forEach((output) => expect(output).toMatch(/exit 0$/));
  expect(
    undercloud.kit.calls(/^overcloud deploy .*--stack control-plane .*--config-download-only/),
  ).toHaveLength(2);
  for (const step of ['node-provision', 'overcloud-config']) {
    expect(undercloud.kit.runs(`dcn0/${step}`)).toBe(1);
  }
});

test('a preview and an update without changes make no connection', async () => {
  const before = undercloud.connections;
  const outputs = await Promise.all(
    ['dev', 'dev-control-plane', 'dev-dcn0'].map((stack) => pulumi('up', '-s', stack, '--yes')),
  );
  for (const output of outputs) {
    const [planned, done] = output.split(/^Updating/m);
    expect(planned).toMatch(unchanged);
    expect(done).toMatch(unchanged);
  }
  expect(undercloud.connections).toBe(before);
});

test('the preview of a changed parameter of dcn0 shows its line, and no change of another stack', async () => {
  writeLab((text) => text.replace('dcn0: {', 'dcn0: { parameters: { NovaReservedHostMemory: 4096 },'));
  const [changed, ...others] = await preview('dev-dcn0', 'dev', 'dev-control-plane', 'dev-dcn1');
  writeLab();
  expect(changed).toMatch(/^ +\+ +.*NovaReservedHostMemory: 4096/m);
  expect(changed).toContain('~ 3 to update');
  others.forEach((output) => expect(output).toMatch(unchanged));
});

test('a node with a changed plan is replaced; the steps on it run again and are not undone', async () => {
  writeLab((text) => text.replace('dcn0: {', 'dcn0: { ceph: { devices: [/dev/vdb, /dev/vdc] },'));
  const output = await pulumi('preview', '-s', 'dev-dcn0');
  writeLab();
  expect(output).toMatch(/command:local:Command oc0-ceph-4 replace/);
  expect(output).toContain('+-1 to replace');
  expect(output).not.toMatch(/command:remote:Command \S+ (replace|delete)/);
});

test('a new site changes no other stack', async () => {
  writeLab((text) =>
    text.replace(
      '  glance-dcn:images:',
      '    dcn2: { nodes: { oc0-ceph-6: DistributedComputeHCI } }\n  glance-dcn:images:',
    ),
  );
  const others = await preview('dev', 'dev-control-plane', 'dev-dcn0');
  writeLab();
  others.forEach((output) => expect(output).toMatch(unchanged));
});

test('a failed step is reported with its last lines, without the key; the next up continues with it', async () => {
  writeLab((text) => text.replace('dcn0: {', 'dcn0: { parameters: { NovaReservedHostMemory: 4096 },'));
  const behaviour = undercloud.kit.read('behave');
  undercloud.kit.behave(
    `${behaviour}\n[[ $all == *--config-download-only* ]] && { echo 'TASK failed: no space'; exit 1; }`,
  );
  const failed = await up('dev-dcn0');
  undercloud.kit.behave(behaviour);
  expect(failed).toContain('TASK failed: no space');
  expect(failed).toContain('dcn0-overcloud-config');
  expect(failed).not.toContain('PRIVATE KEY');
  undercloud.calls.splice(0);
  expect(await up('dev-dcn0')).toMatch(/exit 0$/);
  expect(undercloud.calls.map(({ stdin }) => /^(?:job|site): .*/m.exec(stdin)?.[0])).toEqual([
    'job: dcn0/overcloud-config',
    'site: dcn0',
  ]);
  writeLab();
});

test('a job survives a killed pulumi, and the next up joins it', async () => {
  writeLab((text) => text.replace('dcn0: {', 'dcn0: { parameters: { NovaReservedHostMemory: 8192 },'));
  const behaviour = undercloud.kit.read('behave');
  const hold = path.join(folder, 'hold');
  fs.writeFileSync(hold, '');
  undercloud.kit.behave(
    `${behaviour}\n[[ $all == *dcn0*--config-download-only* ]] && while [[ -e ${hold} ]]; do sleep 0.1; done\n:`,
  );
  const before = undercloud.kit.runs('dcn0/overcloud-config');
  const killed = execa('pulumi', ['up', '-s', 'dev-dcn0', '--yes', '--skip-preview', '--non-interactive'], {
    cwd: project,
    env,
    reject: false,
  });
  await until(() => undercloud.kit.runs('dcn0/overcloud-config') > before, 'the job', 120);
  descendants(killed.pid as number).forEach((pid) => process.kill(pid, 'SIGKILL'));
  await killed;
  await pulumi('cancel', '--yes', '-s', 'dev-dcn0');
  expect(undercloud.kit.record('dcn0/overcloud-config').state).toBe('running');
  const joined = 'is under way since';
  const next = up('dev-dcn0');
  await until(() => undercloud.calls.some(({ stderr }) => stderr.includes(joined)), 'the next up', 120);
  fs.rmSync(hold);
  const output = await next;
  undercloud.kit.behave(behaviour);
  writeLab();
  expect(output).toMatch(/exit 0$/);
  expect(output).toContain(joined);
  expect(undercloud.kit.runs('dcn0/overcloud-config')).toBe(before + 1);
});

test('a node that is gone from the lab file is drained first, only with consent, and its host goes last', async () => {
  const scaleOuts = ['oc0-ceph-6', 'oc0-ceph-7', 'oc0-ceph-8'].map(
    (name) => `, ${name}: DistributedComputeHCIScaleOut`,
  );
  const withNodes = (more: string[]) =>
    writeLab((text) => text.replace('HCI } }', `HCI${more.join('')} } }`));
  withNodes(scaleOuts);
  expect(await up('dev-dcn0')).toMatch(/exit 0$/);
  withNodes(scaleOuts.slice(0, 2));
  undercloud.calls.splice(0);
  const refused = await up('dev-dcn0');
  expect(refused).toContain('nodes.oc0-ceph-8: is gone.');
  expect(refused).toContain('Site dcn0 was not touched. To take oc0-ceph-8 out of it: ./dcn');
  expect(undercloud.calls).toEqual([]);
  const [previewed] = await preview('dev-dcn0');
  expect(previewed).toMatch(/\+ command:remote:Command: \(create\)\n +\[urn=\S*dcn0-leaving\]/);
  Object.assign(env, consent);
  expect(await up('dev-dcn0')).toMatch(/exit 0$/);
  Object.keys(consent).forEach((name) => delete env[name]);
  const steps = undercloud.calls.map(({ verb, stdin }) => /^job: (.*)/m.exec(stdin)?.[1] ?? verb);
  expect(steps[0]).toBe('nodes drain');
  expect(steps).toContain('dcn0/node-provision');
  expect(undercloud.calls[0]?.command).toContain(
    'nodes drain oc0-ceph-8 --site dcn0 --stack dcn0 --cluster dcn0',
  );
  expect(fs.readFileSync(path.join(folder, 'dcn.log'), 'utf8')).toMatch(/node destroy oc0-ceph-8\n$/);
  undercloud.calls.splice(0);
  expect(await up('dev-dcn0')).toMatch(/exit 0$/);
  expect(undercloud.calls).toEqual([]);
  expect(state('dev-dcn0')).not.toContain('dcn0-leaving');
  writeLab();
});

test('no state has the key in clear text', () => {
  const inside = undercloud.privateKey.split('\n')[2] as string;
  for (const stack of ['dev', 'dev-control-plane', 'dev-dcn0']) {
    expect(state(stack)).not.toContain(inside);
    expect(state(stack)).toContain('"ciphertext"');
  }
});

test('destroying a site that failed half way also undoes steps that its state does not have', async () => {
  await init('dev-dcn2');
  writeLab((text) =>
    text.replace(
      '  glance-dcn:images:',
      '    dcn2: { nodes: { oc0-ceph-6: DistributedComputeHCI } }\n  glance-dcn:images:',
    ),
  );
  const behaviour = undercloud.kit.read('behave');
  undercloud.kit.behave(`${behaviour}\n[[ $all == *'node provision'*dcn2* ]] && exit 1`);
  expect(await up('dev-dcn2')).toContain('dcn2-node-provision');
  undercloud.kit.behave(behaviour);
  writeLab();
  expect(await pulumi('destroy', '-s', 'dev-dcn2', '--yes', '--skip-preview')).toMatch(/exit 0$/);
  expect(undercloud.kit.calls(/overcloud node unprovision .*--stack dcn2/)).toHaveLength(1);
  expect(undercloud.kit.record('dcn2/node-provision').state).toBe('gone');
});

test('a site is destroyed from its store to its hosts', async () => {
  undercloud.calls.splice(0);
  fs.rmSync(path.join(folder, 'dcn.log'));
  expect(await pulumi('destroy', '-s', 'dev-dcn1', '--yes', '--skip-preview')).toMatch(/exit 0$/);
  const verbs = undercloud.calls.map(({ verb, stdin }) => /^job: (.*)/m.exec(stdin)?.[1] ?? verb);
  expect(verbs[0]).toBe('stores withdraw');
  expect(verbs.slice(1, 4)).toEqual(['dcn1/overcloud-config', 'dcn1/overcloud-stack', 'dcn1/ceph-deploy']);
  expect(undercloud.kit.calls(/overcloud node unprovision .*--stack dcn1/)).toHaveLength(1);
  expect(fs.readFileSync(path.join(folder, 'dcn.log'), 'utf8')).toContain('sandbox node destroy oc0-ceph-5');
  expect(await up('dev-dcn1')).toMatch(/exit 0$/);
});

test('Pulumi shows, sends and stores none of the secrets that programs of the undercloud print', () => {
  expect(printed.join('').match(planted)).toBeNull();
  const withSecrets = (below: string): string[] =>
    filesUnder(below).filter((file) => fs.readFileSync(file, 'utf8').match(planted));
  expect(withSecrets(folder)).toEqual([]);
  expect(JSON.stringify(undercloud.calls).match(planted)).toBeNull();
  const logs = withSecrets(undercloud.kit.path('dcn'));
  expect(logs.length).toBeGreaterThan(0);
  expect(logs.filter((file) => (fs.statSync(file).mode & 0o077) !== 0)).toEqual([]);
});

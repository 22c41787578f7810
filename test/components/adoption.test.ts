import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { projectRoot } from '../../lib/paths';
import { parseLab, planLab } from '../../model';
import { ensureToolchain } from '../../toolchain/toolchain';
import { layOut } from '../kit/deployedTree';
import { FakeGlance } from '../kit/fakeGlance';
import { until } from '../kit/undercloud';
import { withoutServers } from '../shipped';
import { Checkout, type Ended } from './checkout';
import { FakeUndercloud, writesItsResults } from './fakeUndercloud';

/*
 * Stacks that stand become a lab, and are forgotten again: real CLI, real Pulumi, real kit. Stand-ins: a deployed tree in place of TripleO's
 * deployments (test/kit/deployedTree.ts), `openstack`, Glance, hosts, and those of FakeUndercloud.
 */

jest.setTimeout(8 * 60_000);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-adopt-'));
const labFile = path.join(folder, 'Pulumi.dev.yaml');
const undercloud = new FakeUndercloud();
const { kit } = undercloud;
const glance = new FakeGlance(kit.home);
const stacks = ['dev', 'dev-control-plane', 'dev-dcn0', 'dev-dcn1', 'dev-images'];
let alice: Checkout;
let text: string;

/** Calls of TripleO's verbs that would change something. */
const deploys = (): string[] =>
  kit
    .calls()
    .map(({ words }) => words)
    .filter((words) => !/^(overcloud export|subnet (list|show))/.test(words));
const dcn = (...words: string[]): Promise<Ended> => alice.dcn('--lab', labFile, ...words);
const adopt = (...words: string[]): Promise<Ended> => dcn('import', '--adopt', '--yes', ...words);
const row = (markdown: string, stack: string) =>
  markdown.split('\n').find((line) => line.startsWith(`| ${stack} |`));

async function expectUnchanged(): Promise<void> {
  const { stdout, output, exitCode } = await dcn('preview');
  expect({ exitCode, rows: stacks.map((stack) => row(stdout, stack)), output }).toEqual({
    exitCode: 0,
    rows: stacks.map((stack) => `| ${stack} | unchanged |`),
    output,
  });
}

beforeAll(async () => {
  const { bin } = await ensureToolchain((line) => process.stderr.write(`${line}\n`));
  process.env.PATH = `${bin}:${process.env.PATH}`;
  await glance.open();
  glance.stores = ['central', 'dcn0', 'dcn1'];
  fs.writeFileSync(path.join(folder, 'key'), undercloud.privateKey, { mode: 0o600 });
  const access = {
    port: await undercloud.listen(),
    home: kit.home,
    hostKey: undercloud.hostKey,
    privateKeyFile: `${folder}/key`,
  };
  const shipped = withoutServers(fs.readFileSync(path.join(projectRoot, 'Pulumi.dev.yaml'), 'utf8'));
  text = shipped
    .replace('config:\n', `config:\n  glance-dcn:undercloud: ${JSON.stringify(access)}\n`)
    .replace(/ {2}glance-dcn:images:[^]*/, '');
  fs.writeFileSync(labFile, text);
  await layOut(kit, planLab(parseLab('dev', text)), {
    dcn0: { '/home/stack/own.yaml': { NovaReservedHostMemory: 9000, Debug: true } },
  });
  kit.behave(`${kit.read('behave')}\n${writesItsResults}`);
  alice = new Checkout(path.join(folder, 'alice', 'glance-dcn'), {
    PULUMI_HOME: path.join(folder, 'pulumi-home'),
    GLANCE_DCN_STATE: path.join(folder, 'lab-state'),
  });
});
afterAll(async () => {
  await glance.close();
  await undercloud.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('a lab file that is not that of the stacks is refused with all faults, and nothing is touched', async () => {
  fs.writeFileSync(
    labFile,
    text
      .replace('oc0-ceph-4: DistributedComputeHCI', 'oc0-ceph-6: DistributedComputeHCI')
      .replace('dcn1: { nodes', 'dcn1: { zone: far, nodes'),
  );
  const { output, exitCode } = await adopt('--accept-differences');
  fs.writeFileSync(labFile, text);
  expect(exitCode).toBe(1);
  expect(output).toContain('is not the lab file of what stands.');
  expect(output).toContain(
    'glance-dcn:sites.dcn0.nodes.oc0-ceph-6: stack dcn0 has no host of this name (it has oc0-ceph-4)',
  );
  expect(output).toContain(
    'glance-dcn:sites.dcn1.zone: far: it stands as dcn1, and cannot change in place: write dcn1',
  );
  expect([fs.existsSync(path.join(folder, 'lab-state')), kit.exists('dcn/dev')]).toEqual([false, false]);
});

test('differences that nobody has decided are shown with the words that keep what stands, and refused', async () => {
  const { output, exitCode } = await adopt();
  expect(exitCode).toBe(1);
  expect(output).toContain('dcn0: parameter Debug is true, and the plan does not set this');
  expect(output).toContain('to keep it as it stands: glance-dcn:sites.dcn0.parameters: {"Debug":true}');
  expect(output).toContain('Nothing was changed: these differences are undecided.');
  expect(kit.exists('dcn/dev')).toBe(false);
});

test('an adoption that is killed goes on with the same command; meanwhile nothing can be deployed', async () => {
  const begun = alice.start(process.execPath, [
    path.join(alice.folder, 'cli/start.cjs'),
    ...['--lab', labFile, 'import', '--adopt', '--yes', '--accept-differences'],
  ]);
  const record = 'dcn/dev/jobs/control-plane/network-provision/state.json';
  await until(() => kit.exists(record), 'the first record', 240);
  process.kill(begun.pid, 'SIGKILL');
  await begun.ended;
  const document = kit.read('dcn/dev/jobs/control-plane/network-provision/doc.yaml');
  const lock = kit.path('dcn/dev/adoption.lock');
  await until(() => spawnSync('flock', ['-n', lock, 'true']).status === 0, 'the end of the connection');
  const refused = await kit.kit(
    ['job', 'run'],
    document.replace('limitMinutes:', "after: {x: '1'}\nlimitMinutes:"),
  );
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('lab dev: its adoption was interrupted') as string,
  });
  const { output, exitCode } = await adopt('--accept-differences');
  expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
  expect(output).toContain('Lab dev is adopted');
  expect(deploys()).toEqual([]);
});

test('then it is a lab: previews say unchanged, up runs nothing, stores and jobs are on record', async () => {
  await expectUnchanged();
  const { stdout } = await dcn('status', '--json');
  const status = JSON.parse(stdout) as { undercloud: unknown };
  expect(JSON.stringify(status)).toContain('"store":"dcn1"');
  expect(
    (await kit.json<{ store: string; included: boolean }[]>(['stores', 'list', '--json'])).filter(
      ({ included }) => !included,
    ),
  ).toEqual([]);
  for (const stack of stacks) {
    const { output } = await alice.start('bash', [
      '-c',
      `eval "$("${process.execPath}" cli/start.cjs --lab ${labFile} env)"; pulumi up -s ${stack} --yes --skip-preview --non-interactive --color never`,
    ]).ended;
    expect(output).toMatch(/Resources:\n +\d+ unchanged\n/);
  }
  expect(deploys()).toEqual([]);
  expect((await adopt()).output).toContain('lab dev has records on this undercloud already');
});

test('a changed value is deployed as in any lab', async () => {
  fs.writeFileSync(labFile, text.replace('dcn1: { nodes', 'dcn1: { parameters: { Debug: true }, nodes'));
  const { stdout } = await dcn('preview', 'dev-dcn1');
  fs.writeFileSync(labFile, text);
  expect(row(stdout, 'dev-dcn1')).toMatch(/3 to update/);
});

test('forgotten, the records are gone, and what TripleO wrote stays; then it can be adopted again', async () => {
  const kept = ['dcn/dev/dcn0/deployed-metal-dcn0.yaml', 'dcn/dev/control-plane/control-plane-export.yaml'];
  const tree = fs.readdirSync(kit.path('overcloud-deploy'), { recursive: true }).length;
  const { output, exitCode } = await dcn('import', '--forget', '--yes');
  expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
  expect(output).toContain(`removed on the undercloud: ${kit.path('dcn/dev/jobs')}`);
  expect(output).toContain("removed from Pulumi's state: stack dev-dcn0");
  expect(output).toContain(`stays on the undercloud: ${kit.path('dcn/dev/dcn0')}`);
  expect(kept.map((name) => kit.exists(name))).toEqual([true, true]);
  expect(
    ['jobs', 'stores', 'kit', 'kits', 'dcn0/hosts.json'].map((name) => kit.exists(`dcn/dev/${name}`)),
  ).toEqual([false, false, false, false, false]);
  expect(fs.readdirSync(kit.path('overcloud-deploy'), { recursive: true })).toHaveLength(tree);
  expect((await dcn('import', '--forget', '--yes')).output).toContain('has no records');
  expect(await adopt('--accept-differences')).toMatchObject({ exitCode: 0 });
  await expectUnchanged();
  expect(deploys()).toEqual([]);
});

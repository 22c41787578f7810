import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { projectRoot } from '../../lib/paths';
import { ensureToolchain } from '../../toolchain/toolchain';
import { until } from '../kit/undercloud';
import { withoutServers } from '../shipped';
import { Checkout, type Ended } from './checkout';
import { FakeUndercloud } from './fakeUndercloud';
import { type TestPostgres, startPostgres } from './postgres';

/*
 * Two people with a checkout each and one lab, whose state lies in a real PostgreSQL: real CLI, real program and kit.
 * Stood in for: `openstack`, hosts, and the verbs that FakeUndercloud names.
 */

jest.setTimeout(5 * 60_000);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-teams-'));
const labFile = path.join(folder, 'Pulumi.dev.yaml');
const undercloud = new FakeUndercloud();
const stacks = ['dev', 'dev-control-plane'];
/** The step that goes on only when there is no file `hold`. */
const holdable = 'control-plane/overcloud-config';
const nothing = /Resources:\n +\d+ unchanged\n/;
let postgres: TestPostgres;
let lab: string;
let alice: Checkout;
let bob: Checkout;
/** All that anybody was shown. */
const shown: string[] = [];

const writeLab = (change = (text: string) => text) => fs.writeFileSync(labFile, change(lab));
const remember = async (run: Promise<Ended>): Promise<Ended> => {
  const ended = await run;
  shown.push(ended.output);
  return ended;
};
const up = (who: Checkout, stack: string) =>
  remember(who.pulumi('up', '-s', stack, '--yes', '--skip-preview'));
const preview = (who: Checkout, ...names: string[]) =>
  remember(who.dcn('--lab', labFile, 'preview', ...names));
const reserve = (mebibytes: number) => (text: string) =>
  text.replace('ceph: {', `parameters: { NovaReservedHostMemory: ${mebibytes} }\n      ceph: {`);
const row = (markdown: string, stack: string) =>
  markdown.split('\n').find((line) => line.startsWith(`| ${stack} |`));

const inKey = () => undercloud.privateKey.split('\n')[2] as string;
const salt = (who: Checkout, stack: string) =>
  /^encryptionsalt: .*$/m.exec(who.settings(stack))?.[0] ?? 'none';

/** All texts below a folder. */
function texts(directory: string): string[] {
  if (!fs.existsSync(directory)) {
    return [];
  }
  return fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
}

/** An `up` of the control plane that is in the step which can be held, until it is let go. */
async function held(who: Checkout): Promise<{ run: Promise<Ended>; pid: number; letGo: () => void }> {
  const hold = path.join(folder, 'hold');
  fs.writeFileSync(hold, '');
  const before = undercloud.kit.runs(holdable);
  const { pid, ended } = who.start('pulumi', [
    ...['up', '-s', 'dev-control-plane', '--yes', '--skip-preview', '--non-interactive'],
  ]);
  await until(() => undercloud.kit.runs(holdable) > before, 'the step');
  return { run: remember(ended), pid, letGo: () => fs.rmSync(hold) };
}

/** What one person's shell has; `backend` is where the state lies. */
function environment(name: string, backend: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...backend,
    PULUMI_CONFIG_PASSPHRASE: 'what the team shares',
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: 'true',
    PULUMI_HOME: path.join(folder, name, 'pulumi-home'),
    GLANCE_DCN_STATE: path.join(folder, name, 'lab-state'),
  };
}

/** Bob's backend URL has the password in it; the others have it in PGPASSWORD. */
const bobsBackend = () => ({
  PULUMI_BACKEND_URL: postgres.url.replace('team@', `team:${postgres.password}@`),
});

beforeAll(async () => {
  const { bin } = await ensureToolchain((line) => process.stderr.write(`${line}\n`));
  process.env.PATH = `${bin}:${process.env.PATH}`;
  postgres = await startPostgres();
  undercloud.kit.behave(
    `${undercloud.kit.read('behave')}\n` +
      `[[ $all == *--config-download-only* ]] && while [[ -e ${folder}/hold ]]; do sleep 0.1; done\n:`,
  );
  fs.writeFileSync(path.join(folder, 'key'), undercloud.privateKey, { mode: 0o600 });
  const access = {
    port: await undercloud.listen(),
    home: undercloud.kit.home,
    hostKey: undercloud.hostKey,
    privateKeyFile: `${folder}/key`,
  };
  const shipped = withoutServers(fs.readFileSync(path.join(projectRoot, 'Pulumi.dev.yaml'), 'utf8'));
  lab = shipped.replace('config:\n', `config:\n  glance-dcn:undercloud: ${JSON.stringify(access)}\n`);
  writeLab();
  const alone = { PULUMI_BACKEND_URL: `file://${folder}/state` };
  fs.mkdirSync(path.join(folder, 'state'));
  alice = new Checkout(path.join(folder, 'alice', 'glance-dcn'), environment('alice', alone));
  bob = new Checkout(path.join(folder, 'bob', 'glance-dcn'), environment('bob', bobsBackend()));
});
afterAll(async () => {
  await postgres.stop();
  await undercloud.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('a preview of a lab of which nothing is there says so', async () => {
  const { stdout, exitCode } = await preview(alice);
  expect(exitCode).toBe(0);
  expect(row(stdout, 'dev')).toContain('not there yet: `./dcn');
  expect(row(stdout, 'dev-control-plane')).toContain('not there yet: waits for dev |');
  expect(row(stdout, 'dev-images')).toContain('waits for dev-control-plane, dev-dcn0, dev-dcn1');
});

test('the lab of one person comes up in a file backend', async () => {
  for (const stack of stacks) {
    await alice.pulumi('stack', 'init', stack);
    await alice.pulumi('config', 'set', 'glance-dcn:lab', labFile, '-s', stack);
    expect(await up(alice, stack)).toMatchObject({ exitCode: 0 });
  }
});

test('a preview has the changed YAML lines of each stack, makes no connection, and is no failure', async () => {
  writeLab(reserve(4096));
  const connections = undercloud.connections;
  const { stdout, exitCode } = await preview(alice);
  writeLab();
  expect(exitCode).toBe(0);
  expect(undercloud.connections).toBe(connections);
  expect(row(stdout, 'dev')).toBe('| dev | unchanged |');
  expect(row(stdout, 'dev-control-plane')).toMatch(/\| \d+ to update \|$/);
  expect(row(stdout, 'dev-dcn0')).toContain('not there yet: `./dcn');
  expect(stdout).toContain('<summary>dev-control-plane: ');
  expect(stdout).toMatch(/^#### control-plane-overcloud-stack \(update\)$/m);
  expect(stdout).toMatch(/^@@ files @@$/m);
  expect(stdout).toMatch(/^\+ {6}NovaReservedHostMemory: 4096$/m);
});

test('a preview that fails is told with its reason, and by the exit code', async () => {
  const key = path.join(folder, 'key');
  fs.renameSync(key, `${key}.away`);
  const { stdout, exitCode } = await preview(alice, 'dev');
  fs.renameSync(`${key}.away`, key);
  expect(exitCode).toBe(1);
  expect(row(stdout, 'dev')).toMatch(/\*\*failed\*\*: .*Put the key there, or name its file/);
  expect((await preview(alice, 'dev-dcn7')).output).toContain(
    'dev-dcn7: no stack of lab dev. Its stacks: dev, ',
  );
});

test('the state moves to a shared backend, where nothing is left to do', async () => {
  for (const stack of stacks) {
    const file = path.join(folder, `${stack}.json`);
    await alice.pulumi('stack', 'export', '-s', stack, '--file', file);
    expect(fs.readFileSync(file, 'utf8')).not.toContain(inKey());
  }
  Object.assign(alice.env, { PULUMI_BACKEND_URL: postgres.url, PGPASSWORD: postgres.password });
  for (const stack of stacks) {
    await remember(alice.pulumi('stack', 'init', stack, '--no-select'));
    const file = path.join(folder, `${stack}.json`);
    expect(await remember(alice.pulumi('stack', 'import', '-s', stack, '--file', file))).toMatchObject({
      exitCode: 0,
    });
    expect((await up(alice, stack)).output).toMatch(nothing);
  }
});

test('a second person needs the backend, the passphrase, the key and the lab file', async () => {
  expect(bob.settings('dev')).toBe('');
  const { stdout, exitCode } = await preview(bob);
  expect(exitCode).toBe(0);
  stacks.forEach((stack) => expect(row(stdout, stack)).toBe(`| ${stack} | unchanged |`));
  for (const stack of stacks) {
    expect(salt(bob, stack)).toBe(salt(alice, stack));
    expect((await up(bob, stack)).output).toMatch(nothing);
  }
});

test('another passphrase is refused before anything is touched', async () => {
  const eve = new Checkout(path.join(folder, 'eve', 'glance-dcn'), {
    ...environment('eve', bobsBackend()),
    PULUMI_CONFIG_PASSPHRASE: 'a guess',
  });
  const { stdout, exitCode } = await preview(eve, 'dev');
  expect(exitCode).toBe(1);
  expect(stdout).toContain('incorrect passphrase');
});

test('a backend that does not answer is told without its password', async () => {
  const { env } = bob;
  bob.env = { ...env, PULUMI_BACKEND_URL: bobsBackend().PULUMI_BACKEND_URL.replace(/:\d+\//, ':1/') };
  const { output, exitCode } = await preview(bob);
  bob.env = env;
  expect(exitCode).toBe(1);
  expect(output).toContain('postgres://team:[secret]@127.0.0.1:1/postgres');
  expect(output).toContain('connection refused');
});

test('of two people in one stack the second is refused and told who is at it; the first goes on', async () => {
  writeLab(reserve(4096));
  const { run, letGo } = await held(alice);
  const { stdout: processes } = await remember(alice.start('ps', ['-e', '-o', 'args']).ended);
  const second = await up(bob, 'dev-control-plane');
  letGo();
  expect(second.exitCode).not.toBe(0);
  expect(second.output).toMatch(/the stack is currently locked by 1 lock\(s\).*pulumi cancel/);
  expect(second.output).toMatch(/created by \S+@\S+ \(pid \d+\) at \d{4}-/);
  expect(await run).toMatchObject({ exitCode: 0 });
  expect((await up(bob, 'dev-control-plane')).output).toMatch(nothing);
  expect(processes).toContain('pulumi up');
});

test('of two people who begin at the same instant never do both run', async () => {
  writeLab(reserve(8192));
  const before = undercloud.kit.runs(holdable);
  const both = await Promise.all([up(alice, 'dev-control-plane'), up(bob, 'dev-control-plane')]);
  both
    .filter(({ exitCode }) => exitCode !== 0)
    .forEach(({ output }) => expect(output).toContain('the stack is currently locked by 1 lock(s)'));
  // Both may be refused: each sees the other's lock. Whoever comes next goes on.
  expect(await up(bob, 'dev-control-plane')).toMatchObject({ exitCode: 0 });
  expect(undercloud.kit.runs(holdable)).toBe(before + 1);
});

test('the lock of a killed pulumi goes by pulumi cancel, and the next up joins the job', async () => {
  writeLab(reserve(16384));
  const { run, pid, letGo } = await held(alice);
  process.kill(pid, 'SIGKILL');
  await run;
  expect((await up(bob, 'dev-control-plane')).output).toContain('the stack is currently locked');
  expect(await remember(bob.pulumi('cancel', '--yes', '-s', 'dev-control-plane'))).toMatchObject({
    exitCode: 0,
  });
  const before = undercloud.kit.runs(holdable);
  const joined = up(bob, 'dev-control-plane');
  letGo();
  expect(await joined).toMatchObject({ exitCode: 0 });
  expect(undercloud.kit.runs(holdable)).toBe(before);
});

test('what one person has destroyed is gone for the other', async () => {
  expect(
    await remember(bob.pulumi('destroy', '-s', 'dev-control-plane', '--yes', '--skip-preview')),
  ).toMatchObject({ exitCode: 0 });
  await bob.pulumi('stack', 'rm', '-s', 'dev-control-plane', '--yes');
  expect(row((await preview(alice)).stdout, 'dev-control-plane')).toContain('not there yet');
});

test('nobody was shown the password or the key, and no file has them', async () => {
  shown.push((await bob.dcn('--lab', labFile, 'env')).output);
  shown.push(postgres.log());
  const files = [alice, bob].flatMap(({ folder: checkout, env }) =>
    [path.join(checkout, '.stacks'), env.PULUMI_HOME as string, env.GLANCE_DCN_STATE as string].flatMap(
      texts,
    ),
  );
  expect(files.length).toBeGreaterThan(0);
  for (const text of [...shown, ...files]) {
    expect(text).not.toContain(postgres.password);
    expect(text).not.toContain(inKey());
  }
});

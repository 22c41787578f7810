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
 * Two people with a checkout each and one lab, with its state in a real PostgreSQL: real CLI, real program and kit.
 * Stand-ins: `openstack`, hosts, and those of FakeUndercloud.
 */

jest.setTimeout(5 * 60_000);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-teams-'));
const labFile = path.join(folder, 'Pulumi.dev.yaml');
const undercloud = new FakeUndercloud();
const stacks = ['dev', 'dev-control-plane'];
/** The step that does not end while the file `hold` exists. */
const holdable = 'control-plane/overcloud-config';
const unchanged = /Resources:\n +\d+ unchanged\n/;
let postgres: TestPostgres;
let lab: string;
let alice: Checkout;
let bob: Checkout;
/** All output of all people. */
const outputs: string[] = [];

const writeLab = (change = (text: string) => text) => fs.writeFileSync(labFile, change(lab));
const recorded = async (run: Promise<Ended>): Promise<Ended> => {
  const ended = await run;
  outputs.push(ended.output);
  return ended;
};
const up = (who: Checkout, stack: string) =>
  recorded(who.pulumi('up', '-s', stack, '--yes', '--skip-preview'));
const preview = (who: Checkout, ...names: string[]) =>
  recorded(who.dcn('--lab', labFile, 'preview', ...names));
const reserve = (mebibytes: number) => (text: string) =>
  text.replace('ceph: {', `parameters: { NovaReservedHostMemory: ${mebibytes} }\n      ceph: {`);
const row = (markdown: string, stack: string) =>
  markdown.split('\n').find((line) => line.startsWith(`| ${stack} |`));

const inKey = () => undercloud.privateKey.split('\n')[2] as string;
const salt = (who: Checkout, stack: string) =>
  /^encryptionsalt: .*$/m.exec(who.settings(stack))?.[0] ?? 'none';

/** The text of every file below a folder. */
function texts(directory: string): string[] {
  if (!fs.existsSync(directory)) {
    return [];
  }
  return fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
}

/** Starts an update of the control plane and holds it in the step `holdable` until `release` is called. */
async function held(who: Checkout): Promise<{ run: Promise<Ended>; pid: number; release: () => void }> {
  const hold = path.join(folder, 'hold');
  fs.writeFileSync(hold, '');
  const before = undercloud.kit.runs(holdable);
  const { pid, ended } = who.start('pulumi', [
    ...['up', '-s', 'dev-control-plane', '--yes', '--skip-preview', '--non-interactive'],
  ]);
  await until(() => undercloud.kit.runs(holdable) > before, 'the step', 120);
  return { run: recorded(ended), pid, release: () => fs.rmSync(hold) };
}

/** Environment of one person's shell. */
function environment(name: string, backend: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...backend,
    PULUMI_CONFIG_PASSPHRASE: 'the passphrase of the team',
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: 'true',
    PULUMI_HOME: path.join(folder, name, 'pulumi-home'),
    GLANCE_DCN_STATE: path.join(folder, name, 'lab-state'),
  };
}

/** Bob's backend URL contains the password; Alice has it in PGPASSWORD. */
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

test('a preview of a lab without stacks says so', async () => {
  const { stdout, exitCode } = await preview(alice);
  expect(exitCode).toBe(0);
  expect(row(stdout, 'dev')).toContain('does not exist yet: `./dcn');
  expect(row(stdout, 'dev-control-plane')).toContain('does not exist yet: waits for dev |');
  expect(row(stdout, 'dev-images')).toContain('waits for dev, dev-control-plane, dev-dcn0, dev-dcn1');
});

test('the lab of one person comes up in a file backend', async () => {
  for (const stack of stacks) {
    await alice.pulumi('stack', 'init', stack);
    await alice.pulumi('config', 'set', 'glance-dcn:lab', labFile, '-s', stack);
    expect(await up(alice, stack)).toMatchObject({ exitCode: 0 });
  }
});

test('a preview shows the changed YAML lines of each stack, makes no connection, and succeeds', async () => {
  writeLab(reserve(4096));
  const connections = undercloud.connections;
  const { stdout, exitCode } = await preview(alice);
  writeLab();
  expect(exitCode).toBe(0);
  expect(undercloud.connections).toBe(connections);
  expect(row(stdout, 'dev')).toBe('| dev | unchanged |');
  expect(row(stdout, 'dev-control-plane')).toMatch(/\| \d+ to update \|$/);
  expect(row(stdout, 'dev-dcn0')).toContain('does not exist yet: `./dcn');
  expect(stdout).toContain('<summary>dev-control-plane: ');
  expect(stdout).toMatch(/^#### control-plane-overcloud-stack \(update\)$/m);
  expect(stdout).toMatch(/^@@ files @@$/m);
  expect(stdout).toMatch(/^\+ {6}NovaReservedHostMemory: 4096$/m);
});

test('a failed preview shows its reason, and has exit code 1', async () => {
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

test('the state moves to a shared backend, where all stacks are unchanged', async () => {
  await Promise.all(
    stacks.map(async (stack) => {
      const file = path.join(folder, `${stack}.json`);
      await alice.pulumi('stack', 'export', '-s', stack, '--file', file);
      expect(fs.readFileSync(file, 'utf8')).not.toContain(inKey());
    }),
  );
  Object.assign(alice.env, { PULUMI_BACKEND_URL: postgres.url, PGPASSWORD: postgres.password });
  const imported = async (stack: string) => {
    await recorded(alice.pulumi('stack', 'init', stack, '--no-select'));
    return recorded(
      alice.pulumi('stack', 'import', '-s', stack, '--file', path.join(folder, `${stack}.json`)),
    );
  };
  // The first connection makes Pulumi's table: two first connections at once can collide.
  await alice.pulumi('stack', 'ls');
  const imports = await Promise.all(stacks.map(imported));
  imports.forEach((ended) => expect(ended).toMatchObject({ exitCode: 0 }));
  const updates = await Promise.all(stacks.map((stack) => up(alice, stack)));
  updates.forEach(({ output }) => expect(output).toMatch(unchanged));
});

test('a second person needs only the backend, the passphrase, the key and the lab file', async () => {
  expect(bob.settings('dev')).toBe('');
  const { stdout, exitCode } = await preview(bob);
  expect(exitCode).toBe(0);
  stacks.forEach((stack) => expect(row(stdout, stack)).toBe(`| ${stack} | unchanged |`));
  stacks.forEach((stack) => expect(salt(bob, stack)).toBe(salt(alice, stack)));
  const updates = await Promise.all(stacks.map((stack) => up(bob, stack)));
  updates.forEach(({ output }) => expect(output).toMatch(unchanged));
});

test('another passphrase is refused', async () => {
  const eve = new Checkout(path.join(folder, 'eve', 'glance-dcn'), {
    ...environment('eve', bobsBackend()),
    PULUMI_CONFIG_PASSPHRASE: 'a guess',
  });
  const { stdout, exitCode } = await preview(eve, 'dev');
  expect(exitCode).toBe(1);
  expect(stdout).toContain('incorrect passphrase');
});

test('the error of a backend that does not answer has no password', async () => {
  const { env } = bob;
  bob.env = { ...env, PULUMI_BACKEND_URL: bobsBackend().PULUMI_BACKEND_URL.replace(/:\d+\//, ':1/') };
  const { output, exitCode } = await preview(bob);
  bob.env = env;
  expect(exitCode).toBe(1);
  expect(output).toContain('postgres://team:[secret]@127.0.0.1:1/postgres');
  expect(output).toContain('connection refused');
});

test('an update of a stack that is being updated is refused and names the other person; the first update succeeds', async () => {
  writeLab(reserve(4096));
  const { run, release } = await held(alice);
  const { stdout: processes } = await recorded(alice.start('ps', ['-e', '-o', 'args']).ended);
  const second = await up(bob, 'dev-control-plane');
  release();
  expect(second.exitCode).not.toBe(0);
  expect(second.output).toMatch(/the stack is currently locked by 1 lock\(s\).*pulumi cancel/);
  expect(second.output).toMatch(/created by \S+@\S+ \(pid \d+\) at \d{4}-/);
  expect(await run).toMatchObject({ exitCode: 0 });
  expect((await up(bob, 'dev-control-plane')).output).toMatch(unchanged);
  expect(processes).toContain('pulumi up');
});

test('of two updates that start at the same time at most one runs', async () => {
  writeLab(reserve(8192));
  const before = undercloud.kit.runs(holdable);
  const both = await Promise.all([up(alice, 'dev-control-plane'), up(bob, 'dev-control-plane')]);
  both
    .filter(({ exitCode }) => exitCode !== 0)
    .forEach(({ output }) => expect(output).toContain('the stack is currently locked by 1 lock(s)'));
  // Both may be refused: each sees the other's lock. The next update succeeds.
  expect(await up(bob, 'dev-control-plane')).toMatchObject({ exitCode: 0 });
  expect(undercloud.kit.runs(holdable)).toBe(before + 1);
});

test('pulumi cancel removes the lock of a killed pulumi, and the next up joins the job', async () => {
  writeLab(reserve(16384));
  const { run, pid, release } = await held(alice);
  process.kill(pid, 'SIGKILL');
  await run;
  expect((await up(bob, 'dev-control-plane')).output).toContain('the stack is currently locked');
  expect(await recorded(bob.pulumi('cancel', '--yes', '-s', 'dev-control-plane'))).toMatchObject({
    exitCode: 0,
  });
  const before = undercloud.kit.runs(holdable);
  const joined = up(bob, 'dev-control-plane');
  release();
  expect(await joined).toMatchObject({ exitCode: 0 });
  expect(undercloud.kit.runs(holdable)).toBe(before);
});

test('a stack that one person has destroyed is gone for the other', async () => {
  expect(
    await recorded(bob.pulumi('destroy', '-s', 'dev-control-plane', '--yes', '--skip-preview')),
  ).toMatchObject({ exitCode: 0 });
  await bob.pulumi('stack', 'rm', '-s', 'dev-control-plane', '--yes');
  expect(row((await preview(alice)).stdout, 'dev-control-plane')).toContain('does not exist yet');
});

test('no output and no file has the password or the key', async () => {
  outputs.push((await bob.dcn('--lab', labFile, 'env')).output);
  outputs.push(postgres.log());
  const files = [alice, bob].flatMap(({ folder: checkout, env }) =>
    [path.join(checkout, '.stacks'), env.PULUMI_HOME as string, env.GLANCE_DCN_STATE as string].flatMap(
      texts,
    ),
  );
  expect(files.length).toBeGreaterThan(0);
  for (const text of [...outputs, ...files]) {
    expect(text).not.toContain(postgres.password);
    expect(text).not.toContain(inKey());
  }
});

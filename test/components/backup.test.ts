import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { projectRoot } from '../../lib/paths';
import { ensureToolchain } from '../../toolchain/toolchain';
import { until } from '../kit/undercloud';
import { withoutServers } from '../shipped';
import { Checkout, type Ended } from './checkout';
import { FakeUndercloud } from './fakeUndercloud';

/*
 * A lab is backed up, lost on both sides, and restored: real CLI, real Pulumi, real kit. Stand-ins: `openstack`, hosts, and those of
 * FakeUndercloud. TripleO's own files on the undercloud are planted.
 */

jest.setTimeout(5 * 60_000);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-backup-'));
const labFile = path.join(folder, 'Pulumi.dev.yaml');
const kept = path.join(folder, 'dev.age');
const undercloud = new FakeUndercloud();
const { kit } = undercloud;
const stacks = ['dev', 'dev-control-plane', 'dev-dcn0'];
const holdable = 'control-plane/overcloud-config';
/** Secrets that no output, command line or file in clear may have. */
const secrets = {
  passphrase: 'correct horse battery staple',
  password: 'planted-password-of-tripleo',
  cephKey: 'AQplantedKeyOfCeph0123456789abcdefghijk==',
};
/** How often the undercloud has run `openstack`. */
const runs = () => kit.calls().length;
const outputs: string[] = [];
let alice: Checkout;
/** What was on the undercloud when it was lost. */
let lost: Record<string, string>;

const passphraseFile = path.join(folder, 'passphrase-of-backup');
const stateOf = (name: string) => path.join(folder, name, 'lab-state');
const recorded = async (run: Promise<Ended>): Promise<Ended> => {
  const ended = await run;
  outputs.push(ended.output);
  return ended;
};
const words = (verb: string, file: string) => [
  ...['--lab', labFile, verb, file, '--passphrase-file', passphraseFile],
];
const dcn = (who: Checkout, verb: string, file = kept) => recorded(who.dcn(...words(verb, file)));
const row = (markdown: string, stack: string) =>
  markdown.split('\n').find((line) => line.startsWith(`| ${stack} |`));

/** Every file below a folder: path, mode, content or link. */
function picture(directory: string, leftOut = /(?!)/): Record<string, string> {
  return Object.fromEntries(
    fs
      .readdirSync(directory, { recursive: true, withFileTypes: true })
      .map((entry) => ({ entry, file: path.join(entry.parentPath, entry.name) }))
      .filter(({ file }) => !leftOut.test(file))
      .map(({ entry, file }) => {
        const { mode } = fs.lstatSync(file);
        const content = entry.isSymbolicLink()
          ? fs.readlinkSync(file)
          : entry.isFile()
            ? fs.readFileSync(file, 'base64')
            : '';
        return [path.relative(directory, file), `${(mode & 0o777).toString(8)} ${content}`];
      }),
  );
}

function environment(name: string): NodeJS.ProcessEnv {
  return {
    PULUMI_HOME: path.join(folder, name, 'pulumi-home'),
    GLANCE_DCN_STATE: stateOf(name),
    PULUMI_BACKEND_URL: `file://${stateOf(name)}/dev/pulumi`,
    PULUMI_CONFIG_PASSPHRASE_FILE: `${stateOf(name)}/dev/passphrase`,
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: 'true',
  };
}

/** All previews say that nothing would change, and nothing runs on the undercloud. */
async function expectUnchanged(who: Checkout): Promise<void> {
  const before = runs();
  const { stdout, exitCode } = await recorded(who.dcn('--lab', labFile, 'preview', ...stacks));
  expect({ exitCode, rows: stacks.map((stack) => row(stdout, stack)) }).toEqual({
    exitCode: 0,
    rows: stacks.map((stack) => `| ${stack} | unchanged |`),
  });
  expect(runs()).toBe(before);
}

/** Loses the operator's machine and the undercloud: state, settings, lab file, records, TripleO's files. */
function loseAll(): void {
  [stateOf('alice'), path.join(alice.folder, '.stacks'), labFile, path.join(folder, 'nics')].forEach(remove);
  loseUndercloud();
}

function loseUndercloud(): void {
  ['dcn', 'overcloud-deploy', '.ssh', 'control-planerc'].forEach((name) => remove(kit.path(name)));
}

const remove = (name: string) => fs.rmSync(name, { recursive: true, force: true });
const undercloudFiles = () => ({
  ...picture(kit.path('dcn/dev'), /__pycache__|\/audit(\/|$)|\/uploads(\/|$)/),
  ...picture(kit.path('overcloud-deploy'), /tripleo-heat-templates/),
  ...picture(kit.path('.ssh')),
});

beforeAll(async () => {
  const { bin } = await ensureToolchain((line) => process.stderr.write(`${line}\n`));
  process.env.PATH = `${bin}:${process.env.PATH}`;
  kit.behave(
    `${kit.read('behave')}\n` +
      `[[ $all == *--config-download-only* ]] && while [[ -e ${folder}/hold ]]; do sleep 0.1; done\n:`,
  );
  fs.writeFileSync(path.join(folder, 'key'), undercloud.privateKey, { mode: 0o600 });
  fs.writeFileSync(passphraseFile, `${secrets.passphrase}\n`, { mode: 0o600 });
  const access = {
    port: await undercloud.listen(),
    home: kit.home,
    hostKey: undercloud.hostKey,
    privateKeyFile: `${folder}/key`,
  };
  const shipped = withoutServers(fs.readFileSync(path.join(projectRoot, 'Pulumi.dev.yaml'), 'utf8'));
  fs.writeFileSync(
    labFile,
    shipped.replace('config:\n', `config:\n  glance-dcn:undercloud: ${JSON.stringify(access)}\n`),
  );
  alice = new Checkout(path.join(folder, 'alice', 'glance-dcn'), environment('alice'));
});
afterAll(async () => {
  await undercloud.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('a lab that is not up has no backup', async () => {
  const { output, exitCode } = await dcn(alice, 'backup');
  expect(exitCode).toBe(1);
  expect(output).toContain('Lab dev is not up');
});

test('the lab comes up', async () => {
  await alice.dcn('--lab', labFile, 'env');
  for (const stack of stacks) {
    await alice.pulumi('stack', 'init', stack);
    await alice.pulumi('config', 'set', 'glance-dcn:lab', labFile, '-s', stack);
    expect(await recorded(alice.pulumi('up', '-s', stack, '--yes', '--skip-preview'))).toMatchObject({
      exitCode: 0,
    });
  }
  const plant = (name: string, text: string, mode = 0o600) => {
    kit.write(name, text);
    fs.chmodSync(kit.path(name), mode);
  };
  plant(
    'overcloud-deploy/control-plane/control-plane-passwords.yaml',
    `parameter_defaults: {AdminPassword: ${secrets.password}}\n`,
  );
  plant('overcloud-deploy/dcn0/ceph_client.yml', `key: ${secrets.cephKey}\n`);
  plant('overcloud-deploy/dcn0/heat-launcher/heat-db.sql-1.tar.bzip2', 'the newer dump');
  fs.utimesSync(
    kit.path('overcloud-deploy/dcn0/heat-launcher/heat-db.sql-1.tar.bzip2'),
    1_700_000_000,
    1_700_000_000,
  );
  plant('overcloud-deploy/dcn0/config-download/dcn0/' + 'long/'.repeat(60) + 'ä file', 'deep', 0o644);
  fs.symlinkSync('config-download/dcn0', kit.path('overcloud-deploy/dcn0/latest'));
  plant('overcloud-deploy/dcn0/tripleo-heat-templates/overcloud.yaml', 'comes with each deploy');
  plant('.ssh/id_rsa', 'the key of the undercloud');
  plant('.ssh/id_rsa.pub', 'its public half', 0o644);
  plant('control-planerc', `export OS_PASSWORD=${secrets.password}\n`);
  fs.chmodSync(labFile, 0o640);
  await expectUnchanged(alice);
});

/** What a backup and a restore say of the stack whose passwords are missing. */
const noPasswords = () =>
  `undercloud: ${kit.path('overcloud-deploy/dcn0/dcn0-passwords.yaml')}: is not in the backup, though TripleO has deployed the stack`;

test('a backup is refused while a job runs, and leaves no file', async () => {
  fs.writeFileSync(path.join(folder, 'hold'), '');
  const document = fs.readFileSync(path.join(kit.lab(), 'jobs', holdable, 'doc.yaml'), 'utf8');
  const again = kit.start(
    ['job', 'run'],
    document.replace('limitMinutes:', "after: {x: '1'}\nlimitMinutes:"),
  );
  await until(() => kit.state(holdable) === 'running', 'the job');
  const { output, exitCode } = await dcn(alice, 'backup');
  fs.rmSync(path.join(folder, 'hold'));
  await again.ended;
  expect(exitCode).toBe(1);
  expect(output).toContain(`undercloud: job ${holdable} runs: wait until it has ended`);
  expect(fs.readdirSync(folder).filter((name) => name.startsWith('dev.age'))).toEqual([]);
});

test('a backup has mode 0600, and neither it nor a process nor a line of output shows a secret', async () => {
  const before = undercloudFiles();
  const { exitCode, stdout, output } = await dcn(alice, 'backup');
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout: expect.stringContaining(` restore ${kept}\n`) as string,
  });
  expect(output).toContain(noPasswords());
  expect(output).not.toContain('control-plane-passwords.yaml');
  expect(undercloudFiles()).toEqual(before);
  expect(fs.statSync(kept).mode & 0o777).toBe(0o600);
  expect(fs.readdirSync(folder).filter((name) => name.startsWith('dev.age'))).toEqual(['dev.age']);
  const statePassphrase = fs.readFileSync(path.join(stateOf('alice'), 'dev/passphrase'), 'utf8').trim();
  const encrypted = fs.readFileSync(kept, 'latin1');
  const shown = [encrypted, ...outputs, ...undercloud.calls.map(({ command, stderr }) => command + stderr)];
  for (const secret of [...Object.values(secrets), statePassphrase]) {
    expect(shown.filter((text) => text.includes(secret))).toEqual([]);
  }
  expect(encrypted).toMatch(/^age-encryption\.org\/v1\n-> scrypt /);
  expect(encrypted).not.toMatch(/manifest|overcloud|glance-dcn|undercloud/);
  expect((await dcn(alice, 'backup')).output).toContain('exists already, and a backup replaces no file');
});

/** What `run` gives while alice's environment has another passphrase of the state. */
async function withWrongPassphrase<T>(run: () => Promise<T>): Promise<T> {
  const { env } = alice;
  alice.env = { ...env, PULUMI_CONFIG_PASSPHRASE: 'another one' };
  return run().finally(() => (alice.env = env));
}
const wrongPassphrase =
  'passphrase of the state: PULUMI_CONFIG_PASSPHRASE does not open stack dev and 2 more';

test('a backup is refused without the passphrase of the state, and leaves no file', async () => {
  const { output, exitCode } = await withWrongPassphrase(() =>
    dcn(alice, 'backup', path.join(folder, 'closed.age')),
  );
  expect(exitCode).toBe(1);
  expect(output).toContain(`Nothing was written.\n${wrongPassphrase}`);
  expect(fs.readdirSync(folder).filter((name) => name.startsWith('closed'))).toEqual([]);
});

test('a lab that has changed since is refused with all differences, and nothing is touched', async () => {
  const state = path.join(stateOf('alice'), 'dev/pulumi/.pulumi/stacks/glance-dcn/dev-dcn0.json');
  const record = kit.path('dcn/dev/jobs/dcn0/overcloud-stack/state.json');
  const old = [state, record].map((file) => [file, fs.readFileSync(file, 'utf8')] as const);
  fs.writeFileSync(state, fs.readFileSync(state, 'utf8').replaceAll('id-of-', 'id-of-another-'));
  fs.writeFileSync(record, fs.readFileSync(record, 'utf8').replace('succeeded', 'failed'));
  const before = picture(folder);
  const { output, exitCode } = await dcn(alice, 'restore');
  const after = picture(folder);
  old.forEach(([file, text]) => fs.writeFileSync(file, text));
  expect(exitCode).toBe(1);
  expect(output).toContain('Nothing was changed.\n');
  expect(output).toContain('stack dev-dcn0: stands, and differs from the backup');
  expect(output).toContain(
    `undercloud: ${kit.path('dcn/dev')}: stands, and differs from the backup (1: ${record})`,
  );
  expect(after).toEqual(before);
});

test('a file that is damaged, cut, of another lab or has another passphrase is refused, and nothing is written', async () => {
  lost = undercloudFiles();
  const whole = fs.readFileSync(kept);
  loseAll();
  const refused = async (file: string, more: Partial<Record<'lab' | 'passphrase', string>> = {}) => {
    const ended = await recorded(
      alice.dcn(
        '--lab',
        more.lab ?? labFile,
        'restore',
        file,
        '--passphrase-file',
        more.passphrase ?? passphraseFile,
      ),
    );
    expect(ended.exitCode).toBe(1);
    expect(
      [stateOf('alice'), path.join(alice.folder, '.stacks'), labFile, kit.path('dcn')].filter(fs.existsSync),
    ).toEqual([]);
    return ended.output;
  };
  const changed = (name: string, content: Buffer) => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, content);
    return file;
  };
  const flipped = Buffer.from(whole);
  flipped[Math.floor(whole.length / 2)]! ^= 1;
  const differs = 'is no backup, or not as it was written: invalid tag';
  expect(await refused(changed('flipped.age', flipped))).toContain(differs);
  expect(await refused(changed('cut.age', whole.subarray(0, whole.length - 1)))).toContain(differs);
  expect(await refused(changed('text.age', Buffer.from('no backup\n')))).toContain('is no backup');
  expect(await refused(path.join(folder, 'none.age'))).toContain('Name the file of a backup');
  expect(await refused(kept, { lab: path.join(folder, 'Pulumi.other.yaml') })).toContain(
    'is a backup of lab dev, and --lab names other',
  );
  expect(await withWrongPassphrase(() => refused(kept))).toContain(
    `Nothing was changed.\n${wrongPassphrase}`,
  );
  const guess = changed('guess', Buffer.from('a wrong passphrase\n'));
  fs.chmodSync(guess, 0o600);
  expect(await refused(kept, { passphrase: guess })).toContain('has another passphrase');
  fs.chmodSync(guess, 0o644);
  expect(await refused(kept, { passphrase: guess })).toContain('others can read it: chmod 600');
  expect((await recorded(alice.dcn('--lab', labFile, 'restore', kept))).output).toContain(
    'there is no terminal',
  );
});
test('a restore that is killed leaves nothing half, and a second one completes what is missing', async () => {
  const begun = alice.start(process.execPath, [
    path.join(alice.folder, 'cli/start.cjs'),
    ...words('restore', kept),
  ]);
  await until(() => fs.existsSync(kit.path('dcn/dev.dcn-restore')), 'the first part', 120);
  process.kill(begun.pid, 'SIGKILL');
  await begun.ended;
  await until(() => !kit.exists('dcn/dev.dcn-restore'), 'the end of the program on the undercloud');
  expect(kit.exists('overcloud-deploy/dcn0')).toBe(kit.exists('dcn/dev'));

  const second = alice.start(process.execPath, [
    path.join(alice.folder, 'cli/start.cjs'),
    ...words('restore', kept),
  ]);
  const stack = path.join(stateOf('alice'), 'dev/pulumi/.pulumi/stacks/glance-dcn/dev.json');
  await until(() => fs.existsSync(stack), 'the first stack', 120);
  process.kill(second.pid, 'SIGKILL');
  await second.ended;

  const { output, exitCode } = await dcn(alice, 'restore');
  expect({ output, exitCode }).toMatchObject({ exitCode: 0 });
  expect(output).toContain(`undercloud: ${kit.path('dcn/dev')}: is there already, as in the backup`);
  expect(undercloudFiles()).toEqual(lost);
  expect(kit.exists('overcloud-deploy/dcn0/tripleo-heat-templates')).toBe(false);
  const dump = fs.statSync(kit.path('overcloud-deploy/dcn0/heat-launcher/heat-db.sql-1.tar.bzip2'));
  expect(dump.mtimeMs).toBe(1_700_000_000_000);
  await expectUnchanged(alice);
});

test('a lab lost on both sides is restored at once: nothing would change, and no job runs again', async () => {
  loseAll();
  const { exitCode, output } = await dcn(alice, 'restore');
  expect(exitCode).toBe(0);
  expect(output.match(/\S+-passwords\.yaml: is not in the backup/g)).toHaveLength(1);
  expect(output).toContain(noPasswords());
  expect(fs.statSync(labFile).mode & 0o777).toBe(0o640);
  expect(undercloudFiles()).toEqual(lost);
  await expectUnchanged(alice);
  const before = runs();
  for (const stack of stacks) {
    const { output } = await recorded(alice.pulumi('up', '-s', stack, '--yes', '--skip-preview'));
    expect(output).toMatch(/Resources:\n +\d+ unchanged\n/);
  }
  expect(runs()).toBe(before);
});

test('two restores at once do not disturb one another', async () => {
  loseUndercloud();
  kit.write('dcn/locks/restore', '');
  const hold = spawn('flock', [kit.path('dcn/locks/restore'), 'sleep', '60'], { detached: true });
  await until(
    () => spawnSync('flock', ['-n', kit.path('dcn/locks/restore'), 'true']).status === 1,
    'the lock',
  );
  const { output, exitCode } = await dcn(alice, 'restore');
  // The lock belongs to both processes.
  process.kill(-(hold.pid as number));
  expect(exitCode).toBe(1);
  expect(output).toContain(`another restore holds ${kit.path('dcn/locks/restore')}: wait until it has ended`);
  expect(kit.exists('dcn/dev')).toBe(false);
});

test('an undercloud that was lost alone is restored; the state stays', async () => {
  loseUndercloud();
  const { output, exitCode } = await dcn(alice, 'restore');
  expect({ output, exitCode }).toMatchObject({ exitCode: 0 });
  expect(output).toContain('stack dev-dcn0: is there already, as in the backup');
  expect(undercloudFiles()).toEqual(lost);
  await expectUnchanged(alice);
});

test("another operator's machine gets its half; the undercloud stays untouched", async () => {
  const bob = new Checkout(path.join(folder, 'bob', 'glance-dcn'), environment('bob'));
  const { output, exitCode } = await dcn(bob, 'restore');
  expect({ output, exitCode }).toMatchObject({ exitCode: 0 });
  expect(output).toContain(`undercloud: ${kit.path('dcn/dev')}: is there already, as in the backup`);
  expect(output).toContain(`${labFile}: is there already, as in the backup`);
  await expectUnchanged(bob);
});

test('no output has a secret', () => {
  for (const secret of Object.values(secrets)) {
    expect(outputs.filter((text) => text.includes(secret))).toEqual([]);
  }
});

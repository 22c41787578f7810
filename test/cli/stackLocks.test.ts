import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { PulumiFailure } from '../../cli/run/pulumi';
import { Interrupted } from '../../cli/run/schedule';
import { stackLocks, withoutAbandonedLocks } from '../../cli/run/stackLocks';
import { ensureToolchain } from '../../toolchain/toolchain';

/* Locks as Pulumi writes them, in a folder, and the real `pulumi`, which refuses because of them. */

jest.setTimeout(60_000);

let folder: string;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-locks-'));
  const { bin } = await ensureToolchain((line) => process.stderr.write(`${line}\n`));
  env = {
    PATH: `${bin}:${process.env.PATH}`,
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: 'test',
    PULUMI_HOME: path.join(folder, 'home'),
  };
  fs.writeFileSync(path.join(folder, 'Pulumi.yaml'), 'name: locks\nruntime: yaml\n');
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

async function pulumi(...args: string[]): Promise<void> {
  const { all, exitCode } = await execa('pulumi', [...args, '--non-interactive'], {
    cwd: folder,
    env,
    reject: false,
    all: true,
  });
  if (exitCode !== 0) {
    throw new PulumiFailure(args[0] as string, 'one', all as string);
  }
}

/** The process number of a program that has ended. */
const endedPid = (): number => Number(execa.sync('sh', ['-c', 'echo $$']).stdout);

function lock(owner: { pid: number; hostname?: string }): string {
  const content = { username: 'ann', hostname: os.hostname(), timestamp: '2026-03-14T09:26:53Z', ...owner };
  const file = path.join(folder, '.pulumi/locks/organization/locks/one/11111111.json');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify(content));
  // Pulumi's backend keeps the attributes of each of its files beside the file.
  fs.writeFileSync(`${file}.attrs`, '{}');
  return file;
}

const said: string[] = [];
const init = (): Promise<void> =>
  withoutAbandonedLocks(
    'one',
    './dcn',
    (line) => said.push(line),
    () => pulumi('stack', 'init', 'one'),
  );
const remove = (): Promise<void> => pulumi('stack', 'rm', 'one', '--yes');

test('the lock of a process that was killed on this host is removed, and the work runs', async () => {
  const file = lock({ pid: endedPid() });
  await init();
  expect(fs.readdirSync(path.dirname(file))).toEqual([]);
  expect(said.splice(0)).toEqual([
    expect.stringMatching(
      /^stack one: removed the lock of pulumi \d+, which has ended \(lock of 2026-03-14T09:26:53Z\)$/,
    ),
  ]);
  await remove();
});

test('the number of a killed pulumi may belong to another program by now', async () => {
  const file = lock({ pid: process.pid });
  await init();
  expect(fs.existsSync(file)).toBe(false);
  said.splice(0);
  await remove();
});

/** A process called `pulumi` that runs for some seconds. */
function otherPulumi(seconds: number): execa.ExecaChildProcess {
  const program = path.join(folder, 'pulumi');
  fs.copyFileSync('/bin/sleep', program);
  fs.chmodSync(program, 0o755);
  return execa(program, [String(seconds)]);
}

test('a pulumi that runs on this host is named, and the work runs when it has ended', async () => {
  const other = otherPulumi(2);
  lock({ pid: other.pid as number });
  await init();
  expect(other.exitCode).toBe(0);
  expect(said.splice(0)).toEqual([
    `stack one: waits until pulumi ${other.pid} of ann on this host, which has been changing it since 2026-03-14T09:26:53Z, ends; ` +
      `kill -INT ${other.pid} interrupts it`,
    `stack one: removed the lock of pulumi ${other.pid}, which has ended (lock of 2026-03-14T09:26:53Z)`,
  ]);
  await remove();
});

test('a pulumi that ends by itself has removed its own lock', async () => {
  const other = otherPulumi(60);
  const file = lock({ pid: other.pid as number });
  const end = (line: string): void => {
    said.push(line);
    fs.rmSync(file);
    other.kill('SIGKILL');
  };
  await withoutAbandonedLocks('one', './dcn', end, () => pulumi('stack', 'init', 'one'));
  await other.catch(() => undefined);
  expect(said.splice(0)).toEqual([expect.stringContaining(`waits until pulumi ${other.pid} `)]);
  await remove();
});

test('an interruption ends the wait for a pulumi that runs', async () => {
  const other = otherPulumi(60);
  const file = lock({ pid: other.pid as number });
  const stop = new AbortController();
  try {
    const waiting = withoutAbandonedLocks(
      'one',
      './dcn',
      () => stop.abort(),
      () => pulumi('stack', 'init', 'one'),
      { stop: stop.signal },
    );
    await expect(waiting).rejects.toThrow(Interrupted);
  } finally {
    other.kill('SIGKILL');
    await other.catch(() => undefined);
  }
  expect(fs.existsSync(file)).toBe(true);
});

test('the lock of another host stays, and the error has the command that removes it', async () => {
  const file = lock({ pid: endedPid(), hostname: 'laptop' });
  await expect(init()).rejects.toThrow(
    /locked by pulumi \d+ of ann on laptop since .*If it no longer runs on laptop, remove the lock: eval "\$\(\.\/dcn env\)"; pulumi cancel --yes -s one; /,
  );
  expect(fs.existsSync(file)).toBe(true);
  expect(said).toEqual([]);
});

test('locks in a database are named, and stay', async () => {
  const refusal = [
    'error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.',
    `  postgres://****:****@db.example.org/pulumi/.pulumi/locks/1.json: created by ann@${os.hostname()} (pid ${endedPid()}) at 2026-03-14T09:26:53Z`,
  ].join('\n');
  expect(stackLocks(refusal)).toHaveLength(1);
  const work = (): Promise<void> => Promise.reject(new PulumiFailure('up', 'one', refusal));
  await expect(withoutAbandonedLocks('one', './dcn', (line) => said.push(line), work)).rejects.toThrow(
    `It does not run on this host. If no other host is called ${os.hostname()}, remove the lock: `,
  );
  expect(said).toEqual([]);
});

test('another failure of pulumi is handed on', async () => {
  const failure = new PulumiFailure('up', 'one', 'error: no space');
  await expect(
    withoutAbandonedLocks(
      'one',
      './dcn',
      () => undefined,
      () => Promise.reject(failure),
    ),
  ).rejects.toBe(failure);
});

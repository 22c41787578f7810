import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Server, utils } from 'ssh2';
import { lastRun } from '../../cli/run/record';
import { unfinishedText } from '../../cli/run/summary';
import type { ListedImage } from '../../kit/answers';
import { ed25519KeyPair } from '../toolchain/keys';
import { until } from '../kit/undercloud';
import { runsOfEachTest } from './fakeRuns';
import { seenServer } from './seenServer';
import { startUndercloud, writeStack } from './undercloudServer';

/* Runs in waves, with the fake `pulumi` and an undercloud whose kit answers as the test wants. */

const { folder, put, take, log, logged, start } = runsOfEachTest();

const guest: ListedImage = {
  diskFormat: 'raw',
  failed: [],
  id: '573db908-2c8a-4b9d-a068-799137b8549f',
  importing: [],
  lab: true,
  name: 'guest',
  sha512: null,
  size: 1,
  status: 'active',
  stores: ['central', 'dcn0'],
};

function publicKey(): string {
  const key = utils.parseKey(ed25519KeyPair().private);
  if (key instanceof Error) {
    throw key;
  }
  return `${key.type} ${key.getPublicSSH().toString('base64')}`;
}

/**
 * The kit's calls; `prove` answers at once, while `hold-prove` exists at the end of its input, while `drop-prove` exists not at all.
 */
let calls: string[];
let images: ListedImage[];
let faults: string[];
let server: Server;
beforeEach(async () => {
  calls = [];
  images = [guest];
  faults = [];
  server = await startUndercloud(folder(), (channel, command) => {
    const words = command.replace(/^\S+ \S+ /, '');
    calls.push(words);
    const end = (code: number, answer?: unknown): void => {
      channel.write(answer === undefined ? '' : `${JSON.stringify(answer)}\n`);
      channel.exit(code);
      channel.end();
    };
    const has = (name: string): boolean =>
      words === 'servers prove' && fs.existsSync(path.join(folder(), name));
    if (has('drop-prove')) {
      channel.resume();
    } else if (has('hold-prove')) {
      channel.on('end', () => {
        channel.stderr.write('server x: interrupted, and removed\n');
        end(130);
      });
      channel.resume();
    } else if (words.startsWith('images list')) {
      end(0, images);
    } else if (words === 'servers prove') {
      end(0, { ...seenServer, faults });
    } else {
      end(0, words.startsWith('status') ? { jobs: [] } : undefined);
    }
  });
  writeStack('far');
  const file = path.join(folder(), 'Pulumi.far.yaml');
  const text = fs.readFileSync(file, 'utf8');
  const site = text.slice(text.indexOf('    dcn0:'), text.indexOf('\n  glance-dcn:images:'));
  const more = [1, 2, 3].map((index) =>
    site.replaceAll('dcn0', `dcn${index}`).replace(/hostKey: .*/, `hostKey: ${publicKey()}`),
  );
  const sites = text.replace(site, `${site}${more.join('')}`);
  fs.writeFileSync(file, sites.replace('sites: [dcn0]', 'sites: [dcn0, dcn1, dcn2]'));
});
afterEach(() => server.close());

const up = (options: object) => start(options, 'Pulumi.far.yaml');
const started = (): string[] =>
  log().flatMap((line) => (line.startsWith('start ') ? [line.slice('start far-'.length)] : []));
const before = ['', 'control-plane'];

test('the canary gets the images that it lacks, and its servers run, before the groups begin', async () => {
  put('hold-far-dcn0');
  const { ended } = up({ canary: 'dcn2', wave: 2 });
  await logged('start far-dcn0');
  expect(calls).toEqual(['images list --json --of-lab', 'images copy guest --to dcn2', 'servers prove']);
  expect(started()).not.toContain('dcn3');
  take('hold-far-dcn0');
  const { code, said } = await ended;
  expect({ code, said }).toMatchObject({ code: 0 });
  expect(started()).toEqual([
    ...[...before, 'dcn2'],
    ...[expect.stringMatching(/^dcn[01]$/), expect.stringMatching(/^dcn[01]$/)],
    ...['dcn3', 'images'],
  ]);
  expect(said).toMatch(/^done +canary dcn2 +\d+ s$/m);
  expect(said).toContain('    No command ran at dcn2: its servers prove the site as it was before this run.');
  const { words, parts } = lastRun('far', './dcn');
  expect(words).toEqual(['--canary', 'dcn2', '--wave', '2']);
  expect(parts.map(({ name }) => name)).toContain('canary dcn2');
});

test('a canary that has the images gets none; images that Glance does not have come later, and the summary says so', async () => {
  const run = async (): Promise<string> => (await up({ canary: 'dcn0' }).ended).said;
  expect(await run()).toMatch(/^done +canary dcn0 /m);
  expect(calls).toEqual(['images list --json --of-lab', 'servers prove']);
  calls = [];
  images = [{ ...guest, status: 'queued' }];
  expect(await run()).toContain('    No server from guest: Glance gets such images after all sites are up.');
  expect(calls).toEqual(['images list --json --of-lab']);
});

test('a fault of a server stops the run at the canary', async () => {
  faults = ['guest at dcn0: the disk is no clone'];
  const { code, said } = await up({ canary: 'dcn0', asAdmin: true, wave: 2, parallel: 3 }).ended;
  expect(code).toBe(1);
  expect(started()).toEqual([...before, 'dcn0']);
  expect(said).toMatch(/^FAILED +canary dcn0 +after \d+ s\n {4}guest at dcn0: the disk is no clone$/m);
  expect(said).toMatch(/^not started +far-dcn1 +canary dcn0 is not proven$/m);
  expect(said).toContain(
    'Stopped at the canary dcn0.\nSites done: control-plane; failed: dcn0; not started: dcn1, dcn2, dcn3.\n',
  );
  expect(said).toMatch(/^next: correct the cause .* up --canary dcn0 --as-admin --wave 2 --parallel 3$/m);
});

test('a failure in a group stops the run after this group, and the next run goes on without the canary', async () => {
  put('fail-far-dcn1');
  const first = await up({ canary: 'dcn0', asAdmin: true, wave: 2, parallel: 3 }).ended;
  expect(started().slice(0, 3)).toEqual([...before, 'dcn0']);
  expect(started().slice(3).sort()).toEqual(['dcn1', 'dcn2']);
  expect(first.said).toContain(
    'Stopped in group 1 of 2.\nSites done: control-plane, dcn0, dcn2; failed: dcn1; not started: dcn3.\n',
  );
  expect(first.said).toMatch(/^next: .* up --wave 2 --parallel 3$/m);
  expect(unfinishedText(lastRun('far', './dcn'), './dcn')).toMatch(
    /; next: \.\/dcn up --wave 2 --parallel 3\n$/,
  );
  take('fail-far-dcn1');
  calls = [];
  const second = await up({ wave: 2 }).ended;
  expect({ code: second.code, calls }).toEqual({ code: 0, calls: [] });
});

test('Ctrl-C at the servers removes them, and the same command goes on', async () => {
  put('hold-prove');
  const { child, ended } = up({ canary: 'dcn0', wave: 2 });
  await until(() => calls.includes('servers prove'), 'the server');
  child.kill('SIGINT');
  const { code, said } = await ended;
  expect(code).toBe(130);
  expect(said).toMatch(/^interrupted +canary dcn0 /m);
  expect(said).toContain('Stopped at the canary dcn0.\n');
  expect(said).toMatch(/^next: .* up --canary dcn0 --wave 2$/m);
  expect(started()).toEqual([...before, 'dcn0']);
});

test('after kill -9 at the servers the same command proves the canary again', async () => {
  put('drop-prove');
  const { child, ended } = up({ canary: 'dcn0' });
  await until(() => calls.includes('servers prove'), 'the server');
  child.kill('SIGKILL');
  await ended;
  take('drop-prove');
  expect((await up({ canary: 'dcn0' }).ended).code).toBe(0);
  expect(calls.filter((words) => words === 'servers prove')).toHaveLength(2);
});

test('a canary without servers or images, and one that others build on, are refused before anything starts', async () => {
  const refusal = async (canary: string, labFile?: string): Promise<string> => {
    const { code, said } = await start({ canary }, labFile).ended;
    expect({ code, log: log() }).toEqual({ code: 1, log: [] });
    return said;
  };
  expect(await refusal('control-plane', 'Pulumi.far.yaml')).toContain('the other sites build on it');
  expect(await refusal('dcn3', 'Pulumi.far.yaml')).toContain(
    '--canary dcn3: the lab file puts no image at this site',
  );
  const { code, said } = await start({ asAdmin: true }, 'Pulumi.far.yaml').ended;
  expect({ code, said, log: log() }).toEqual({
    code: 1,
    said: expect.stringContaining(
      '--as-admin: is about the servers at a canary: name one by --canary.',
    ) as string,
    log: [],
  });
  const file = path.join(folder(), 'Pulumi.dev.yaml');
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('{ servers: true }', '{ servers: false }'));
  expect(await refusal('dcn0', 'Pulumi.dev.yaml')).toContain(
    '--canary dcn0: the sandbox of this lab has no Nova',
  );
});

import * as path from 'node:path';
import execa from 'execa';
import type { Server, ServerChannel } from 'ssh2';
import type { ListedImage } from '../../kit/answers';
import { projectRoot } from '../../lib/paths';
import { folderOfEachTest } from '../folderOfEachTest';
import { until } from '../kit/undercloud';
import { startUndercloud, writeStack } from './undercloudServer';

/* `dcn images` of a lab that is up: what it asks the kit for, and what it prints while the kit's list comes. */

const folder = folderOfEachTest('state');

const image = (name: string, more: Partial<ListedImage> = {}): ListedImage => ({
  diskFormat: 'raw',
  failed: [],
  id: '573db908-2c8a-4b9d-a068-799137b8549f',
  importing: [],
  lab: false,
  name,
  sha512: null,
  size: 2 ** 20,
  status: 'active',
  stores: ['central'],
  ...more,
});
const line = (...of: Parameters<typeof image>): string => JSON.stringify(image(...of));

let server: Server | undefined;
/** Words of the kit's verbs that ran. */
let called: string[] = [];
afterEach(() => server?.close());

/** Starts an undercloud whose kit answers by `answer`, with exit code 0 unless it gives another; gives the lab file. */
async function undercloud(
  answer: (channel: ServerChannel) => Promise<number | void> | number | void,
): Promise<string> {
  writeStack('far');
  called = [];
  server = await startUndercloud(folder(), (channel, command) => {
    called.push(command.replace(/^.*\/kit /, ''));
    void Promise.resolve(answer(channel)).then((code) => {
      channel.exit(code ?? 0);
      channel.end();
    });
  });
  return path.join(folder(), 'Pulumi.far.yaml');
}

const dcn = (lab: string, ...words: string[]): execa.ExecaChildProcess =>
  execa('./dcn', ['--lab', lab, 'images', ...words], { cwd: projectRoot, reject: false });

test('--json prints each image in a line of its own, as soon as the kit has printed it', async () => {
  let stdout = '';
  const lab = await undercloud(async (channel) => {
    channel.write(`[\n${line('a')},\n${line('b').slice(0, 20)}`);
    await until(() => /"name":"a"/.test(stdout), 'the first image');
    channel.write(`${line('b').slice(20)}\n]\n`);
  });
  const run = dcn(lab, '--json');
  run.stdout?.on('data', (data: Buffer) => (stdout += data.toString()));
  const { exitCode } = await run;
  const entries = ['a', 'b'].map((name) => ({ ...image(name), missing: [] }));
  expect(JSON.parse(stdout)).toEqual(entries);
  expect(stdout.split('\n').map((text) => text[0] ?? '')).toEqual(['[', '{', '{', ']', '']);
  expect(exitCode).toBe(0);
});

test('--json prints an empty array of no images', async () => {
  const lab = await undercloud((channel) => void channel.write('[]\n'));
  expect(await dcn(lab, '--json')).toMatchObject({ stdout: '[]', exitCode: 0 });
});

test('takes the list of a kit of version 0.1.0, which is one line', async () => {
  const lab = await undercloud((channel) => void channel.write(`[${line('a')}, ${line('b')}]\n`));
  const { stdout } = await dcn(lab);
  expect(stdout.split('\n').slice(3, -1)).toEqual([
    '│ a     │ active │ raw    │ 1   │ central │',
    '│ b     │ active │ raw    │ 1   │ central │',
  ]);
});

test('the table in a pipe needs no pager', async () => {
  const lab = await undercloud((channel) => void channel.write(`[\n${line('a')}\n]\n`));
  const run = execa('./dcn', ['--lab', lab, 'images'], { cwd: projectRoot, env: { PAGER: 'false' } });
  expect((await run).stdout).toContain('│ a     │ active │');
});

test.each([
  ['ends with an error', `[\n${line('a')}`, 1, /^Glance does not answer$/],
  ['ends before the list does', `[\n${line('a')},\n`, 0, /^kit images list --json: answered .*Does the kit/],
  ['prints nothing', '', 0, /^kit images list --json: answered "".*Does the kit/],
  ['prints what is no image', `[\n{"name":1}\n]\n`, 0, /^kit images list --json: .*name: /],
])('fails if the kit %s', async (_, text, code, message) => {
  const lab = await undercloud((channel) => {
    channel.write(text);
    channel.stderr.write(code === 0 ? '' : 'Glance does not answer\n');
    return code;
  });
  const { stderr, exitCode, stdout } = await dcn(lab);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr.split('\n').at(-1)).toMatch(message);
});

test('asks Glance for names, statuses and the images of the lab, and chooses by patterns and sites itself', async () => {
  const lab = await undercloud((channel) => void channel.write(`[\n${line('a')},\n${line('b')}\n]\n`));
  const names = async (...words: string[]): Promise<unknown[]> =>
    (JSON.parse((await dcn(lab, ...words, '--json')).stdout) as { name: string; status: string }[]).map(
      ({ name, status }) => `${name} ${status}`,
    );
  expect(await names('--name', 'a', '--status', 'active')).toEqual(['a active']);
  expect(await names('--name', '?', '--at', 'control-plane')).toEqual(['a active', 'b active']);
  expect(await names('--at', 'dcn0')).toEqual([]);
  expect(await names('--in-lab-file')).toEqual(['guest absent']);
  expect(await names('--missing', '--at', 'dcn0')).toEqual(['guest absent']);
  expect(called).toEqual([
    'images list --json --name a --status active',
    'images list --json',
    'images list --json',
    'images list --json --of-lab',
    'images list --json --of-lab',
  ]);
});

test.each([
  [['--at', 'dcn9'], /^dcn9: no site or store of lab far\. Stores: central, dcn0\.$/],
  [
    ['--status', 'actve'],
    /^error: option '--status <status>' argument 'actve' is invalid\. Allowed choices are queued, .*active/,
  ],
])('refuses %j', async (words, message) => {
  const lab = await undercloud(() => 0);
  const { stderr, exitCode } = await dcn(lab, ...words);
  expect({ exitCode, called }).toEqual({ exitCode: 1, called: [] });
  expect(stderr).toMatch(message);
});

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { projectRoot } from '../../lib/paths';
import { existingText, openstackText } from '../model/labs';

/* Verbs of `dcn` on labs that are not up, on a machine with an empty cache: nothing is made, and no host is contacted. */

const shipped = {
  existing: existingText,
  openstack: openstackText,
  sandbox: fs.readFileSync(path.join(projectRoot, 'Pulumi.dev.yaml'), 'utf8'),
};

// The tests share a cache, in which the first one puts the bundle of the command line.
const cache = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-cache-'));
afterAll(() => fs.rmSync(cache, { recursive: true }));

let folder: string;
let file: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-test-'));
  file = path.join(folder, 'Pulumi.mine.yaml');
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** Runs a verb. `made`: what it left on this machine, other than the bundle of the command line. */
async function dcn(lab: keyof typeof shipped, ...words: string[]) {
  fs.writeFileSync(file, shipped[lab]);
  const state = path.join(folder, 'state');
  const ended = await execa('./dcn', ['--lab', file, ...words], {
    cwd: projectRoot,
    env: { GLANCE_DCN_STATE: state, GLANCE_DCN_CACHE: cache },
    reject: false,
  });
  const made = [
    ...(fs.existsSync(state) ? ['state'] : []),
    ...fs.readdirSync(cache).filter((name) => name !== 'program'),
  ];
  return { ...ended, made };
}

const notUp = () =>
  `Lab mine is not up: ${path.join(folder, 'state/mine')} has no stack of it. Bring it up: ./dcn --lab ${file} up`;

const labs = Object.keys(shipped) as (keyof typeof shipped)[];

test.each(labs)('status says that a lab of provisioner %s is not up', async (lab) => {
  const { stdout, stderr, exitCode, made } = await dcn(lab, 'status');
  expect({ stdout, stderr, exitCode, made }).toEqual({ stdout: notUp(), stderr: '', exitCode: 0, made: [] });
});

test('status --json has all stacks without resources, and no undercloud', async () => {
  const { stdout, exitCode, made } = await dcn('sandbox', 'status', '--json');
  expect(JSON.parse(stdout)).toEqual({
    lab: 'mine',
    stacks: ['mine', 'mine-control-plane', 'mine-dcn0', 'mine-dcn1', 'mine-images'].map((name) => ({
      name,
      resourceCount: 0,
    })),
    undercloud: null,
  });
  expect({ exitCode, made }).toEqual({ exitCode: 0, made: [] });
});

test.each(
  labs.flatMap((lab) =>
    [['images'], ['images', '--json'], ['images', 'verify'], ['verify']].map(
      (words) => [words.join(' '), lab] as const,
    ),
  ),
)('%s fails with that for provisioner %s', async (words, lab) => {
  const { stdout, stderr, exitCode, made } = await dcn(lab, ...words.split(' '));
  expect({ stdout, stderr, exitCode, made }).toEqual({ stdout: '', stderr: notUp(), exitCode: 1, made: [] });
});

test.each(labs)('preview lists all stacks of provisioner %s as missing', async (lab) => {
  const { stdout, stderr, exitCode, made } = await dcn(lab, 'preview');
  expect(stdout).toMatch(/^\| mine \| does not exist yet: `\.\/dcn --lab \S+ up` \|$/m);
  expect(stdout).toMatch(/^\| mine-images \| does not exist yet: waits for mine, mine-control-plane, /m);
  expect({ stderr, exitCode, made }).toEqual({ stderr: notUp(), exitCode: 0, made: [] });
});

test('topology shows where the lab file wants the images', async () => {
  const { stdout, stderr, exitCode, made } = await dcn('sandbox', 'topology');
  expect(stdout).toContain('images as the lab file wants them (the lab is not up)');
  expect({ stderr, exitCode, made }).toEqual({ stderr: notUp(), exitCode: 0, made: [] });
});

test('destroy of a site says that the lab is not up', async () => {
  const { stderr, exitCode, made } = await dcn('existing', 'destroy', 'dcn0', 'dcn1');
  expect(stderr).toBe(`dcn0, dcn1: nothing to destroy. ${notUp()}`);
  expect({ exitCode, made }).toEqual({ exitCode: 1, made: [] });
});

test('destroy of the lab removes the rest of its state', async () => {
  fs.mkdirSync(path.join(folder, 'state/mine/pulumi'), { recursive: true });
  const { stdout, exitCode } = await dcn('existing', 'destroy');
  expect(stdout).toBe('Lab mine has no stack. Nothing of it is on this machine any more.');
  expect(exitCode).toBe(0);
  expect(fs.readdirSync(path.join(folder, 'state'))).toEqual([]);
  expect(fs.readdirSync(cache)).toEqual(['program']);
});

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { copyImages, copyWay, imagesAndLocations } from '../../cli/commands/images';
import { printPlan } from '../../cli/commands/plan';
import { ssh } from '../../cli/commands/ssh';
import { openLab } from '../../cli/context';
import { createProgram } from '../../cli/program';
import { verbs } from '../../kit/verbs';
import { projectRoot } from '../../lib/paths';
import { dependencies } from '../../package.json';

jest.mock('../../cli/commands/plan', () => ({ printPlan: jest.fn() }));
jest.mock('../../cli/commands/ssh', () => ({ ssh: jest.fn() }));
jest.mock('../../cli/commands/images', () => ({
  ...jest.requireActual<object>('../../cli/commands/images'),
  copyImages: jest.fn(),
}));

const run = (...words: string[]) => createProgram().parseAsync(words, { from: 'user' });
const dcn = (...words: string[]) =>
  execa('./dcn', words, { cwd: projectRoot, reject: false, timeout: 30_000 });

describe('--lab', () => {
  test.each([
    ['before the verb', ['--lab', 'mine', 'plan', '--out', 'x']],
    ['after the verb', ['plan', '--lab', 'mine', '--out', 'x']],
    ['at the end', ['plan', '--out', 'x', '--lab=mine']],
  ])('is accepted %s', async (_, words) => {
    await run(...words);
    expect(printPlan).toHaveBeenLastCalledWith('mine', expect.objectContaining({ out: 'x' }));
  });

  test('is the default lab where it is not given', async () => {
    await run('plan');
    expect(printPlan).toHaveBeenLastCalledWith('dev', expect.anything());
  });

  test.each([
    ['after the first of two verbs', ['images', '--lab', 'mine', 'copy', 'cirros', '--to', 'dcn0']],
    ['after both', ['images', 'copy', 'cirros', '--lab', 'mine', '--to', 'dcn0']],
    ['after a list', ['images', 'copy', 'cirros', '--to', 'dcn0', '--lab', 'mine']],
  ])('is accepted %s', async (_, words) => {
    await run(...words);
    expect(copyImages).toHaveBeenLastCalledWith(
      'mine',
      ['cirros'],
      expect.objectContaining({ to: ['dcn0'] }),
    );
  });

  test('is of dcn before the node of ssh, and of the remote command after it', async () => {
    await run('ssh', '--lab', 'mine', 'undercloud', 'make', '--lab', 'other');
    expect(ssh).toHaveBeenLastCalledWith('mine', 'undercloud', ['make', '--lab', 'other']);
  });
});

describe('images copy', () => {
  test('has the words of the direct way for the kit', () => {
    const way = copyWay({ direct: true, dryRun: true, rate: '50', rateInAll: '80', atOnce: '2' });
    expect(verbs.images.copy(['a'], ['dcn0'], way).words.join(' ')).toBe(
      'images copy a --to dcn0 --direct --dry-run --rate 50 --rate-in-all 80 --at-once 2',
    );
    expect(verbs.images.copy(['a'], ['dcn0'], copyWay({})).words.join(' ')).toBe('images copy a --to dcn0');
  });

  test('refuses options of the direct way without --direct', () => {
    expect(() => copyWay({ rate: '50' })).toThrow('are for --direct: Glance itself has no such settings');
  });
});

describe('images copy and remove', () => {
  const context = openLab('dev');
  const split = (names: string[], words: string[]) =>
    imagesAndLocations(context, 'copy IMAGE… --to', names, words);

  test.each([
    [['cirros'], ['dcn0', 'dcn1'], ['cirros'], ['dcn0', 'dcn1']],
    [[], ['dcn0', 'cirros'], ['cirros'], ['dcn0']],
    [[], ['dcn0', 'control-plane', 'cirros', 'dcn1'], ['cirros', 'dcn1'], ['dcn0', 'central']],
    [['dcn0'], ['dcn1'], ['dcn0'], ['dcn1']],
  ])('of %j to %j', (names, words, images, locations) => {
    expect(split(names, words)).toEqual({ images, locations });
  });

  test('refuse a site that the lab does not have, and a call without images', () => {
    expect(() => split([], ['dcn9', 'cirros'])).toThrow('dcn9: no site or store of lab dev.');
    expect(() => split([], ['dcn0', 'dcn1'])).toThrow(
      'no image is named: ./dcn images copy IMAGE… --to dcn0 dcn1',
    );
  });
});

test('--version prints the versions of dcn, Node and Pulumi in one line', async () => {
  const { stdout, exitCode } = await dcn('--version');
  expect(stdout).toBe(
    `glance-dcn 0.1.0, Node ${process.versions.node}, Pulumi ${dependencies['@pulumi/pulumi']}`,
  );
  expect(exitCode).toBe(0);
});

test('a closed pipe ends dcn without an error text', async () => {
  const { stdout, stderr } = await execa('bash', ['-c', './dcn plan | (exec <&-); echo "${PIPESTATUS[0]}"'], {
    cwd: projectRoot,
  });
  expect({ stdout, stderr }).toEqual({ stdout: '141', stderr: '' });
});

test('help after an error lists every verb', async () => {
  const { stderr, exitCode } = await dcn('bogus');
  for (const verb of createProgram().commands) {
    expect(stderr).toMatch(new RegExp(`^  ${verb.name()} `, 'm'));
  }
  expect(exitCode).toBe(1);
});

test('an error of dcn verify is printed once', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-test-'));
  const file = path.join(folder, 'Pulumi.mine.yaml');
  fs.copyFileSync(path.join(projectRoot, 'Pulumi.dev.yaml'), file);
  const { all } = await execa('./dcn', ['--lab', file, 'verify'], {
    cwd: projectRoot,
    env: { GLANCE_DCN_STATE: folder },
    reject: false,
    all: true,
  });
  expect(all?.match(/Lab mine is not up/g)).toHaveLength(1);
  fs.rmSync(folder, { recursive: true });
});

test('dcn plan --out refuses a folder that it cannot write', async () => {
  const { stderr, exitCode } = await dcn('plan', '--out', '/proc/x');
  expect(stderr).toMatch(/^--out \/proc\/x: .*\. Name a folder that does not exist or is empty/);
  expect(exitCode).toBe(1);
  expect((await dcn('plan', '--out', '/dev/null')).stderr).toMatch(/^--out \/dev\/null: ENOTDIR/);
});

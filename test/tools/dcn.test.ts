import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import * as semver from 'semver';
import { parse } from 'yaml';
import { projectRoot } from '../../lib/paths';
import { engines } from '../../package.json';
import { nodeVersions } from '../../tools/testNodes';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-entry-'));
  fs.copyFileSync(path.join(projectRoot, 'dcn'), path.join(folder, 'dcn'));
  fs.cpSync(path.join(projectRoot, 'cli', 'checkNode.cjs'), path.join(folder, 'cli', 'checkNode.cjs'));
  fs.copyFileSync(path.join(projectRoot, 'package.json'), path.join(folder, 'package.json'));
  fs.mkdirSync(path.join(folder, 'bin'));
  for (const tool of ['dirname', 'readlink', 'flock']) {
    fs.symlinkSync(path.join('/usr/bin', tool), path.join(folder, 'bin', tool));
  }
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  fs.writeFileSync(path.join(folder, name), text, { mode: 0o755 });
}

/** Runs a copy of `dcn` from another folder. PATH has three system programs and the fakes of `bin`. */
function dcn(...args: string[]): execa.ExecaChildProcess {
  const env = { PATH: path.join(folder, 'bin') };
  return execa('/bin/bash', [path.join(folder, 'dcn'), ...args], {
    env,
    extendEnv: false,
    reject: false,
    cwd: '/',
  });
}

test('names node if it is missing', async () => {
  expect((await dcn()).stderr).toBe('dcn: node is not on PATH: install Node.js 20, 22 or 24');
});

/** Puts a `node` on PATH that claims this version. */
function writeNode(version: string): void {
  write(
    'version.cjs',
    `Object.defineProperty(process, 'version', { value: 'v${version}' });
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`,
  );
  write('bin/node', `#!/bin/sh\nexec '${process.execPath}' --require ${folder}/version.cjs "$@"\n`);
}

test.each(['18.19.0', '20.16.0', '21.7.0', '22.8.0', '23.0.0', '26.0.0'])(
  'refuses Node %s',
  async (version) => {
    writeNode(version);
    write('bin/npm', `#!/bin/sh\necho "$@" >> ${folder}/npm.log\n`);
    const { stderr, exitCode } = await dcn();
    const wanted = '20 (20.17 or later), 22 (22.9 or later) or 24';
    expect(stderr).toBe(`dcn: node is v${version}: install Node.js ${wanted}`);
    expect(exitCode).toBe(1);
    expect(fs.existsSync(path.join(folder, 'npm.log'))).toBe(false);
    // The same message if the packages are installed.
    fs.copyFileSync(path.join(projectRoot, 'cli', 'start.cjs'), path.join(folder, 'cli', 'start.cjs'));
    write('package-lock.json', '{}');
    write('node_modules/.package-lock.json', '{}');
    expect((await dcn()).stderr).toBe(stderr);
  },
);

test.each(['20.17.0', '20.20.2', '22.9.0', '22.23.3', '24.0.0', '24.21.0'])(
  'accepts Node %s',
  async (version) => {
    writeNode(version);
    const run = await execa(path.join(folder, 'bin/node'), [path.join(folder, 'cli/checkNode.cjs')]);
    expect(run).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  },
);

test('the tests run on each version of Node that package.json names', () => {
  const named = engines.node.split(' || ').map((range) => Number(/\d+/.exec(range)?.[0]));
  const workflow = parse(fs.readFileSync(path.join(projectRoot, '.github/workflows/labs.yml'), 'utf8')) as {
    jobs: { check: { strategy: { matrix: { node: number[] } } } };
  };
  expect(workflow.jobs.check.strategy.matrix.node).toEqual(named);
  const others = nodeVersions.map((version) => semver.major(version));
  expect(named).toEqual([20, ...others]);
  expect(nodeVersions.every((version) => semver.satisfies(version, engines.node))).toBe(true);
});

test('says what to do if npm fails', async () => {
  write('bin/node', '#!/bin/sh\n');
  write('bin/npm', '#!/bin/sh\necho "npm error network no route to host" >&2\nexit 1\n');
  write('package-lock.json', '{}');
  const { stderr, exitCode } = await dcn('up');
  expect(stderr.split('\n').slice(1)).toEqual([
    'npm error network no route to host',
    `dcn: npm ci failed in ${folder}: correct what npm says above (mostly the way to the npm registry), then run the same command again`,
  ]);
  expect(exitCode).toBe(1);
});

test('installs packages once, and passes its arguments on', async () => {
  write('bin/node', '#!/bin/sh\ncase $1 in *checkNode.cjs) ;; *) echo "$@" ;; esac\n');
  write('bin/npm', `#!/bin/sh\necho "$PWD" "$@" >> ${folder}/npm.log\n`);
  write('package-lock.json', '{}');
  const { stdout } = await dcn('up', '--lab', 'a b');
  expect(stdout).toBe(`${folder}/cli/start.cjs up --lab a b`);
  expect(fs.readFileSync(path.join(folder, 'npm.log'), 'utf8')).toMatch(`${folder} ci`);
  write('node_modules/.package-lock.json', '{}');
  fs.rmSync(path.join(folder, 'npm.log'));
  await dcn('up');
  expect(fs.existsSync(path.join(folder, 'npm.log'))).toBe(false);
});

test('two runs at once install the packages once', async () => {
  write('bin/node', '#!/bin/sh\n');
  write(
    'bin/npm',
    `#!/bin/sh\necho ci >> ${folder}/npm.log\n/bin/sleep 1\n/bin/mkdir -p node_modules\n/bin/touch node_modules/.package-lock.json\n`,
  );
  write('package-lock.json', '{}');
  const runs = await Promise.all([dcn('up'), dcn('status')]);
  expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(runs.map(({ stderr }) => stderr).sort()).toEqual([
    'dcn: installing npm packages',
    'dcn: waiting for another run that installs npm packages',
  ]);
  expect(fs.readFileSync(path.join(folder, 'npm.log'), 'utf8')).toBe('ci\n');
});

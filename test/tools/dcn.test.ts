import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { projectRoot } from '../../lib/paths';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-entry-'));
  fs.copyFileSync(path.join(projectRoot, 'dcn'), path.join(folder, 'dcn'));
  fs.cpSync(path.join(projectRoot, 'cli', 'checkNode.cjs'), path.join(folder, 'cli', 'checkNode.cjs'));
  fs.mkdirSync(path.join(folder, 'bin'));
  for (const tool of ['dirname', 'readlink']) {
    fs.symlinkSync(path.join('/usr/bin', tool), path.join(folder, 'bin', tool));
  }
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  fs.writeFileSync(path.join(folder, name), text, { mode: 0o755 });
}

/** Runs a copy of `dcn` from another folder, with nothing on PATH but two coreutils and the stand-ins of `bin`. */
function dcn(...args: string[]): execa.ExecaChildProcess {
  const env = { PATH: path.join(folder, 'bin') };
  return execa('/bin/bash', [path.join(folder, 'dcn'), ...args], {
    env,
    extendEnv: false,
    reject: false,
    cwd: '/',
  });
}

test('says what is missing', async () => {
  expect((await dcn()).stderr).toBe('dcn: node is not on PATH: install Node.js 20 or later');
});

test('wants Node 20', async () => {
  write(
    'version.cjs',
    `Object.defineProperty(process, 'version', { value: 'v18.19.0' });
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.19.0' } });`,
  );
  write('bin/node', `#!/bin/sh\nexec '${process.execPath}' --require ${folder}/version.cjs "$@"\n`);
  write('bin/npm', `#!/bin/sh\necho "$@" >> ${folder}/npm.log\n`);
  const { stderr, exitCode } = await dcn();
  expect(stderr).toBe('dcn: node is v18.19.0: install Node.js 20 or later');
  expect(exitCode).toBe(1);
  expect(fs.existsSync(path.join(folder, 'npm.log'))).toBe(false);
  // The same where the packages are there already.
  fs.copyFileSync(path.join(projectRoot, 'cli', 'start.cjs'), path.join(folder, 'cli', 'start.cjs'));
  write('package-lock.json', '{}');
  write('node_modules/.package-lock.json', '{}');
  expect((await dcn()).stderr).toBe(stderr);
});

test('installs packages once, and hands its arguments on', async () => {
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

/**
 * `npm run lint`: checks formatting, eslint's rules, types, imports between rooms, scripts, Python and workflows, side by side,
 * and prints the faults of each check. `--fix` first lets prettier, eslint and ruff fix what they can.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import execa from 'execa';
import { makeAtomic } from '../lib/atomicFile';
import { withLock } from '../lib/lock';
import { cacheDir, projectRoot } from '../lib/paths';
import { ensureSystemPackages } from '../lib/debianPackages';
import { rooms } from './arrows.json';

const ruffVersion = '0.17.6';

interface Check {
  name: string;
  /** Resolves to the faults as text; empty: none. */
  run(): Promise<string>;
}

/**
 * Cache of prettier and tsc for this checkout: digests of the files without faults. eslint has no cache: a change of types in
 * one file can cause a fault in another file.
 */
const memory = path.join(
  cacheDir(),
  'lint',
  createHash('sha256').update(projectRoot).digest('hex').slice(0, 12),
);

/** First lines of scripts that have no file name extension, by the extension of their language. */
const interpreters = { sh: /^#!.*\b(ba)?sh\b/, py: /^#!.*\bpython/ };

/** The project's scripts in one language, among tracked files and new files that git does not ignore. */
async function scriptsIn(language: keyof typeof interpreters): Promise<string[]> {
  const { stdout } = await execa('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: projectRoot,
  });
  const files = await Promise.all(
    stdout
      .split('\0')
      .filter(Boolean)
      .map(async (file) => ((await isIn(language, file)) ? [file] : [])),
  );
  return files.flat();
}

async function isIn(language: keyof typeof interpreters, file: string): Promise<boolean> {
  const ending = path.extname(file);
  // git also lists files whose removal is not committed yet.
  const text = await fs.readFile(path.join(projectRoot, file), 'utf8').catch(() => undefined);
  if (text === undefined || ending) {
    return text !== undefined && ending === `.${language}`;
  }
  return interpreters[language].test(text.slice(0, text.indexOf('\n')));
}

async function output(program: string, args: string[]): Promise<string> {
  const { all = '', failed } = await execa(program, args, { cwd: projectRoot, all: true, reject: false });
  return failed ? all || `${program} failed` : '';
}

const node = (script: string, ...args: string[]): Promise<string> =>
  output(process.execPath, [path.join(projectRoot, 'node_modules', script), ...args]);

function prettier(): Promise<string> {
  const cache = ['--cache', '--cache-strategy', 'content', '--cache-location', path.join(memory, 'prettier')];
  return node('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', ...cache, '.');
}

function tsc(): Promise<string> {
  const buildInfo = path.join(memory, 'tsc.tsbuildinfo');
  return node('typescript/bin/tsc', '--noEmit', '--incremental', '--tsBuildInfoFile', buildInfo);
}

async function shellcheck(): Promise<string> {
  await ensureSystemPackages(['shellcheck'], () => undefined);
  return output('shellcheck', await scriptsIn('sh'));
}

/** Installs ruff into a Python environment in the cache, once. @returns its path */
async function ensureRuff(): Promise<string> {
  const folder = path.join(cacheDir(), `ruff-${ruffVersion}`);
  const ruff = path.join(folder, 'bin', 'ruff');
  const isInstalled = (): Promise<boolean> =>
    fs.access(ruff).then(
      () => true,
      () => false,
    );
  if (await isInstalled()) {
    return ruff;
  }
  await withLock(
    `${folder}.lock`,
    () => undefined,
    async () => {
      if (await isInstalled()) {
        return;
      }
      await fs.rm(folder, { recursive: true, force: true });
      const venv = await execa('python3', ['-m', 'venv', folder], { reject: false });
      if (venv.failed) {
        await ensureSystemPackages(['python3', 'python3-venv'], () => undefined);
        await execa('python3', ['-m', 'venv', '--clear', folder]);
      }
      await execa(path.join(folder, 'bin', 'python'), [
        '-m',
        'pip',
        'install',
        '--quiet',
        `ruff==${ruffVersion}`,
      ]);
    },
  );
  return ruff;
}

async function ruff(): Promise<string> {
  const program = await ensureRuff();
  const files = await scriptsIn('py');
  if (files.length === 0) {
    return '';
  }
  const faults = [
    await output(program, ['check', '--quiet', ...files]),
    await output(program, ['format', '--check', '--quiet', ...files]),
  ];
  return faults.filter(Boolean).join('\n');
}

/** Builds actionlint, at the version of tools/actionlint/go.mod, into the cache, once. @returns its path */
async function ensureActionlint(): Promise<string> {
  const source = path.join(projectRoot, 'tools', 'actionlint');
  const version = /actionlint (v\S+)/.exec(await fs.readFile(path.join(source, 'go.mod'), 'utf8'))?.[1];
  const program = path.join(cacheDir(), `actionlint-${version}`);
  await withLock(
    `${program}.lock`,
    () => undefined,
    async () => {
      if (await fs.stat(program).catch(() => undefined)) {
        return;
      }
      await makeAtomic(program, async (draft) => {
        await execa('go', ['build', '-trimpath', '-o', draft, 'github.com/rhysd/actionlint/cmd/actionlint'], {
          cwd: source,
          env: { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' },
        });
      });
    },
  );
  return program;
}

async function actionlint(): Promise<string> {
  const folder = path.join('.github', 'workflows');
  const files = (await fs.readdir(path.join(projectRoot, folder))).map((name) => path.join(folder, name));
  const [program] = await Promise.all([
    ensureActionlint(),
    ensureSystemPackages(['shellcheck'], () => undefined),
  ]);
  return output(program, ['-no-color', ...files]);
}

/** Checks imports between rooms against arrows.json. */
function arrows(): Promise<string> {
  const folders = rooms.map(({ room }) => room).filter((room) => !room.includes('/'));
  const options = ['--output-type', 'err-long', '--config', '.dependency-cruiser.cjs'];
  return node('dependency-cruiser/bin/dependency-cruise.mjs', ...options, ...folders);
}

const checks: readonly Check[] = [
  { name: 'prettier', run: prettier },
  { name: 'eslint', run: () => node('eslint/bin/eslint.js', '--max-warnings', '0', '.') },
  { name: 'tsc', run: tsc },
  { name: 'arrows', run: arrows },
  { name: 'shellcheck', run: shellcheck },
  { name: 'ruff', run: ruff },
  { name: 'actionlint', run: actionlint },
];

async function fix(): Promise<void> {
  const python = await scriptsIn('py');
  const program = await ensureRuff();
  await node('eslint/bin/eslint.js', '--fix', '.');
  await node('prettier/bin/prettier.cjs', '--write', '--log-level', 'warn', '.');
  await output(program, ['check', '--fix', '--quiet', ...python]);
  await output(program, ['format', '--quiet', ...python]);
}

async function main(): Promise<void> {
  if (process.argv.includes('--fix')) {
    await fix();
  }
  const results = await Promise.all(checks.map(async ({ name, run }) => ({ name, faults: await run() })));
  for (const { name, faults } of results) {
    console.log(faults ? `${name}:\n${faults}\n` : `${name}: ok`);
  }
  if (results.some(({ faults }) => faults)) {
    process.exitCode = 1;
  }
}

if (require.main === module) {
  void main();
}

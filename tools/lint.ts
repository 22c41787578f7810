/**
 * Every check on how the project is written: formatting, eslint, types, imports between rooms, shellcheck, ruff and actionlint. `npm run lint` runs them all
 * side by side and shows what each has to say; with `--fix`, what can be put right by itself is put right first.
 */
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
  /** Resolves with the faults found, as text; empty when there are none. */
  run(): Promise<string>;
}

/** Interpreters by what their scripts' names end in; a script without an ending names its own in the first line. */
const interpreters = { sh: /^#!.*\b(ba)?sh\b/, py: /^#!.*\bpython/ };

/** The project's scripts in one language: tracked, or new and not ignored. */
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
  // A file that was removed and not yet committed is listed still.
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

async function shellcheck(): Promise<string> {
  await ensureSystemPackages(['shellcheck'], () => undefined);
  return output('shellcheck', await scriptsIn('sh'));
}

/** The pinned ruff, in a Python environment of its own in the cache. */
async function ensureRuff(): Promise<string> {
  const folder = path.join(cacheDir(), `ruff-${ruffVersion}`);
  const ruff = path.join(folder, 'bin', 'ruff');
  const there = (): Promise<boolean> =>
    fs.access(ruff).then(
      () => true,
      () => false,
    );
  if (await there()) {
    return ruff;
  }
  await withLock(
    `${folder}.lock`,
    () => undefined,
    async () => {
      if (await there()) {
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

/** actionlint, built from the module that tools/actionlint pins, in the cache. */
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

/** The workflows, of which the shipped one is a copy of the project's own. */
async function actionlint(): Promise<string> {
  const folder = path.join('.github', 'workflows');
  const files = (await fs.readdir(path.join(projectRoot, folder))).map((name) => path.join(folder, name));
  const [program] = await Promise.all([
    ensureActionlint(),
    ensureSystemPackages(['shellcheck'], () => undefined),
  ]);
  return output(program, ['-no-color', ...files]);
}

/** dependency-cruiser: which room imports which, by arrows.json. */
function arrows(): Promise<string> {
  const folders = rooms.map(({ room }) => room).filter((room) => !room.includes('/'));
  const config = '.dependency-cruiser.cjs';
  return node(
    'dependency-cruiser/bin/dependency-cruise.mjs',
    '--output-type=err-long',
    '--config',
    config,
    ...folders,
  );
}

const checks: readonly Check[] = [
  { name: 'prettier', run: () => node('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.') },
  { name: 'eslint', run: () => node('eslint/bin/eslint.js', '--max-warnings', '0', '.') },
  { name: 'tsc', run: () => node('typescript/bin/tsc', '--noEmit') },
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

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { ensureSystemPackages } from '../../lib/debianPackages';
import { projectRoot } from '../../lib/paths';
import { quote } from '../../lib/quote';

// `script` gives a program a terminal.
beforeAll(() => ensureSystemPackages(['bsdutils'], () => undefined));

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-passphrase-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const driver = (...words: string[]) => [
  path.join(projectRoot, 'toolchain/bundle.cjs'),
  path.join(__dirname, 'passphraseDriver.ts'),
  ...words,
];

/** What the terminal shows when a person types `answers`, one to each question. */
async function atTerminal(kind: string, answers: string[]): Promise<string> {
  const command = [process.execPath, ...driver(kind)].map(quote).join(' ');
  const run = execa('script', ['-qec', command, '/dev/null'], { all: true });
  const left = [...answers];
  run.all?.on('data', (data: Buffer) => {
    if (/: $/.test(data.toString())) {
      run.stdin?.write(left.shift() ?? '\x04');
    }
  });
  return (await run).all ?? '';
}

test.each([
  ['the same twice', 'new', ['a long secret\r', 'a long secret\r'], 'got "a long secret"'],
  [
    'two different ones',
    'new',
    ['a long secret\r', 'a long secrt\r'],
    'the two passphrases differ. Nothing was written.',
  ],
  ['a short one', 'new', ['short\r'], 'the passphrase of a backup has at least 10 characters'],
  ['Ctrl-C', 'new', ['\x03'], 'no passphrase was given. Nothing was changed.'],
  ['Ctrl-D', 'known', ['\x04'], 'no passphrase was given. Nothing was changed.'],
  ['a known one', 'known', ['a long secret\r'], 'got "a long secret"'],
])('at a terminal: %s', async (_, kind, answers, outcome) => {
  const shown = await atTerminal(kind, answers);
  expect(shown).toContain(outcome);
  // Nothing that was typed is shown; the driver itself prints what it got.
  expect(shown.replace(/got .*/, '')).not.toMatch(/long|short|secret/);
});

test('without a terminal there must be a file', async () => {
  const { stdout } = await execa(process.execPath, driver('known'), { input: 'a long secret\n' });
  expect(stdout).toContain('name a file with --passphrase-file');
});

test.each([
  ['its first line', 'a long secret\nmore\n', 0o600, 'got "a long secret"'],
  ['without the end of a Windows line', 'a long secret\r\n', 0o400, 'got "a long secret"'],
  ['empty', '\n', 0o600, 'its first line is empty: write the passphrase there.'],
  ['of blanks only', ' '.repeat(20), 0o600, 'the passphrase of a backup has at least 10 characters'],
  ['that others can read', 'a long secret\n', 0o640, 'others can read it: chmod 600'],
])('a file: %s', async (_, text, mode, outcome) => {
  const file = path.join(folder, 'passphrase');
  fs.rmSync(file, { force: true });
  fs.writeFileSync(file, text, { mode });
  const { stdout } = await execa(process.execPath, driver('new', file));
  expect(stdout).toContain(outcome);
});

test('a file that is missing', async () => {
  const { stdout } = await execa(process.execPath, driver('new', path.join(folder, 'none')));
  expect(stdout).toContain('Name a file that you may read.');
});

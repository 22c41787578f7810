import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { randomBytes } from 'node:crypto';
import execa from 'execa';
import { projectRoot } from '../../lib/paths';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-encrypted-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const target = path.join(folder, 'lab.age');
afterEach(() => fs.rmSync(target, { force: true }));

/** Writes and reads a backup in a process of its own. */
async function driven(what: string, limit = 'unlimited'): Promise<string> {
  const words = [
    path.join(projectRoot, 'toolchain/bundle.cjs'),
    path.join(__dirname, 'encryptedFileDriver.ts'),
  ];
  // With the signal ignored, a write beyond the limit fails like one to a full disk.
  const { stdout } = await execa('bash', [
    ...['-c', `trap '' XFSZ; ulimit -f ${limit}; exec "$@"`, 'bash'],
    ...[process.execPath, ...words, what, target],
  ]);
  return stdout;
}

test('a backup is read as it was written', async () => {
  expect(await driven('write')).toBe('read 3145728 bytes');
  expect(fs.readdirSync(folder)).toEqual(['lab.age']);
});

test('a disk that is full is named, and no file is left', async () => {
  expect(await driven('write', '100')).toMatch(
    new RegExp(`^UserError ${target}: EFBIG.*\\. Nothing was written\\. Name a file where you may write`),
  );
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('an error before the first byte leaves no file', async () => {
  expect(await driven('fail')).toBe('Error early');
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('a file system without hard links', async () => {
  expect(await driven('without links')).toBe('read 3145728 bytes');
  expect(fs.readdirSync(folder)).toEqual(['lab.age']);
});

test.each(['write', 'without links'])('a file that has appeared meanwhile stays: %s', async (what) => {
  const text = randomBytes(10).toString('hex');
  fs.writeFileSync(target, text);
  expect(await driven(what)).toContain('exists already, and a backup replaces no file');
  expect(fs.readFileSync(target, 'utf8')).toBe(text);
  expect(fs.readdirSync(folder)).toEqual(['lab.age']);
});

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { makeAtomic, writeAtomic } from '../../lib/atomicFile';

let folder: string;
beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-test-'))));
afterEach(() => fs.rmSync(folder, { recursive: true }));

test('a new text replaces the old one, gets the mode, and leaves no draft', () => {
  const file = path.join(folder, 'a', 'b');
  writeAtomic(file, 'old');
  writeAtomic(file, 'new', 0o600);
  expect(fs.readFileSync(file, 'utf8')).toBe('new');
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(fs.readdirSync(path.dirname(file))).toEqual(['b']);
});

test('a folder appears only when it is complete', async () => {
  const target = path.join(folder, 'made');
  await makeAtomic(target, async (draft) => {
    fs.mkdirSync(draft);
    fs.writeFileSync(path.join(draft, 'file'), 'text');
    expect(fs.existsSync(target)).toBe(false);
  });
  expect(fs.readFileSync(path.join(target, 'file'), 'utf8')).toBe('text');
  expect(fs.readdirSync(folder)).toEqual(['made']);
});

test('a folder that another process has made meanwhile stays', async () => {
  const target = path.join(folder, 'made');
  const make = (text: string) => async (draft: string) => {
    fs.mkdirSync(draft);
    fs.writeFileSync(path.join(draft, 'file'), text);
    if (text === 'second') {
      await makeAtomic(target, make('first'));
    }
  };
  await makeAtomic(target, make('second'));
  expect(fs.readFileSync(path.join(target, 'file'), 'utf8')).toBe('first');
  expect(fs.readdirSync(folder)).toEqual(['made']);
});

test('a failed attempt leaves no files', async () => {
  const failed = makeAtomic(path.join(folder, 'made'), async (draft) => {
    fs.mkdirSync(draft);
    throw new Error('no space');
  });
  await expect(failed).rejects.toThrow('no space');
  expect(fs.readdirSync(folder)).toEqual([]);
});

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { projectRoot } from '../../lib/paths';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-compiled-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const bundle = path.join(folder, 'bundle.js');
const cache = `${bundle}.v8`;
const runner = path.join(projectRoot, 'toolchain', 'compiled.cjs');
const run = async (...args: string[]) => (await execa('node', [runner, ...args])).stdout;
const write = (text: string) =>
  fs.writeFileSync(
    bundle,
    `console.log('${text}', require('node:path').basename(__filename), ...process.argv.slice(2));`,
  );

beforeEach(async () => {
  write('one');
  expect(await run('--prepare', bundle)).toBe('one bundle.js');
});

test('a bundle runs from its code cache as node runs it', async () => {
  fs.writeFileSync(
    bundle,
    `${fs.readFileSync(bundle, 'utf8')}\nsetTimeout(() => console.log('waits'), 200);`,
  );
  expect(await run('--prepare', bundle)).toBe('one bundle.js');
  const kept = fs.statSync(cache);
  expect(await run(bundle, '127.0.0.1:1', '--trace')).toBe('one bundle.js 127.0.0.1:1 --trace\nwaits');
  expect(await execa('node', [bundle, 'x'])).toMatchObject({ stdout: 'one bundle.js x\nwaits' });
  expect(fs.statSync(cache).mtimeMs).toBe(kept.mtimeMs);
});

test('another source of the same length is compiled', async () => {
  write('two');
  expect(await run(bundle)).toBe('two bundle.js');
});

test.each([
  ['is cut off', (whole: Buffer) => whole.subarray(0, whole.length / 2)],
  ['is empty', () => Buffer.alloc(0)],
  ['was made by another version of V8', (whole: Buffer) => whole.fill(1, 36, 44)],
])('a cache that %s is not used, and --prepare writes it again', async (_, spoil) => {
  const whole = fs.readFileSync(cache);
  fs.writeFileSync(cache, spoil(Buffer.from(whole)));
  expect(await run(bundle)).toBe('one bundle.js');
  expect(await run('--prepare', bundle)).toBe('one bundle.js');
  expect(fs.readFileSync(cache)).toHaveLength(whole.length);
});

test('the stack of an error names the line in the bundle', async () => {
  fs.writeFileSync(bundle, `\n\nthrow new Error('broken');`);
  await expect(run(bundle)).rejects.toThrow(/bundle\.js:3\b[\s\S]*Error: broken/);
});

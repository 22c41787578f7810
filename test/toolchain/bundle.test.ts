import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { projectRoot } from '../../lib/paths';

let folder: string;
const file = (name: string): string => path.join(folder, name);
const cached = (): string[] => fs.readdirSync(file('cache/program')).sort();

function write(name: string, text: string): void {
  fs.mkdirSync(path.dirname(file(name)), { recursive: true });
  fs.writeFileSync(file(name), text);
}

/** Standard output of main.ts. */
async function run(cache = 'cache', ...args: string[]): Promise<string> {
  const command = [file('toolchain/bundle.cjs'), file('main.ts'), ...args];
  const { stdout } = await execa(process.execPath, command, { env: { GLANCE_DCN_CACHE: file(cache) } });
  return stdout;
}

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-bundle-'));
  for (const name of [
    'toolchain/bundle.cjs',
    'toolchain/compiled.cjs',
    'package-lock.json',
    'tsconfig.json',
  ]) {
    write(name, fs.readFileSync(path.join(projectRoot, name), 'utf8'));
  }
  write('package.json', '{}');
  fs.symlinkSync(path.join(projectRoot, 'node_modules'), file('node_modules'));
  write('lib/paths.ts', `export const root: string = require('node:path').resolve(__dirname, '..');`);
  write('words/index.ts', `export const word = 'one';`);
  write(
    'main.ts',
    `import { root } from './lib/paths';
    import { word } from './words';
    console.log(word, root, ...process.argv.slice(2));`,
  );
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

test('a program runs with its arguments and knows the root of its project', async () => {
  expect(await run('cache', '--flag', 'a b')).toBe(`one ${folder} --flag a b`);
});

test('bundle, source map and code cache are kept, and used until an input changes', async () => {
  await run();
  const files = cached();
  const times = (): number[] => files.map((name) => fs.statSync(file(`cache/program/${name}`)).mtimeMs);
  const before = times();
  expect(files.map((name) => name.replace(/^\w+/, ''))).toEqual(['.js', '.js.map', '.js.v8']);
  expect(await run()).toBe(`one ${folder}`);
  expect(cached()).toEqual(files);
  expect(times()).toEqual(before);
});

test('bundles that were built more than 30 days ago are removed when another one is built', async () => {
  await run();
  const [old] = cached();
  fs.utimesSync(file(`cache/program/${old}`), new Date(0), new Date(0));
  write('tsconfig.json', '{}');
  await run();
  expect(cached()).not.toContain(old);
  expect(await run()).toBe(`one ${folder}`);
});

test('a change that keeps length and modification time gives a new bundle', async () => {
  await run();
  const { atime, mtime } = fs.statSync(file('words/index.ts'));
  write('words/index.ts', `export const word = 'two';`);
  fs.utimesSync(file('words/index.ts'), atime, mtime);
  expect(await run()).toBe(`two ${folder}`);
});

test('a new file that replaces an input, and its removal, give new bundles', async () => {
  await run();
  write('words.ts', `export const word = 'new';`);
  expect(await run()).toBe(`new ${folder}`);
  fs.rmSync(file('words.ts'));
  expect(await run()).toBe(`one ${folder}`);
});

test('the settings of the compiler are inputs', async () => {
  await run();
  write('tsconfig.json', '{ "compilerOptions": { "target": "ES2021" } }');
  await run();
  expect(cached().filter((name) => name.endsWith('.js'))).toHaveLength(2);
});

test('a bundle is not kept if an input changes during the build', async () => {
  write(
    'slowBuild.cjs',
    `const fs = require('node:fs'); const esbuild = require('esbuild'); const { buildSync } = esbuild;
    require.cache[require.resolve('esbuild')].exports = { ...esbuild, buildSync: (options) => {
      const built = buildSync(options);
      fs.writeFileSync(${JSON.stringify(file('words/index.ts'))}, "export const word = 'two';");
      return built;
    } };`,
  );
  const command = ['--require', file('slowBuild.cjs'), file('toolchain/bundle.cjs'), file('main.ts')];
  const env = { GLANCE_DCN_CACHE: file('cache') };
  expect((await execa(process.execPath, command, { env })).stdout).toBe(`one ${folder}`);
  expect(await run()).toBe(`two ${folder}`);
});

test('processes that start at the same time all run the program', async () => {
  const outputs = await Promise.all(['1', '2', '3', '4'].map((name) => run('cache', name)));
  expect(outputs).toEqual(['1', '2', '3', '4'].map((name) => `one ${folder} ${name}`));
  expect(cached().map((name) => name.replace(/^\w+/, ''))).toEqual(['.js', '.js.map', '.js.v8']);
});

test('checkouts that share a cache have separate bundles', async () => {
  await run();
  const bundles = cached();
  const other = file('other');
  for (const name of [
    'toolchain',
    'lib',
    'words',
    'main.ts',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ]) {
    fs.cpSync(file(name), path.join(other, name), { recursive: true });
  }
  fs.symlinkSync(path.join(projectRoot, 'node_modules'), path.join(other, 'node_modules'));
  const command = [path.join(other, 'toolchain/bundle.cjs'), path.join(other, 'main.ts')];
  const { stdout } = await execa(process.execPath, command, { env: { GLANCE_DCN_CACHE: file('cache') } });
  expect(stdout).toBe(`one ${other}`);
  expect(cached()).toHaveLength(2 * bundles.length);
  expect(await run()).toBe(`one ${folder}`);
});

test('the program runs even if the cache cannot be written', async () => {
  write('file', '');
  expect(await run('file/cache')).toBe(`one ${folder}`);
  expect(await run('file/cache')).toBe(`one ${folder}`);
});

test.each(['cache', 'file/cache'])(
  'a stack trace names the source and its line, with cache %s',
  async (cache) => {
    write('file', '');
    write('words/index.ts', `\n\nthrow new Error('broken');\nexport const word = 'one';`);
    const name = file('words/index.ts');
    const broken = new RegExp(`Error: broken\\n +at .*${name}:3:7`);
    await expect(run(cache)).rejects.toThrow(broken);
    await expect(run(cache)).rejects.toThrow(broken); // from the cache, if there is one
  },
);

import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { withLock } from '../../lib/lock';
import { ensureLayer } from '../../sandbox/image/cache';
import { packImages } from '../../sandbox/image/pack';
import { projectRoot } from '../../lib/paths';
import { until } from './labUnderTest';
import { folderOfEachTest } from '../folderOfEachTest';

/* What killed builds leave in the cache of images; the layers here have one file. */

const folder = folderOfEachTest('cache');
let images: string;
beforeEach(() => {
  images = path.join(folder(), 'cache/images');
  fs.mkdirSync(images, { recursive: true });
});

jest.mock('../../sandbox/image/images', () => ({
  ensureImages: async () => {
    const root = `${process.env.GLANCE_DCN_CACHE}/images`;
    return { node: [`${root}/node-1`], undercloud: [`${root}/undercloud-1`, `${root}/node-1`] };
  },
}));

const silent = (): void => undefined;
const build = (name: string): Promise<string> =>
  ensureLayer(
    {
      name,
      hash: '1',
      description: name,
      build: async (directory) => fs.writeFileSync(path.join(directory, 'file'), name),
    },
    silent,
  );
/** A draft as a build leaves it that is killed, or goes on. */
const draft = (name: string): string => {
  const directory = path.join(images, `${name}.new`);
  fs.mkdirSync(path.join(directory, 'root'), { recursive: true });
  fs.writeFileSync(path.join(images, `${name}.lock`), '');
  return directory;
};

test('a build removes the drafts of killed builds and packs, and no draft of a process that lives', async () => {
  const dead = [
    draft('node-0'),
    draft('undercloud-0'),
    draft('node-1'),
    path.join(images, 'node-0.tar.zst.new'),
  ];
  fs.writeFileSync(dead[3] as string, 'half');
  const alive = draft('ceph-0');
  await withLock(path.join(images, 'ceph-0.lock'), silent, async () => {
    expect(fs.readdirSync(await build('node'))).toEqual(['file']);
  });
  expect(dead.filter((name) => fs.existsSync(name))).toEqual([]);
  expect(fs.existsSync(alive)).toBe(true);
  await build('undercloud');
  expect(fs.existsSync(alive)).toBe(false);
});

test('two processes that pack the same layers do not write into one draft', async () => {
  await build('node');
  await build('undercloud');
  const [packs] = await Promise.all([packImages(silent, 'quick'), packImages(silent, 'quick')]);
  expect(packs.map((pack) => path.relative(images, pack))).toEqual([
    'node-1.tar.zst',
    'undercloud-1.tar.zst',
  ]);
  expect(fs.readdirSync(images).filter((name) => name.endsWith('.new'))).toEqual([]);
});

test('tar ends with a killed process, whose lock on the draft is free then', async () => {
  const pidFile = path.join(folder(), 'pid');
  const stub = path.join(folder(), 'bin/tar');
  fs.mkdirSync(path.dirname(stub));
  fs.writeFileSync(
    stub,
    `#!/bin/sh\necho $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}\nexec sleep 60\n`,
    {
      mode: 0o755,
    },
  );
  const pack = `import { tar } from ${JSON.stringify(path.join(projectRoot, 'sandbox/image/cache.ts'))}; void tar();`;
  fs.writeFileSync(path.join(folder(), 'pack.ts'), pack);
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(folder(), 'pack.ts')], {
    cwd: projectRoot,
    env: { ...process.env, PATH: `${path.dirname(stub)}:${process.env.PATH}` },
    stdio: 'ignore',
  });
  await until('tar runs', 30, async () => fs.existsSync(pidFile));
  const running = `/proc/${fs.readFileSync(pidFile, 'utf8').trim()}`;
  expect(fs.existsSync(running)).toBe(true);
  child.kill('SIGKILL');
  await until('tar has ended', 10, async () => !fs.existsSync(running));
}, 60_000);

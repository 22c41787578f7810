import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { withLock } from '../../lib/lock';
import { ensureLayer } from '../../sandbox/image/cache';
import { packImages } from '../../sandbox/image/pack';

/* What killed builds leave in the cache of images; the layers here have one file. */

let folder: string;
let images: string;
const before = { ...process.env };
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-test-'));
  process.env.GLANCE_DCN_CACHE = path.join(folder, 'cache');
  images = path.join(folder, 'cache/images');
  fs.mkdirSync(images, { recursive: true });
});
afterEach(() => {
  process.env = { ...before };
  fs.rmSync(folder, { recursive: true });
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

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { openLab } from '../../cli/context';
import { losses, lossesText } from '../../cli/losses';
import type { ListedImage, ListedServer } from '../../kit/answers';
import { parseLab, planLab } from '../../model';
import { devText, existingText } from '../model/labs';
import { writeStack } from './undercloudServer';

const plan = planLab(parseLab('dev', devText));
const image = (name: string, ...stores: string[]): ListedImage => ({
  diskFormat: 'raw',
  failed: [],
  id: `id-of-${name}`,
  importing: [],
  lab: true,
  name,
  sha512: null,
  size: 1,
  status: 'active',
  stores,
});
const server = (name: string, zone: string): ListedServer => ({
  name,
  id: `id-of-${name}`,
  status: 'ACTIVE',
  zone,
});
const images = [
  image('a', 'central', 'dcn0'),
  image('b', 'dcn1'),
  image('', 'dcn0', 'dcn1'),
  image('queued'),
];
const servers = [server('s0', 'dcn0'), server('s1', 'dcn1'), server('', 'gone')];

test('a lab goes with all its sites, images and servers', () => {
  const text = lossesText(plan, { scope: 'lab', sites: ['control-plane', 'dcn0'] }, images, servers);
  expect(text.split('\n')).toEqual([
    'Lab dev is destroyed with all its sites: control-plane, dcn0.',
    'images: 4 (a, b, id-of-, queued)',
    'servers: 3 (s0, s1, id-of-)',
  ]);
});

test('of sites, images without another copy and servers in their zones are listed', () => {
  const of = (...sites: string[]): string[] =>
    lossesText(plan, { scope: 'sites', sites }, images, servers).split('\n').slice(1);
  const only = 'images with their only copy there, saved in the central store first';
  expect(of('dcn1')).toEqual([`${only}: 1 (b)`, 'servers: 1 (s1)']);
  expect(of('dcn0', 'dcn1')).toEqual([`${only}: 2 (b, id-of-)`, 'servers: 2 (s0, s1)']);
  // Its site is not in the lab file any more.
  expect(of('gone')).toEqual([`${only}: none`, 'servers: 1 (id-of-)']);
});

test('names cannot act on the terminal, or add lines', () => {
  const text = lossesText(
    plan,
    { scope: 'lab', sites: [] },
    [image('a\x1b[2J\x1b]0;x\x07\nservers: none')],
    [],
  );
  expect(text.split('\n')[1]).toBe('images: 1 (a?[2J?]0;x??servers: none)');
});

test('of many names the first ten are listed', () => {
  const many = Array.from({ length: 11 }, (_, index) => image(`i${index}`));
  expect(lossesText(plan, { scope: 'lab', sites: [] }, many, [])).toContain(
    'images: 11 (i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, …)\nservers: none',
  );
});

test('an undercloud that does not answer leaves images and servers unknown', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-test-'));
  const file = path.join(folder, 'Pulumi.far.yaml');
  fs.writeFileSync(file, existingText);
  const before = { ...process.env };
  process.env.GLANCE_DCN_STATE = path.join(folder, 'state');
  writeStack('far');
  const text = await losses(openLab(file), { scope: 'lab', sites: ['dcn0'] });
  process.env = before;
  fs.rmSync(folder, { recursive: true });
  expect(text).toMatch(
    /^Lab far is destroyed with all its sites: dcn0\.\nimages and servers: not known; undercloud of lab far: /,
  );
});

import * as fs from 'node:fs';
import type { Audit } from '../../kit/answers';
import { type World, audit, healthy as healthyLab, short } from './auditLab';

/* The content of images in an audit: copies are read back in turn, and a wrong one is reported until its copy is another. */

jest.setTimeout(300_000);

const images = ['guest', 'lacking'];
/** A test's body with the healthy lab, whose images have data. */
const healthy = (work: (world: World) => Promise<void>): (() => Promise<void>) =>
  healthyLab(async (world) => {
    for (const site of ['central', 'dcn0', 'dcn1']) {
      fs.mkdirSync(world.here.path(`ceph/${site}/images`), { recursive: true });
    }
    images.forEach((name) => world.glance.refill(name, Buffer.from(`data of ${name}`)));
    await work(world);
  });
const read = (world: World, ...words: string[]): Promise<Audit> => audit(world, ['--content', '1', ...words]);
const spoil = ({ here, glance }: World, name: string, store: string): void =>
  here.write(`ceph/${store}/images/${glance.id(name)}`, 'rotten');
const exportCalls = ({ here }: World): string[] =>
  here
    .read('rbd-calls')
    .split('\n')
    .filter((line) => line.includes(' export '));
const atEach = (names: string[], larger: string[] = []): Audit['content'] =>
  ['central', 'dcn0', 'dcn1'].map((store) => ({ store, read: names, larger }));

test.concurrent(
  'is read back only if that is wanted, at the sites that are audited',
  healthy(async (world) => {
    spoil(world, 'guest', 'dcn0');
    expect(await audit(world)).toMatchObject({ findings: [], content: [] });
    expect(world.here.exists('rbd-calls')).toBe(false);
    const one = await read(world, 'dcn1');
    expect(one).toMatchObject({ findings: [], content: [{ store: 'dcn1', read: images, larger: [] }] });
    expect(exportCalls(world)).toHaveLength(2);
    const { findings, content } = await read(world);
    expect(content).toEqual(atEach(images));
    expect(findings.map(short)).toEqual(['error dcn0 - image-content']);
    const id = world.glance.id('guest');
    expect(findings[0]).toMatchObject({
      what: `image guest (${id}): the copy in store dcn0 has other data than Glance's sha512 says`,
      remedy: `./dcn images verify ${id} --at dcn0`,
    });
  }),
);

test.concurrent(
  'that is wrong is reported by later audits, since the first one, until the copy is removed or read as right',
  healthy(async (world) => {
    const { here, glance } = world;
    const found = async (): Promise<string[]> => (await audit(world)).findings.map(short);
    const id = glance.id('guest');
    const right = here.read(`ceph/dcn0/images/${id}`);
    spoil(world, 'guest', 'dcn0');
    const first = await read(world);
    const { findings } = await audit(world);
    expect(findings).toEqual(first.findings);
    here.write(`ceph/dcn0/images/${id}`, right);
    expect(await found()).toEqual(['error dcn0 - image-content']);
    expect((await here.kit(['images', 'verify', 'guest'])).code).toBe(0);
    expect(await found()).toEqual([]);
    spoil(world, 'guest', 'dcn0');
    expect((await here.kit(['images', 'verify', 'guest'])).code).toBe(1);
    expect(await found()).toEqual(['error dcn0 - image-content']);
    for (const verb of [
      ['remove', 'guest', '--from', 'dcn0'],
      ['copy', 'guest', '--to', 'dcn0'],
    ]) {
      expect(await here.kit(['images', ...verb])).toMatchObject({ code: 0 });
    }
    expect(await found()).toEqual([]);
    expect((await read(world)).findings).toEqual([]);
  }),
);

test.concurrent(
  'comes around to every image that is within the limit, and names the larger ones',
  healthy(async (world) => {
    const { glance } = world;
    glance.change('guest', { size: 2 ** 20 });
    glance.change('lacking', { size: 2 ** 20 - 1 });
    glance.addListed('large', ['central', 'dcn0', 'dcn1'], { glance_dcn_lab: 'dev' });
    glance.change('large', { size: 2 ** 20 + 1 });
    const turns = [];
    for (let count = 0; count < 4; count += 1) {
      const { findings, content } = await read(world);
      expect(findings).toEqual([]);
      turns.push(content?.[0]?.read.join());
      expect(content).toEqual(atEach(content?.[0]?.read ?? [], ['large']));
    }
    expect([...turns.slice(0, 2)].sort()).toEqual(images);
    expect(turns.slice(2)).toEqual(turns.slice(0, 2));
    expect(exportCalls(world)).toHaveLength(4 * 3);
  }),
);

test.concurrent(
  'that cannot be read is an error, keeps no other image from its turn, and stays wrong if it was',
  healthy(async (world) => {
    const { here, glance } = world;
    const file = `ceph/dcn1/images/${glance.id('lacking')}`;
    const right = here.read(file);
    spoil(world, 'lacking', 'dcn1');
    await read(world);
    fs.rmSync(here.path(file));
    const { findings, content } = await read(world);
    expect(findings.map(short)).toEqual(['error dcn1 - image-content', 'error dcn1 - image-unread']);
    expect(findings[1]?.what).toMatch(/^store dcn1: lacking cannot be read back: .*No such file/s);
    expect(content).toEqual(
      (atEach(images) ?? []).map((one) => (one.store === 'dcn1' ? { ...one, read: ['guest'] } : one)),
    );
    here.write(file, right);
    expect((await read(world)).findings).toEqual([]);
  }),
);

test.concurrent(
  'that was never read and cannot be read leaves the next turn to the others',
  healthy(async (world) => {
    const { here, glance } = world;
    const [first, second] = [...images].sort((a, b) => (glance.id(a) < glance.id(b) ? -1 : 1)) as [
      string,
      string,
    ];
    images.forEach((name) => glance.change(name, { size: 2 ** 20 }));
    fs.rmSync(here.path(`ceph/dcn1/images/${glance.id(first)}`));
    expect((await read(world, 'dcn1')).findings.map(short)).toEqual(['error dcn1 - image-unread']);
    expect(await read(world, 'dcn1')).toMatchObject({ findings: [], content: [{ read: [second] }] });
  }),
);

test.concurrent(
  'of a cluster without a monitor that answers is not waited for',
  healthy(async (world) => {
    world.here.write('ceph/dcn1/hangs', '');
    const { findings, content } = await read(world);
    expect(findings.map(short)).toEqual(['error dcn1 - ceph', 'error dcn1 - image-unread']);
    expect(content?.map((one) => one.read)).toEqual([images, images, []]);
    expect(exportCalls(world).filter((line) => line.startsWith('dcn1'))).toEqual([]);
  }),
);

test.concurrent(
  'is not read back without a whole number of MiB',
  healthy(async ({ here }) => {
    for (const size of ['0', '-1', '1.5', '1G']) {
      const refused = await here.kit(['audit', `--content=${size}`]);
      expect(refused).toMatchObject({ code: 2 });
      expect(refused.stderr).toContain(`'${size}' is no size; write a whole number of MiB, such as 512`);
    }
  }),
);

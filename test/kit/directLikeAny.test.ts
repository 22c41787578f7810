import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { direct, exportsAt, partsAt } from './directLab';
import type { FakeGlance } from './fakeGlance';
import { deployWithSites, withdraw } from './storeLab';
import { type TestUndercloud, until } from './undercloud';

jest.setTimeout(300_000);

const mib = 1 << 20;

/** Adds an image of random data to the store central; gives its id. */
function add(glance: FakeGlance, name: string, mebibytes = 1): string {
  const id = glance.add(name, ['central']);
  glance.refill(name, randomBytes(mebibytes * mib));
  return id;
}

const imagesAt = (here: TestUndercloud, store: string): string[] =>
  fs.readdirSync(here.path(`ceph/${store}/images`)).sort();

describe('a copy that came directly is like any other', () => {
  test.concurrent(
    'Glance copies the image on, and it is the source when central has no copy any more',
    direct(async (here, glance) => {
      const id = add(glance, 'plain');
      await here.json(['images', 'copy', 'plain', '--direct', '--json', '--to', 'dcn0']);
      await here.json(['images', 'copy', 'plain', '--json', '--to', 'dcn1']);
      await here.json(['images', 'remove', 'plain', '--json', '--from', 'central', 'dcn1']);
      expect([glance.where('plain'), imagesAt(here, 'dcn0')]).toEqual([['dcn0'], [id]]);
      await here.json(['images', 'copy', 'plain', '--direct', '--json', '--to', 'central', 'dcn1']);
      expect(glance.where('plain')?.sort()).toEqual(['central', 'dcn0', 'dcn1']);
      expect(exportsAt(here, 'dcn0')).toBeGreaterThan(1);
      expect(await here.kit(['images', 'verify', 'plain'])).toMatchObject({ code: 0 });
    }),
  );

  test.concurrent(
    "goes with Glance's own deletion of the image",
    direct(async (here, glance) => {
      add(glance, 'plain');
      await here.json(['images', 'copy', 'plain', '--direct', '--json', '--to', 'dcn0', 'dcn1']);
      glance.forget('plain');
      expect([imagesAt(here, 'dcn0'), imagesAt(here, 'dcn1')]).toEqual([[], []]);
      expect(fs.readdirSync(here.path('ceph/dcn0/snaps/images'))).toEqual([]);
    }),
  );

  test.concurrent(
    'goes when the store of its site is withdrawn, and so does an unfinished one',
    direct(async (here, glance) => {
      await deployWithSites(here, glance);
      ['central', 'dcn0', 'dcn1'].forEach((store) => here.write(`ceph/${store}/fsid`, `fsid-of-${store}\n`));
      add(glance, 'plain');
      const cut = add(glance, 'cut', 8);
      await here.json(['images', 'copy', 'plain', '--direct', '--json', '--to', 'dcn0']);
      const running = here.start(['images', 'copy', 'cut', '--direct', '--rate', '10', '--to', 'dcn0']);
      await until(() => partsAt(here, 'dcn0').includes(cut), 'a part', 60);
      running.kill('SIGINT');
      await running.ended;
      expect(await withdraw(here, 'dcn0')).toMatchObject({ code: 0 });
      expect([glance.where('plain'), imagesAt(here, 'dcn0')]).toEqual([['central'], []]);
    }),
  );
});

test.concurrent(
  '--at-once copies as many images at a time',
  direct(async (here, glance) => {
    ['a', 'b'].forEach((name) => add(glance, name, 6));
    ['dcn0', 'dcn1'].forEach((store) => fs.mkdirSync(here.path(`ceph/${store}/images`), { recursive: true }));
    const most = async (atOnce: string): Promise<number> => {
      let found = 0;
      const words = ['images', 'copy', 'a', 'b', '--direct', '--rate', '20', '--at-once', atOnce];
      const running = here.start([...words, '--to', `dcn${Number(atOnce) - 1}`]);
      const watch = setInterval(() => {
        found = Math.max(found, partsAt(here, `dcn${Number(atOnce) - 1}`).length);
      }, 50);
      expect(await running.ended).toMatchObject({ code: 0 });
      clearInterval(watch);
      return found;
    };
    expect([await most('1'), await most('2')]).toEqual([1, 2]);
  }),
);

import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { direct, exportsAt, sent, sites } from './directLab';
import type { FakeGlance } from './fakeGlance';
import { until } from './undercloud';

jest.setTimeout(240_000);

const mib = 1 << 20;
const copy = (names: string[], stores: string[]): string[] => [
  ...['images', 'copy', ...names, '--direct', '--json', '--to'],
  ...stores,
];

/** Lets Glance hang over each request that adds a location at a store, until `free` is called. */
function hangs(glance: FakeGlance, store: string): { requests: () => number; free: () => void } {
  let [requests, free] = [0, (): void => undefined];
  const hung = new Promise<void>((resolve) => (free = resolve));
  glance.before = async (call, body) => {
    if (/^PATCH/.test(call) && body.includes(`"store": "${store}"`)) {
      requests += 1;
      await hung;
    }
  };
  return { requests: () => requests, free };
}

describe('a site whose cluster does not answer', () => {
  test.concurrent(
    'keeps the other copies of the image waiting for seconds where Glance hangs over it',
    direct(async (here, glance) => {
      const stores = sites(here, glance, 5);
      glance.add('plain', ['central']);
      here.inject('from direct import locations\nlocations._PATIENCE_SECONDS = 3');
      const { requests, free } = hangs(glance, 'dcn3');
      const running = here.start(copy(['plain'], stores));
      const others = stores.filter((store) => store !== 'dcn3');
      await until(() => requests() > 0, 'a request that hangs', 60);
      const began = Date.now();
      const told = (): boolean => others.every((store) => glance.where('plain')?.includes(store));
      await until(told, 'the other copies', 60);
      // The client of a request that hangs gives up after 120 seconds.
      expect(Date.now() - began).toBeLessThan(40_000);
      expect(glance.where('plain')).not.toContain('dcn3');
      glance.outages.push({ call: /^PATCH/, statuses: [400, 400, 400] });
      free();
      const { code, stderr } = await running.ended;
      expect([code, stderr]).toEqual([1, expect.stringContaining('not copied to dcn3: ') as string]);
      expect(stderr.match(/not copied to/g)).toHaveLength(1);
      expect(glance.where('plain')?.sort()).toEqual(['central', ...others].sort());
    }),
  );

  test.concurrent(
    'makes Glance forget no other copy when it answers late after all',
    direct(async (here, glance) => {
      const stores = sites(here, glance, 4);
      const id = glance.add('plain', ['central']);
      here.inject('from direct import locations\nlocations._PATIENCE_SECONDS = 2');
      const { requests, free } = hangs(glance, 'dcn3');
      const before = glance.before;
      let forgot: string[] = [];
      glance.before = async (call, body) => {
        const read = [...(glance.where('plain') ?? [])];
        const late = requests();
        await before(call, body);
        if (requests() > late && forgot.length === 0) {
          // Glance saves the locations that it read before (glance db/sqlalchemy/api.py _image_locations_set).
          forgot = (glance.where('plain') ?? []).filter((store) => !read.includes(store));
          forgot.forEach((store) => glance.forgetLocation(id, store));
        }
      };
      const running = here.start(copy(['plain'], stores));
      await until(() => glance.where('plain')?.length === 4, 'the other copies', 90);
      free();
      expect(await running.ended).toMatchObject({ code: 0 });
      expect(forgot.length).toBeGreaterThan(0);
      expect(glance.where('plain')?.sort()).toEqual(['central', ...stores]);
    }),
  );

  test.concurrent(
    'fails alone, after a while, where it does not say what it has',
    direct(async (here, glance) => {
      glance.add('a', ['central']);
      glance.add('b', ['central']);
      here.inject('from direct import copy, target\ncopy._LATE_SECONDS, target._ANSWER_SECONDS = 12, 30');
      here.write('ceph/dcn0/hangs', '');
      const running = here.start(copy(['a', 'b'], ['dcn0', 'dcn1']));
      await until(() => ['a', 'b'].every((name) => glance.where(name)?.length === 2), 'the others', 100);
      // The others did not wait for the end of the site's time.
      expect(here.processes(/Writes an image/).length).toBeGreaterThan(0);
      const { code, stderr } = await running.ended;
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(
          /image a .*: not copied to dcn0: store dcn0: did not say what it has of the image within 30s; look at that Ceph cluster .*\nimage b .*: not copied to dcn0: /,
        ),
      ]);
      expect([glance.where('a'), glance.where('b')]).toEqual([
        ['central', 'dcn1'],
        ['central', 'dcn1'],
      ]);
      const again = here.start(copy(['a', 'b'], ['dcn0', 'dcn1']));
      fs.rmSync(here.path('ceph/dcn0/hangs'));
      expect(await again.ended).toMatchObject({ code: 0 });
      expect(glance.where('b')).toHaveLength(3);
    }),
  );

  test.concurrent(
    'gets its copy by a second read of the source where it is late',
    direct(async (here, glance) => {
      glance.add('plain', ['central']);
      here.inject('from direct import copy\ncopy._LATE_SECONDS = 12');
      here.write('ceph/dcn0/hangs', '');
      const running = here.start(copy(['plain'], ['dcn0', 'dcn1']));
      await until(() => glance.where('plain')?.includes('dcn1') === true, 'the other copy', 100);
      fs.rmSync(here.path('ceph/dcn0/hangs'));
      expect(await running.ended).toMatchObject({ code: 0 });
      expect(glance.where('plain')).toEqual(['central', 'dcn1', 'dcn0']);
      expect(exportsAt(here, 'central')).toBe(2);
    }),
  );

  test.concurrent(
    'fails alone where it does not take what was sent',
    direct(async (here, glance) => {
      glance.add('plain', ['central']);
      glance.refill('plain', randomBytes(8 * mib));
      here.inject('from direct import session\nsession._STALL_SECONDS = 5');
      const running = here.start([...copy(['plain'], ['dcn0', 'dcn1']), '--rate', '20']);
      await until(() => sent(here, 1) > mib, 'some blocks', 60);
      here.processes(/count-bytes\0.*sent-to-10\.0\.0\.31/).forEach((pid) => process.kill(pid, 'SIGSTOP'));
      const { code, stderr } = await running.ended;
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/dcn0: store dcn0: did not take what was sent within 5s; .*; run this again/),
      ]);
      expect(glance.where('plain')).toEqual(['central', 'dcn1']);
    }),
  );

  test.concurrent(
    'fails alone where it does not read its copy back',
    direct(async (here, glance) => {
      glance.add('plain', ['central']);
      here.inject('from direct import session\nsession._STALL_SECONDS, session._SECONDS_PER_GIB = 15, 0');
      here.write('ceph/dcn0/hangs', 'export\n');
      const { code, stderr } = await here.kit(copy(['plain'], ['dcn0', 'dcn1']));
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/dcn0: store dcn0: did not read its copy back within 15s; .*; run this again/),
      ]);
      expect(glance.where('plain')).toEqual(['central', 'dcn1']);
      // The program there goes on, and finds its connection broken.
      fs.rmSync(here.path('ceph/dcn0/hangs'));
      await until(() => here.processes(/Writes an image/).length === 0, 'the end of the program');
      await here.json(copy(['plain'], ['dcn0']));
      expect(glance.where('plain')).toHaveLength(3);
    }),
  );
});

import * as fs from 'node:fs';
import { direct, exportsAt, sites } from './directLab';
import { until } from './undercloud';

jest.setTimeout(240_000);

const copy = (...stores: string[]): string[] => [
  ...['images', 'copy', 'plain', '--direct', '--json', '--to'],
  ...stores,
];
const deleted = '11111111-2222-4333-8444-555555555555';
const pause = (seconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });

describe('a direct copy', () => {
  test.concurrent(
    'says what Glance answers where it answers so to each request',
    direct(async (here, glance) => {
      glance.add('plain', ['central']);
      here.inject('from direct import locations\nlocations._PAUSE_SECONDS = 0.1');
      glance.outages.push({ call: /^PATCH/, statuses: Array<number>(20).fill(503) });
      const { code, stderr } = await here.kit(copy('dcn0'));
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/not copied to dcn0: .*PATCH .*HTTP 503/) as string,
      ]);
      expect(stderr).not.toContain('forgot');
    }),
  );

  test.concurrent(
    'fails after a while where its source does not answer',
    direct(async (here, glance) => {
      const id = glance.add('plain', ['central']);
      here.write(`ceph/dcn1/images/${id}`, 'whole');
      here.inject('from direct import session\nsession._STALL_SECONDS, session._SECONDS_PER_GIB = 10, 0');
      here.write('ceph/central/hangs', 'export\n');
      const { code, stderr } = await here.kit(copy('dcn0', 'dcn1'));
      fs.rmSync(here.path('ceph/central/hangs'));
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(
          /not copied to dcn0: store central: did not send more of the image within 10s; .*; run this again/,
        ) as string,
      ]);
      // A copy that was not read back may be right.
      expect(stderr).not.toContain('as a dead import leaves it');
    }),
  );

  test.concurrent(
    'fails alone, after a while, where a site does not read its unfinished copy',
    direct(async (here, glance) => {
      const id = glance.add('plain', ['central']);
      here.inject('from direct import session\nsession._STALL_SECONDS, session._SECONDS_PER_GIB = 15, 1e11');
      here.write(`ceph/dcn0/images/${id}.glance-dcn-part`, 'part');
      here.write('ceph/dcn0/hangs', 'export\n');
      const running = here.start(copy('dcn0', 'dcn1'));
      await until(() => glance.where('plain')?.includes('dcn1') === true, 'the other copy', 100);
      const { code, stderr } = await running.ended;
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(
          /dcn0: store dcn0: did not read more of its unfinished copy within 15s; /,
        ) as string,
      ]);
      fs.rmSync(here.path('ceph/dcn0/hangs'));
      await here.json(copy('dcn0'));
      expect(glance.where('plain')).toEqual(['central', 'dcn1', 'dcn0']);
    }),
  );

  test.concurrent(
    'is not late at a site while other sites still answer',
    direct(async (here, glance) => {
      const stores = sites(here, glance, 3);
      glance.add('plain', ['central']);
      here.inject('from direct import copy\ncopy._LATE_SECONDS = 12');
      ['dcn1', 'dcn2'].forEach((store) => here.write(`ceph/${store}/hangs`, ''));
      const running = here.start(copy(...stores));
      await until(() => here.exists('rbd-calls') && /^dcn0 info/m.test(here.read('rbd-calls')), 'dcn0', 60);
      for (const store of ['dcn1', 'dcn2']) {
        await pause(8);
        fs.rmSync(here.path(`ceph/${store}/hangs`));
      }
      expect(await running.ended).toMatchObject({ code: 0 });
      expect(exportsAt(here, 'central')).toBe(1);
    }),
  );

  test.concurrent(
    'waits a short while only for a site with leftovers of deleted images that does not answer',
    direct(async (here, glance) => {
      glance.add('plain', ['central']);
      here.inject('from stores import parts\nparts.SWEEP_SECONDS = 3');
      here.write(`dcn/dev/stores/parts/dcn1/${deleted}`, '');
      here.write(`ceph/dcn1/images/${deleted}`, 'part');
      here.write('ceph/dcn1/hangs', 'rm\n');
      const running = here.start(copy('dcn0', 'dcn1'));
      await running.says(/store dcn1: unfinished copies of deleted images stay: .*within [123] ?s/);
      fs.rmSync(here.path('ceph/dcn1/hangs'));
      expect(await running.ended).toMatchObject({ code: 0 });
      glance.add('second', ['central']);
      await here.json(['images', 'copy', 'second', '--direct', '--json', '--to', 'dcn1']);
      expect(here.exists(`dcn/dev/stores/parts/dcn1/${deleted}`)).toBe(false);
    }),
  );
});

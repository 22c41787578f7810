import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { stringify } from 'yaml';
import { direct, exportsAt, partsAt, sent, sites } from './directLab';
import type { FakeGlance } from './fakeGlance';
import { generated, sha512 } from './imageLab';
import { type TestUndercloud, until } from './undercloud';

jest.setTimeout(400_000);

const mib = 1 << 20;

/** Adds an image with these data to the store central; gives its id. */
function add(glance: FakeGlance, name: string, data: Buffer): string {
  const id = glance.add(name, ['central']);
  glance.refill(name, data);
  return id;
}

const copy = (names: string[], ...more: string[]): string[] => [
  'images',
  'copy',
  ...names,
  '--direct',
  '--json',
  ...more,
];

describe('the direct way', () => {
  test.concurrent(
    'copies to all stores what Glance would have written, sends no zeros, and reads the source once',
    direct(async (here, glance) => {
      const data = Buffer.concat([randomBytes(2 * mib), Buffer.alloc(30 * mib), randomBytes(mib + 777)]);
      const id = add(glance, 'sparse', data);
      const rows = await here.json<{ sentBytes: Record<string, number> }[]>(
        copy(['sparse'], '--to', 'dcn0', 'dcn1'),
      );
      expect(rows).toMatchObject([{ image: 'sparse', id, stores: ['central', 'dcn0', 'dcn1'] }]);
      expect(glance.where('sparse')?.sort()).toEqual(['central', 'dcn0', 'dcn1']);
      expect(exportsAt(here, 'central')).toBe(1);
      for (const [index, store] of ['dcn0', 'dcn1'].entries()) {
        expect(fs.readdirSync(here.path(`ceph/${store}/images`))).toEqual([id]);
        expect(sha512(fs.readFileSync(here.path(`ceph/${store}/snaps/images/${id}/data`)))).toBe(
          sha512(data),
        );
        expect(rows[0]?.sentBytes[store]).toBeLessThan(3.1 * mib);
        expect(sent(here, index + 1)).toBeLessThan(3.2 * mib);
      }
      expect(await here.kit(['images', 'verify', 'sparse'])).toMatchObject({ code: 0 });
      const again = await here.json(copy(['sparse'], '--to', 'dcn0', 'dcn1'));
      expect(again).toMatchObject([{ sentBytes: {} }]);
      expect(await here.kit(['images', 'remove', 'sparse', '--from', 'dcn0'])).toMatchObject({ code: 0 });
      expect(fs.readdirSync(here.path('ceph/dcn0/images'))).toEqual([]);
    }),
  );

  test.concurrent(
    'sends to four stores at once with one read of the source, and a slow store does not hold the others',
    direct(async (here, glance) => {
      const data = randomBytes(6 * mib);
      add(glance, 'plain', data);
      const running = here.start(copy(['plain'], '--to', ...sites(here, glance, 4)));
      // The programs of dcn0 do not go on; the others do not need them.
      await until(() => sent(here, 1) > mib, 'the first blocks', 60);
      const slow = here.processes(/count-bytes\0.*sent-to-10\.0\.0\.31/);
      expect(slow).toHaveLength(1);
      slow.forEach((pid) => process.kill(pid, 'SIGSTOP'));
      await until(() => (glance.where('plain') ?? []).length >= 4, 'the other copies');
      slow.forEach((pid) => process.kill(pid, 'SIGCONT'));
      expect(await running.ended).toMatchObject({ code: 0 });
      expect(glance.where('plain')).toHaveLength(5);
      expect(exportsAt(here, 'central')).toBe(1);
    }),
  );

  test.concurrent(
    'goes on where kill -9 ended it: all in all hardly more than one copy is sent',
    direct(async (here, glance) => {
      const data = Buffer.concat([randomBytes(6 * mib), Buffer.alloc(4 * mib), randomBytes(6 * mib)]);
      const id = add(glance, 'plain', data);
      // The kit, the program at the store, its rbd, the connection.
      const victims = [/images\0copy/, /Writes an image/, /import-diff/, /count-bytes/];
      for (const [turn, victim] of victims.entries()) {
        const before = sent(here, 1);
        const running = here.start(copy(['plain'], '--to', 'dcn0', '--rate', '10'));
        const goal = before + (1 + turn / 2) * mib;
        await until(() => sent(here, 1) > goal && here.processes(victim).length > 0, 'some blocks', 60);
        here.kill(victim);
        const { code, stderr } = await running.ended;
        expect(glance.where('plain')).toEqual(['central']);
        expect(code).toBe(turn === 0 ? -1 : 1);
        if (code === 1) {
          expect(stderr).toMatch(
            /image plain \(.*\): not copied to dcn0: .*; run this again, which goes on where this ended/s,
          );
        }
      }
      await here.json(copy(['plain'], '--to', 'dcn0'));
      expect(sha512(fs.readFileSync(here.path(`ceph/dcn0/snaps/images/${id}/data`)))).toBe(sha512(data));
      expect(fs.readdirSync(here.path('ceph/dcn0/images'))).toEqual([id]);
      // A cut costs a frame of 1 MiB, and what is on its way.
      expect(sent(here, 1)).toBeLessThan((12 + 1.5 * victims.length) * mib);
      expect(leftovers(here)).toEqual([id]);
    }),
  );

  test.concurrent(
    'sends of the next version of an image only the blocks that changed, and reads the others at the store',
    direct(async (here, glance) => {
      const data = randomBytes(16 * mib);
      add(glance, 'v1', data);
      await here.json(copy(['v1'], '--to', 'dcn0'));
      const next = Buffer.concat([randomBytes(128 << 10), data]);
      for (let place = 0; place < 16; place += 8) {
        randomBytes(40 << 10).copy(next, place * mib + 100_000);
      }
      const id = add(glance, 'v2', next);
      const plan = await here.json<Record<string, number>[]>(copy(['v2'], '--to', 'dcn0', '--dry-run'));
      expect(plan).toMatchObject([{ image: 'v2', store: 'dcn0', sizeBytes: next.length, zeroBytes: 0 }]);
      expect((plan[0]?.toSendBytes ?? 0) + (plan[0]?.thereBytes ?? 0)).toBe(next.length);
      const before = sent(here, 1);
      const rows = await here.json<{ sentBytes: Record<string, number> }[]>(copy(['v2'], '--to', 'dcn0'));
      expect(sent(here, 1) - before).toBeLessThan(0.03 * next.length + 60_000);
      expect(rows[0]?.sentBytes.dcn0).toBeLessThan((plan[0]?.toSendBytes ?? 0) + 10_000);
      expect(sha512(fs.readFileSync(here.path(`ceph/dcn0/snaps/images/${id}/data`)))).toBe(sha512(next));
    }),
  );

  test.concurrent(
    'sends what another image at the store should have and does not have',
    direct(async (here, glance) => {
      const data = randomBytes(2 * mib);
      const old = add(glance, 'v1', data);
      await here.json(copy(['v1'], '--to', 'dcn0'));
      fs.writeFileSync(here.path(`ceph/dcn0/snaps/images/${old}/data`), randomBytes(2 * mib));
      const id = add(glance, 'v2', Buffer.concat([data, randomBytes(1000)]));
      await here.json(copy(['v2'], '--to', 'dcn0'));
      expect(sha512(fs.readFileSync(here.path(`ceph/dcn0/snaps/images/${id}/data`)))).toBe(
        sha512(glance.data('v2')),
      );
      expect(glance.where('v2')).toEqual(['central', 'dcn0']);
    }),
  );

  test.concurrent(
    'names the source that cannot be read, and ends',
    direct(async (here, glance) => {
      const id = add(glance, 'plain', randomBytes(mib));
      fs.rmSync(here.path(`ceph/central/images/${id}`));
      const { code, stderr } = await here.kit(copy(['plain'], '--to', 'dcn0'));
      expect(code).toBe(1);
      expect(stderr).toMatch(/not copied to dcn0: store central: .*rbd.*; run this again/s);
    }),
  );

  test.concurrent(
    '--dry-run says what would be sent, and changes nothing at the store',
    direct(async (here, glance) => {
      add(glance, 'plain', Buffer.concat([randomBytes(mib), Buffer.alloc(3 * mib)]));
      const plan = await here.json(copy(['plain'], '--to', 'dcn0', 'dcn1', '--dry-run'));
      const row = { image: 'plain', sizeBytes: 4 * mib, zeroBytes: 3 * mib, thereBytes: 0, toSendBytes: mib };
      expect(plan).toMatchObject([
        { ...row, store: 'dcn0' },
        { ...row, store: 'dcn1' },
      ]);
      expect(here.read('rbd-calls')).not.toMatch(/ (create|import-diff|snap|rename|rm) /);
      // The list of the blocks is known now.
      await here.json(copy(['plain'], '--to', 'dcn0', '--dry-run'));
      expect(exportsAt(here, 'central')).toBe(1);
      expect(glance.calls(/^P(OST|ATCH|UT)/)).toEqual([]);
    }),
  );

  test.concurrent(
    'takes a copy with a wrong hash away again',
    direct(async (here, glance) => {
      const id = add(glance, 'plain', randomBytes(mib));
      here.write('rots', 'dcn0');
      const { code, stderr } = await here.kit(copy(['plain'], '--to', 'dcn0', 'dcn1'));
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /not copied to dcn0: its data there has sha512 .* in place of .*, and was removed; check the Ceph/,
      );
      expect(glance.where('plain')).toEqual(['central', 'dcn1']);
      expect(fs.readdirSync(here.path('ceph/dcn0/images'))).toEqual([]);
      expect(fs.readdirSync(here.path('dcn/dev/stores/parts/dcn0'))).toEqual([]);
      fs.rmSync(here.path('rots'));
      fs.writeFileSync(here.path(`ceph/central/images/${id}`), randomBytes(mib));
      const rotten = await here.kit(copy(['plain'], '--to', 'dcn0'));
      expect(rotten.stderr).toMatch(/not copied to dcn0: at central its data has sha512 .*, Glance says /);
      expect(glance.where('plain')).toEqual(['central', 'dcn1']);
    }),
  );

  test.concurrent(
    'compares with the source where Glance has no hash, and says so',
    direct(async (here, glance) => {
      const id = add(glance, 'snapshot', randomBytes(mib));
      glance.change('snapshot', { os_hash_algo: null, os_hash_value: null });
      const { code, stderr } = await here.kit(copy(['snapshot'], '--to', 'dcn0'));
      expect([code, stderr]).toEqual([
        0,
        expect.stringContaining(
          `image snapshot (${id}): Glance has no sha512 of it; compares with central`,
        ) as string,
      ]);
      expect(glance.where('snapshot')).toEqual(['central', 'dcn0']);
    }),
  );

  test.concurrent(
    'tells Glance of no copy while an import runs, which would forget it',
    direct(async (here, glance) => {
      add(glance, 'plain', randomBytes(mib));
      glance.hold('plain', 0);
      const running = here.start(copy(['plain'], '--to', 'dcn0'));
      await running.says(/waits for its import/);
      expect(glance.where('plain')).toEqual(['central']);
      glance.change('plain', { os_glance_import_task: null });
      expect(await running.ended).toMatchObject({ code: 0 });
      expect(glance.where('plain')).toEqual(['central', 'dcn0']);
    }),
  );

  test.concurrent(
    'takes a whole copy that Glance was not told of, and refuses what a dead import has left',
    direct(async (here, glance) => {
      const id = add(glance, 'plain', randomBytes(mib));
      glance.outages = [{ call: /^PATCH/, statuses: [403] }];
      expect(await here.kit(copy(['plain'], '--to', 'dcn0'))).toMatchObject({ code: 1 });
      expect(glance.where('plain')).toEqual(['central']);
      const before = sent(here, 1);
      await here.json(copy(['plain'], '--to', 'dcn0'));
      expect(glance.where('plain')).toEqual(['central', 'dcn0']);
      expect(sent(here, 1) - before).toBeLessThan(10_000);
      here.write(`ceph/dcn1/images/${id}`, 'half');
      const { code, stderr } = await here.kit(copy(['plain'], '--to', 'dcn1'));
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /not copied to dcn1: .*Glance does not list, as a dead import leaves it: remove it there \(`.\/dcn images remove /,
      );
      expect(await here.kit(['images', 'remove', id, '--from', 'dcn1'])).toMatchObject({ code: 0 });
      await here.json(copy(['plain'], '--to', 'dcn1'));
      expect(glance.where('plain')).toEqual(['central', 'dcn0', 'dcn1']);
    }),
  );

  test.concurrent(
    'a removal waits for a copy that is under way, and takes the whole copy away then',
    direct(async (here, glance) => {
      const id = add(glance, 'plain', randomBytes(4 * mib));
      const running = here.start(copy(['plain'], '--to', 'dcn0', '--rate', '4'));
      await until(() => fs.existsSync(here.path(`ceph/dcn0/images/${id}.glance-dcn-part`)), 'a part');
      const connection = here.processes(/count-bytes\0.*sent-to-10\.0\.0\.31/);
      expect(connection).toHaveLength(1);
      // The copy does not end before the removal has seen it.
      connection.forEach((pid) => process.kill(pid, 'SIGSTOP'));
      const removal = here.start(['images', 'remove', 'plain', '--from', 'dcn0']);
      await removal.says(/another process copies it since/);
      connection.forEach((pid) => process.kill(pid, 'SIGCONT'));
      expect(await removal.ended).toMatchObject({ code: 0 });
      expect((await running.ended).code).toBe(0);
      expect(glance.where('plain')).toEqual(['central']);
      expect([fs.readdirSync(here.path('ceph/dcn0/images')), partsAt(here, 'dcn0')]).toEqual([[], []]);
    }),
  );

  test.concurrent(
    'an unfinished copy goes with its image, with its removal there, and with an image that Glance forgot',
    direct(async (here, glance) => {
      const [a = '', b = '', c = ''] = ['a', 'b', 'c'].map((name) => add(glance, name, randomBytes(4 * mib)));
      for (const name of ['a', 'b', 'c']) {
        const running = here.start(copy([name], '--to', 'dcn0', '--rate', '20'));
        await until(
          () => fs.existsSync(here.path(`ceph/dcn0/images/${glance.id(name)}.glance-dcn-part`)),
          'a part',
        );
        running.kill('SIGINT');
        expect((await running.ended).code).toBe(130);
      }
      expect(partsAt(here, 'dcn0')).toEqual([a, b, c].sort());
      await here.kit(['images', 'remove', 'a', '--from', 'dcn0']);
      expect(partsAt(here, 'dcn0')).toEqual([b, c].sort());
      glance.forget('b');
      await here.json(copy(['a'], '--to', 'dcn0'));
      expect(partsAt(here, 'dcn0')).toEqual([c]);
      glance.change('c', { glance_dcn_lab: 'dev' });
      await here.run(here.job('control-plane/overcloud-stack', { commands: ['openstack overcloud deploy'] }));
      const removed = await here.kit(
        ['images', 'remove-all'],
        stringify({ images: [generated('c')], limitMinutes: 5 }),
      );
      expect(removed).toMatchObject({ code: 0 });
      expect(partsAt(here, 'dcn0')).toEqual([]);
    }),
  );

  test.concurrent(
    'refuses at once what cannot be: no locations at Glance, an unknown store, options without --direct',
    direct(async (here, glance) => {
      add(glance, 'plain', randomBytes(mib));
      glance.showsLocations = false;
      const blind = await here.kit(copy(['plain'], '--to', 'dcn0'));
      expect(blind).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/shows no locations of images, .*GlanceApiInternal/) as string,
      });
      const options = await here.kit(['images', 'copy', 'plain', '--to', 'dcn0', '--dry-run', '--rate', '5']);
      expect(options).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/--dry-run is for --direct.*\n.*--rate is for/) as string,
      });
      expect((await here.kit(copy(['plain'], '--to', 'dcn0', '--rate', '-5'))).stderr).toContain(
        'write a number of Mbit/s',
      );
      expect((await here.kit(copy(['plain', 'none'], '--to', 'dcn8'))).stderr).toMatch(
        /store dcn8: [^]*image none: no image/,
      );
      expect(fs.existsSync(here.path('rbd-calls'))).toBe(false);
    }),
  );
});

/** What calls have left on the undercloud: only lists of blocks should be left. */
const leftovers = (here: TestUndercloud): string[] =>
  ['images', 'images/blocks', 'stores/parts/dcn0']
    .flatMap((folder) => fs.readdirSync(here.path(`dcn/dev/${folder}`)))
    .filter((name) => name !== 'blocks');

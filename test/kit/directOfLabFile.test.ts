import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { stringify } from 'yaml';
import { direct, exportsAt, partsAt, sent } from './directLab';
import { ensure, generated, sha512 } from './imageLab';
import { sleep, until } from './undercloud';

jest.setTimeout(400_000);

const mib = 1 << 20;
/** 16 MiB, of which four are zeros. */
const large = { source: { made: { sizeMiB: 16, seed: 'one' } }, stores: ['central', 'dcn0'] };
const directly = { copy: { direct: {} } };

/** What images list prints of an image. */
interface Listed {
  stores: string[];
  importing: string[];
  unfinished: string[];
}

describe('images ensure by the direct way', () => {
  test.concurrent(
    'uploads an image once and sends it to all its stores past Glance; another way copies nothing again',
    direct(async (here, glance) => {
      const first = await ensure(here, generated('plain', directly));
      expect(first).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(
          /^image plain: was copied directly to dcn0 \(4 MiB sent\), dcn1 \(4 MiB sent\)$/m,
        ) as string,
      });
      const id = glance.id('plain');
      const data = glance.data('plain');
      expect(JSON.parse(first.stdout)).toEqual({
        images: {
          plain: {
            ...{ id, sha512: sha512(data), size: 5 * mib },
            ...{ stores: ['central', 'dcn0', 'dcn1'], copy: 'direct' },
          },
        },
      });
      expect(glance.where('plain')?.sort()).toEqual(['central', 'dcn0', 'dcn1']);
      for (const store of ['dcn0', 'dcn1']) {
        expect(sha512(fs.readFileSync(here.path(`ceph/${store}/snaps/images/${id}/data`)))).toBe(
          sha512(data),
        );
      }
      expect(exportsAt(here, 'central')).toBe(1);
      expect(glance.listsOfAll).toBe(1);
      // The second call must not need the internal glance-api.
      glance.showsLocations = false;
      const [calls, bytes] = [glance.calls(/^P/).length, sent(here, 1)];
      for (const copy of [directly.copy, { direct: { rateMbit: 9, rateInAllMbit: 20 } }, undefined]) {
        const after = { dcn0: JSON.stringify(copy) };
        expect(await ensure(here, generated('plain', { copy, after }))).toMatchObject({ code: 0 });
      }
      expect([glance.calls(/^P/).length, sent(here, 1)]).toEqual([calls, bytes]);
      expect(glance.calls(/import$/)).toEqual([]);
    }),
  );

  test.concurrent(
    'says that Glance copies, where Glance does',
    direct(async (here, glance) => {
      glance.copySeconds = 7;
      const { code, stderr, stdout } = await ensure(
        here,
        generated('plain', { stores: ['central', 'dcn0'] }),
      );
      expect([code, stderr]).toEqual([0, expect.stringMatching(/plain: by Glance to dcn0/)]);
      expect(stdout).not.toContain('direct');
    }),
  );

  test.concurrent(
    'goes on where kill -9 ended it, and meanwhile people see the copy and its way',
    direct(async (here, glance) => {
      const document = stringify(generated('plain', { ...large, copy: { direct: { rateMbit: 10 } } }));
      const listed = async () =>
        (await here.json<Listed[]>(['images', 'list', '--json'])).map(
          ({ stores, importing, unfinished }) => ({
            ...{ stores, importing, unfinished },
          }),
        );
      const unfinished = { stores: ['central'], importing: [], unfinished: ['dcn0'] };
      // The kit, the program at the store.
      const victims = [/images\0ensure/, /Writes an image/];
      for (const [turn, victim] of victims.entries()) {
        const goal = sent(here, 1) + 2 * mib;
        const running = here.start(['images', 'ensure'], document);
        await until(() => sent(here, 1) > goal, 'some blocks', 60);
        const connection = here.processes(/count-bytes\0.*sent-to-10\.0\.0\.31/);
        connection.forEach((pid) => process.kill(pid, 'SIGSTOP'));
        expect(await listed()).toEqual([unfinished]);
        expect((await here.kit(['status'])).stdout).toMatch(/^ {2}direct copy: plain \(\S+\), [\dms]+$/m);
        connection.forEach((pid) => process.kill(pid, 'SIGCONT'));
        here.kill(victim);
        const { code, stderr } = await running.ended;
        expect(code).toBe(turn === 0 ? -1 : 1);
        if (code === 1) {
          expect(stderr).toMatch(
            /image plain \(.*\): not copied to dcn0: .*; run this again, which goes on/s,
          );
        }
        expect(await listed()).toEqual([unfinished]);
        expect((await here.json<{ directCopies: object[] }>(['status', '--json'])).directCopies).toEqual([]);
      }
      expect(await ensure(here, generated('plain', { ...large, ...directly }))).toMatchObject({ code: 0 });
      expect(await listed()).toEqual([{ stores: ['central', 'dcn0'], importing: [], unfinished: [] }]);
      expect(glance.calls(/^PUT/)).toHaveLength(1);
      expect(sent(here, 1)).toBeLessThan((12 + 1.5 * victims.length) * mib);
      const id = glance.id('plain');
      expect(fs.readdirSync(here.path('ceph/dcn0/images'))).toEqual([id]);
      expect(sha512(fs.readFileSync(here.path(`ceph/dcn0/snaps/images/${id}/data`)))).toBe(
        sha512(glance.data('plain')),
      );
    }),
  );

  test.concurrent.each([
    ['images ensure', (document: object) => [['images', 'ensure'], stringify(document)]],
    ['images copy', () => [['images', 'copy', 'plain', '--to', 'dcn0'], '']],
  ] as [string, (document: object) => [string[], string]][])(
    'leaves no part of a copy that was cut, when Glance copies the image instead: %s',
    (_, call) =>
      direct(async (here, glance) => {
        const document = generated('plain', { ...large, copy: { direct: { rateMbit: 40 } } });
        const running = here.start(['images', 'ensure'], stringify(document));
        await until(() => sent(here, 1) > 2 * mib, 'some blocks', 60);
        running.kill('SIGINT');
        expect((await running.ended).code).toBe(130);
        const id = glance.id('plain');
        expect(partsAt(here, 'dcn0')).toEqual([id]);
        const [words, stdin] = call(generated('plain', large));
        expect(await here.kit(words, stdin)).toMatchObject({ code: 0 });
        expect(glance.where('plain')).toEqual(['central', 'dcn0']);
        expect(glance.calls(/import$/)).toHaveLength(1);
        expect(fs.readdirSync(here.path('ceph/dcn0/images'))).toEqual([id]);
        expect(fs.readdirSync(here.path('dcn/dev/stores/parts/dcn0'))).toEqual([]);
      })(),
  );

  test.concurrent(
    'removes a whole copy that Glance was not told of, before Glance copies: Glance does not write to an image that exists',
    direct(async (here, glance) => {
      glance.outages = [{ call: /^PATCH/, statuses: [403] }];
      expect(await ensure(here, generated('plain', { ...large, ...directly }))).toMatchObject({ code: 1 });
      const id = glance.id('plain');
      expect(fs.readdirSync(here.path('ceph/dcn0/images'))).toEqual([id]);
      expect(await ensure(here, generated('plain', large))).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/removes its unfinished direct copy at dcn0\n/) as string,
      });
      expect(here.read('rbd-calls').trim().split('\n').at(-1)).toMatch(
        new RegExp(`^dcn0 rm .*images/${id}$`),
      );
      expect(glance.where('plain')).toEqual(['central', 'dcn0']);
      // Glance's copy stays, whatever is noted.
      here.write(`dcn/dev/stores/parts/dcn0/${id}`, '');
      expect(await ensure(here, generated('plain', large))).toMatchObject({ code: 0 });
      expect(fs.readdirSync(here.path('ceph/dcn0/images'))).toEqual([id]);
    }),
  );

  test.concurrent.each([
    ['to each store', { rateMbit: 30 }, ['dcn0']],
    ['to all stores', { rateMbit: 900, rateInAllMbit: 60 }, ['dcn0', 'dcn1']],
  ])('keeps its limit %s', (_, limits, stores) =>
    direct(async (here) => {
      const document = { ...large, stores: ['central', ...stores] };
      await ensure(here, generated('plain', { ...document, stores: ['central'] }));
      const began = Date.now();
      const copied = await ensure(here, generated('plain', { ...document, copy: { direct: limits } }));
      expect(copied).toMatchObject({ code: 0 });
      // 12 MiB at 30 Mbit/s, or twice as much at 60, take 3.4 seconds.
      expect(Date.now() - began).toBeGreaterThan(3000);
    })(),
  );

  test.concurrent(
    'waits while four other images are being copied directly: up calls the kit for all images at once',
    direct(async (here, glance) => {
      const turns = ['0', '1', '2', '3'].map((turn) => here.path(`dcn/dev/images/turns/${turn}`));
      fs.mkdirSync(here.path('dcn/dev/images/turns'), { recursive: true });
      const others = turns.map((turn) => spawn('flock', ['--no-fork', turn, 'sleep', '300']));
      try {
        await until(() => turns.every((turn) => fs.existsSync(turn)), 'the turns');
        const running = here.start(['images', 'ensure'], stringify(generated('plain', directly)));
        await running.says(/plain: waits: 4 other images are being copied directly/);
        expect([sent(here, 1), glance.where('plain')]).toEqual([0, ['central']]);
        others[2]?.kill();
        expect(await running.ended).toMatchObject({ code: 0 });
        expect(glance.where('plain')).toHaveLength(3);
        expect(fs.readdirSync(here.path('dcn/dev/images/turns'))).toEqual(['0', '1', '3']);
      } finally {
        others.forEach((other) => other.kill());
      }
    }),
  );

  test.concurrent(
    'keeps no turn while another process copies the same image',
    direct(async (here, glance) => {
      expect(await ensure(here, generated('plain', { stores: ['central'] }))).toMatchObject({ code: 0 });
      fs.mkdirSync(here.path('dcn/dev/images/turns'), { recursive: true });
      const files = ['0', '1', '2'].map((turn) => here.path(`dcn/dev/images/turns/${turn}`));
      const ofPlain = here.path(`dcn/dev/images/${glance.id('plain')}.direct.lock`);
      const held = [...files, ofPlain].map((file) => spawn('flock', ['--no-fork', file, 'sleep', '300']));
      try {
        await until(() => [...files, ofPlain].every((file) => fs.existsSync(file)), 'the locks');
        const running = here.start(['images', 'ensure'], stringify(generated('plain', directly)));
        await running.says(/plain: waits: another process copies it directly/);
        expect(await ensure(here, generated('other', directly))).toMatchObject({ code: 0 });
        expect([glance.where('other')?.length, glance.where('plain')?.length]).toEqual([3, 1]);
        held[3]?.kill();
        expect(await running.ended).toMatchObject({ code: 0 });
        expect(glance.where('plain')).toHaveLength(3);
      } finally {
        held.forEach((one) => one.kill());
      }
    }),
  );

  test.concurrent(
    'refuses before the upload if the internal glance-api takes no locations, and copies by no other way',
    direct(async (here, glance) => {
      glance.showsLocations = false;
      // Without an image of Glance, nothing shows that before.
      const first = await ensure(here, generated('first', directly));
      expect(first).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /shows no locations of images, .*`copy: glance` in the lab file/,
        ) as string,
      });
      expect(glance.where('first')).toEqual(['central']);
      const second = await ensure(here, { images: [generated('second', directly), generated('by-glance')] });
      expect(second).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/GlanceApiInternal/) as string,
      });
      expect([glance.where('second'), glance.where('by-glance')]).toEqual([undefined, undefined]);
      expect(glance.calls(/import$/)).toEqual([]);
      glance.showsLocations = true;
      expect(await ensure(here, generated('first', directly))).toMatchObject({ code: 0 });
      expect(glance.where('first')).toHaveLength(3);
    }),
  );

  test.concurrent(
    'takes back the deletion of an image by the way of the lab file',
    direct(async (here, glance) => {
      await here.run(here.job('control-plane/overcloud-stack', { commands: ['openstack overcloud deploy'] }));
      await ensure(here, generated('plain', directly));
      await here.kit(['images', 'remove-all'], stringify(generated('plain', directly)));
      expect(glance.where('plain')).toBeUndefined();
      expect(fs.readdirSync(here.path('dcn/dev/images/ways'))).toEqual([]);
      await here.json(['images', 'restore'], stringify({ images: ['plain'] }));
      expect(glance.where('plain')).toHaveLength(3);
      expect(glance.calls(/import$/)).toEqual([]);
    }),
  );

  test.concurrent(
    'takes no copy away of an image that another process uploads and copies meanwhile, and needs none of its lists',
    direct(async (here, glance) => {
      // A list of blocks that another process removes.
      fs.mkdirSync(here.path('dcn/dev/images/blocks'), { recursive: true });
      fs.symlinkSync('removed', here.path('dcn/dev/images/blocks/gone'));
      const other = glance.add('other', ['central']);
      glance.refill('other', randomBytes(mib));
      // Its look at the internal glance-api waits for the greeting of the node.
      fs.rmSync(here.path('welcome'));
      execFileSync('mkfifo', [here.path('slow-welcome')]);
      const greeting = fs.openSync(here.path('slow-welcome'), 'r+');
      fs.symlinkSync('slow-welcome', here.path('welcome'));
      const slow = here.start(['images', 'copy', 'other', '--direct', '--json', '--to', 'dcn0']);
      await until(() => here.processes(/^cat\0.*welcome/).length > 0, 'a look at the internal glance-api');
      await sleep(0.5);
      fs.rmSync(here.path('welcome'));
      const one = stringify(generated('one', { ...large, copy: { direct: { rateMbit: 40 } } }));
      const running = here.start(['images', 'ensure'], one);
      await until(() => sent(here, 1) > mib, 'a part', 60);
      fs.closeSync(greeting);
      expect(await slow.ended).toMatchObject({ code: 0 });
      expect(await running.ended).toMatchObject({ code: 0 });
      expect(fs.readdirSync(here.path('ceph/dcn0/images')).sort()).toEqual([glance.id('one'), other].sort());
    }),
  );

  test.concurrent(
    'refuses a document whose way is none, with all faults',
    direct(async (here) => {
      const ways: unknown[] = ['glance', {}, { direct: 'yes' }, { direct: { rateMbit: 0 } }];
      const more = { glance: {}, direct: { rate: 5, rateInAllMbit: 'x' } };
      const images = [...ways, more].map((copy, index) => generated(`i${index}`, { copy }));
      const { code, stderr } = await ensure(here, { images });
      expect(code).toBe(2);
      expect(stderr.trim().split('\n')).toEqual([
        "image i0: copy: must be a mapping, is 'glance'",
        'image i0: copy: direct: is missing',
        'image i1: copy: direct: is missing',
        "image i2: copy: direct: must be a mapping, is 'yes'",
        "image i3: copy: direct: rateMbit: must be a number above 0 and below 1000000000, is '0'",
        "image i4: copy: direct: rateInAllMbit: must be a number above 0 and below 1000000000, is 'x'",
        'image i4: copy: glance: is not a key of a way of copies; its keys: direct',
        'image i4: copy: direct: rate: is not a key of the direct way; its keys: rateInAllMbit, rateMbit',
      ]);
    }),
  );
});

import { stringify } from 'yaml';
import { ensure, generated, lab as imageLab } from './imageLab';
import { deployWithSites, lab as storeLab, leave, startWithdraw, withdraw } from './storeLab';
import { type Running, until } from './undercloud';

jest.setTimeout(90_000);

const hour = 3600;

describe('the lock of an import', () => {
  test.concurrent(
    'that died is taken over by a copy as soon as Glance allows it',
    imageLab(async (here, glance) => {
      const images = ['silent', 'pending', 'culled', 'ended'];
      images.forEach((name) => glance.add(name, ['central']));
      glance.hold('silent', hour + 60);
      glance.hold('pending', 2 * hour + 60, 'pending');
      glance.hold('culled', 0, 'gone');
      glance.hold('ended', hour + 60, 'success');
      const { code } = await here.kit(['images', 'copy', ...images, '--to', 'dcn0']);
      expect(code).toBe(0);
      expect(images.map((name) => glance.where(name))).toEqual(images.map(() => ['central', 'dcn0']));
    }),
  );

  test.concurrent(
    'that may live holds a copy up until its hour is over, and the copy says for how long',
    imageLab(async (here, glance) => {
      glance.add('plain', ['central']);
      glance.add('pending', ['central']);
      glance.hold('plain', hour - 600);
      glance.hold('pending', hour + 60, 'pending');
      const [plain, pending] = (['plain', 'pending'] as const).map((name) =>
        here.start(['images', 'copy', name, '--to', 'dcn0']),
      ) as [Running, Running];
      await plain.says(
        /plain: waits for another import of it \(task \S+, processing, last update 50m\d\ds ago\), at most 9m\d\ds/,
      );
      await pending.says(/pending: waits for another import of it \(.*\), at most 58m\d\ds/);
      expect([glance.where('plain'), glance.where('pending')]).toEqual([['central'], ['central']]);
      glance.silence('plain', hour + 1);
      glance.silence('pending', 2 * hour + 1);
      expect((await Promise.all([plain.ended, pending.ended])).map(({ code }) => code)).toEqual([0, 0]);
      expect([glance.where('plain'), glance.where('pending')]).toEqual([
        ['central', 'dcn0'],
        ['central', 'dcn0'],
      ]);
    }),
  );

  test.concurrent(
    'of a copy that dies under way is taken over by the same copy',
    imageLab(async (here, glance) => {
      glance.stuck.add('dcn1');
      const running = here.start(['images', 'ensure'], stringify(generated('plain')));
      await until(() => glance.where('plain')?.includes('dcn0') ?? false, 'the first copy');
      glance.stuck.clear();
      glance.silence('plain', hour + 1);
      const { code, stderr } = await running.ended;
      expect(code).toBe(0);
      expect(stderr).toMatch(/image plain \(\S+\): its import has died \(task .*\); copies again/);
      expect(glance.calls(/import$/).map(({ body }) => (body as { stores: string[] }).stores)).toEqual([
        ['dcn0', 'dcn1'],
        ['dcn1'],
      ]);
    }),
  );

  test.concurrent(
    'that is still held at the end of the time limit is explained: what ends it, and when Glance frees it',
    imageLab(async (here, glance) => {
      await ensure(here, generated('plain', { stores: ['central'] }));
      glance.hold('plain', 600);
      const document = stringify({ images: [generated('plain')], limitMinutes: 0.05 });
      const { code, stderr } = await here.kit(['images', 'ensure'], document);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /image plain \(\S+\): not copied to dcn0, dcn1 in time: an import holds it \(task \S+, processing, last update 10m0\ds ago\)\. The glance-api that runs the import ends it; if none does, Glance gives the image to the next copy in 49m5\ds: run it again then/,
      );
    }),
  );

  test.concurrent(
    'does not hold up a copy that has nothing to do',
    imageLab(async (here, glance) => {
      glance.add('plain', ['central', 'dcn0']);
      glance.hold('plain', 10);
      expect((await here.kit(['images', 'copy', 'plain', '--to', 'dcn0'])).code).toBe(0);
    }),
  );

  test.concurrent(
    'does not hold up removals when the import is silent, long before Glance frees it',
    imageLab(async (here, glance) => {
      await ensure(here, generated('plain'));
      await here.run(here.job('control-plane/overcloud-stack', { commands: ['openstack overcloud deploy'] }));
      glance.hold('plain', 400);
      const removed = await here.kit(['images', 'remove', 'plain', '--from', 'dcn1']);
      expect(removed.code).toBe(0);
      expect(removed.stderr).toMatch(/an import holds it \(.*\) and counts as dead; goes on without it/);
      expect(glance.where('plain')).toEqual(['central', 'dcn0']);
      const all = await here.kit(['images', 'remove-all'], stringify({ images: [generated('plain')] }));
      expect(all.code).toBe(0);
      expect(glance.where('plain')).toBeUndefined();
    }),
  );

  test.concurrent(
    'holds up a removal while the import writes, which would list the removed copy again',
    imageLab(async (here, glance) => {
      glance.add('plain', ['central', 'dcn0']);
      glance.copySeconds = 2;
      const copy = here.start(['images', 'copy', 'plain', '--to', 'dcn1']);
      await until(() => glance.calls(/import$/).length > 0, 'the import');
      const removal = await here.kit(['images', 'remove', 'plain', '--from', 'dcn0']);
      expect([removal.code, (await copy.ended).code]).toEqual([0, 0]);
      expect(glance.where('plain')).toEqual(['central', 'dcn1']);
    }),
  );

  test.concurrent(
    'of an import that begins right before a removal does not bring the removed copy back',
    imageLab(async (here, glance) => {
      glance.add('plain', ['central', 'dcn0']);
      glance.copySeconds = 3;
      let copy: Running | undefined;
      glance.before = async (call) => {
        if (call.startsWith('DELETE') && !copy) {
          copy = here.start(['images', 'copy', 'plain', '--to', 'dcn1']);
          await until(
            () => glance.property('plain', 'os_glance_importing_to_stores') === 'dcn1',
            'the import',
          );
        }
      };
      const removal = await here.kit(['images', 'remove', 'plain', '--from', 'dcn0']);
      expect([removal.code, (await copy?.ended)?.code]).toEqual([0, 0]);
      expect(glance.where('plain')).toEqual(['central', 'dcn1']);
    }),
  );

  test.concurrent(
    'of copies that somebody makes again and again end a removal with a sentence',
    imageLab(async (here, glance) => {
      glance.add('plain', ['central', 'dcn0']);
      glance.before = (call) => {
        const stores = glance.where('plain') as string[];
        if (call.startsWith('GET') && !stores.includes('dcn0')) {
          stores.push('dcn0');
        }
      };
      const removal = await here.kit(['images', 'remove', 'plain', '--from', 'dcn0']);
      expect(removal).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /store dcn0: images are copied there again and again \(plain\)/,
        ) as string,
      });
      expect(glance.calls(/^DELETE/)).toHaveLength(3);
    }),
  );

  test.concurrent(
    'does not hold up a removal when the image is deleted meanwhile',
    imageLab(async (here, glance) => {
      glance.add('plain', ['central', 'dcn0']);
      glance.hold('plain', 1);
      const removal = here.start(['images', 'remove', 'plain', '--from', 'dcn0']);
      await removal.says(/plain: waits for its import/);
      glance.forget('plain');
      expect((await removal.ended).code).toBe(0);
    }),
  );

  test.concurrent(
    'does not hold up the withdrawal of a store when the import is silent',
    storeLab(async (here, glance) => {
      await deployWithSites(here, glance);
      glance.add('both', ['central', 'dcn0']);
      glance.add('arriving', ['central']);
      glance.hold('both', 400);
      glance.hold('arriving', 400);
      glance.change('arriving', { os_glance_importing_to_stores: 'dcn0' });
      const running = startWithdraw(here, 'dcn0');
      await until(() => glance.where('both')?.length === 1, 'the removal');
      // The update restarts Glance, and waits for all that Glance itself counts as running.
      ['both', 'arriving'].forEach((name) => glance.silence(name, hour + 1));
      expect((await running.ended).code).toBe(0);
    }),
  );

  test.concurrent(
    'holds up the withdrawal of a store while the import may write to it, but not if the control plane goes, too',
    storeLab(async (here, glance) => {
      await deployWithSites(here, glance);
      glance.add('arriving', ['central']);
      glance.hold('arriving', 1);
      glance.change('arriving', { os_glance_importing_to_stores: 'dcn0' });
      const running = startWithdraw(here, 'dcn0');
      await running.says(/arriving: waits for its import \(.*\) to end, or to be silent for 5m00s/);
      glance.silence('arriving', hour + 1);
      expect((await running.ended).code).toBe(0);

      glance.silence('arriving', 1);
      glance.change('arriving', { os_glance_importing_to_stores: 'dcn1' });
      const closing = await leave(here, 'control-plane');
      const { code, seconds } = await withdraw(here, 'dcn1');
      expect(code).toBe(0);
      expect(seconds).toBeLessThan(20);
      closing.endInput();
      await closing.ended;
    }),
  );
});

import { ensure, generated, lab } from './imageLab';
import { until } from './undercloud';

jest.setTimeout(90_000);

describe('while the control plane answers badly', () => {
  test.concurrent(
    'requests that may be sent twice are sent again, and deletions whose answers are lost count as done',
    lab(async (here, glance) => {
      glance.outages = [
        { call: /^POST \/v3\/auth\/tokens/, statuses: [503, 0] },
        { call: /^GET \/v2\/info\/stores/, statuses: [502, 504] },
        { call: /^GET \/v2\/images$/, statuses: [0, 503] },
        { call: /^DELETE/, statuses: [504], done: true },
      ];
      glance.add('plain', ['central', 'dcn0']);
      const { code, stderr } = await here.kit(['images', 'remove', 'plain', '--from', 'dcn0']);
      expect([code, stderr]).toEqual([0, '']);
      expect(glance.where('plain')).toEqual(['central']);
      expect(glance.outages.map(({ statuses }) => statuses)).toEqual([[], [], [], []]);
    }),
  );

  test.concurrent(
    'a copy goes on, and starts no second import where the answer to the first request was lost',
    lab(async (here, glance) => {
      glance.add('lost', ['central']);
      glance.add('refused', ['central']);
      const id = String(glance.property('lost', 'id'));
      glance.outages = [
        { call: new RegExp(`^POST .*${id}/import`), statuses: [504], done: true },
        { call: /import$/, statuses: [503] },
      ];
      glance.copySeconds = 1;
      const running = here.start(['images', 'copy', 'lost', 'refused', '--to', 'dcn0']);
      await until(() => glance.calls(/import$/).length >= 2, 'the imports');
      glance.outages = [{ call: /^GET/, statuses: [503, 503, 0, 503] }];
      expect((await running.ended).code).toBe(0);
      expect([glance.where('lost'), glance.where('refused')]).toEqual([
        ['central', 'dcn0'],
        ['central', 'dcn0'],
      ]);
    }),
  );

  test.concurrent(
    'images are created once',
    lab(async (here, glance) => {
      glance.outages = [{ call: /^POST \/v2\/images$/, statuses: [503] }];
      const { code, stderr } = await ensure(here, generated('plain'));
      expect(code).toBe(1);
      expect(stderr).toMatch(/POST http\S+\/v2\/images: HTTP 503: No server is available/);
      expect((await ensure(here, generated('plain'))).code).toBe(0);
    }),
  );

  test.concurrent(
    "an upload that Glance refuses before it has read it shows Glance's reason",
    lab(async (here, glance) => {
      glance.quota = 1 << 20;
      const big = generated('big', { source: { made: { sizeMiB: 64, seed: 's' } } });
      const { code, stderr } = await ensure(here, big);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /PUT http\S+\/file: HTTP 413: Denying attempt to upload image because it exceeds the quota/,
      );
      expect(stderr).not.toContain('Broken pipe');
      glance.quota = Infinity;
      expect((await ensure(here, big)).code).toBe(0);
    }),
  );
});

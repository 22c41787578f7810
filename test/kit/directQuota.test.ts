import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { stringify } from 'yaml';
import { direct, exportsAt, partsAt, sent, sites } from './directLab';
import { generated } from './imageLab';
import type { TestUndercloud } from './undercloud';

jest.setTimeout(240_000);

const mib = 1 << 20;
const copy = (names: string[], stores: string[], ...more: string[]): string[] => [
  ...['images', 'copy', ...names, '--direct', '--json', ...more, '--to'],
  ...stores,
];
const remedy = /`\.\/dcn up` removes .*`ExtraConfig: .*DEFAULT\/image_location_quota: { value: -1 }/;

describe('the limit of locations of an image that glance-api has', () => {
  test.concurrent(
    'refuses all images that would have more locations, before anything is sent or read, also with --dry-run',
    direct(async (here, glance) => {
      const stores = sites(here, glance, 4);
      const a = glance.add('a', ['central']);
      const b = glance.add('b', ['central', 'dcn0']);
      glance.add('c', ['central', 'dcn0', 'dcn1', 'dcn2']);
      glance.locationQuota = 4;
      for (const more of [[], ['--dry-run']]) {
        const { code, stderr } = await here.kit(copy(['a', 'b', 'c'], stores, ...more));
        const lines = stderr.trim().split('\n');
        const line = (image: string, held: number, further: number): string =>
          `image ${image}: the control plane's glance-api takes 4 locations of an image (image_location_quota); ` +
          `this one has ${held}, and ${further} further copies need one each; nothing was sent. `;
        expect([code, ...lines]).toEqual([
          2,
          expect.stringContaining(line(`a (${a})`, 1, 4)),
          expect.stringContaining(line(`b (${b})`, 2, 3)),
          expect.stringMatching(/^image c .*this one has 4, and 1 further /),
        ]);
        lines.forEach((text) => expect(text).toMatch(remedy));
      }
      expect(nothingIsSent(here)).toBe(true);
      // As many as fit are taken.
      await here.json(copy(['a'], stores.slice(0, 3)));
      expect(glance.where('a')).toHaveLength(4);
    }),
  );

  test.concurrent(
    'refuses images of the lab file before an upload',
    direct(async (here, glance) => {
      const stores = sites(here, glance, 3);
      glance.locationQuota = 3;
      const image = generated('plain', { stores, copy: { direct: {} } });
      const refused = await here.kit(['images', 'ensure'], stringify(image));
      expect([refused.code, refused.stderr]).toEqual([
        2,
        expect.stringMatching(/^image plain: .* takes 3 locations .* has 1, and 3 further copies /),
      ]);
      expect(glance.calls(/^P/)).toEqual([]);
      // Glance's own imports have no such limit.
      const byGlance = await here.kit(['images', 'ensure'], stringify(generated('plain', { stores })));
      expect(byGlance).toMatchObject({ code: 0 });
      expect(glance.where('plain')).toHaveLength(4);
    }),
  );

  test.concurrent(
    'is that of the internal glance-api, where there is one, by whatever greeting of its node; -1 is none',
    direct(async (here, glance) => {
      const stores = sites(here, glance, 11);
      glance.add('plain', ['central']);
      glance.locationQuota = Infinity;
      fs.renameSync(here.path('container-glance_api'), here.path('container-glance_api_internal'));
      const { code, stderr } = await here.kit(copy(['plain'], stores));
      expect([code, stderr]).toEqual([0, expect.not.stringContaining('not known') as string]);
      expect(glance.where('plain')).toHaveLength(12);
    }),
  );

  test.concurrent(
    'where it cannot be found out, the failure names it, and nothing is sent twice when it is larger',
    direct(async (here, glance) => {
      const stores = sites(here, glance, 4);
      glance.add('plain', ['central']);
      glance.refill('plain', randomBytes(mib));
      glance.locationQuota = 3;
      fs.rmSync(here.path('container-glance_api'));
      const refused = await here.kit(copy(['plain'], stores));
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(
        /^image_location_quota of glance-api is not known, goes on: .* a container glance_api_internal or glance_api that runs$/m,
      );
      expect(refused.stderr).toMatch(/not copied to dcn\d: .* Maximum: 3/);
      expect(refused.stderr).toMatch(remedy);
      expect(glance.where('plain')).toHaveLength(3);
      // The copies that Glance does not know are good: nobody is to remove them.
      const again = await here.kit(copy(['plain'], stores));
      expect([again.code, again.stderr]).toEqual([1, expect.not.stringContaining('rbd rm') as string]);
      glance.locationQuota = Infinity;
      const [row] = await here.json<{ sentBytes: Record<string, number> }[]>(copy(['plain'], stores));
      expect(glance.where('plain')?.sort()).toEqual(['central', ...stores]);
      expect(Object.values(row?.sentBytes ?? {})).toEqual([0, 0]);
    }),
  );
});

/** Whether no image was read, nothing sent to a site, and no copy begun. */
const nothingIsSent = (here: TestUndercloud): boolean =>
  !fs.existsSync(here.path('rbd-calls'))
    ? sent(here, 1) === 0 && !fs.existsSync(here.path('dcn/dev/stores/parts'))
    : exportsAt(here, 'central') === 0 && partsAt(here, 'dcn0').length === 0;

import { ensure, generated, lab } from './imageLab';
import type { FakeGlance } from './fakeGlance';
import { sleep } from './undercloud';

jest.setTimeout(90_000);

const listing = /^GET \/v2\/images$/;

/** Does something before Glance gives a page of a list. */
function beforePage(glance: FakeGlance, number: number, work: () => void): void {
  let pages = 0;
  glance.before = (call) => {
    pages += Number(listing.test(call));
    if (pages === number && listing.test(call)) {
      work();
    }
  };
}

describe('images list', () => {
  test.concurrent(
    'has the images of all pages by name, those of the community included, and hidden ones last',
    lab(async (here, glance) => {
      const names = ['a', 'b', 'c', 'd', 'e', 'f'];
      names.forEach((name) =>
        glance.add(name, ['central'], { visibility: name < 'c' ? 'community' : 'public', owner: 'member' }),
      );
      glance.change('b', { os_hidden: true });
      glance.change('d', { os_hidden: true });
      glance.mostInPage = 2;
      const listed = await here.json<{ name: string }[]>(['images', 'list', '--json']);
      expect(listed.map(({ name }) => name)).toEqual(['a', 'c', 'e', 'f', 'b', 'd']);
      expect(glance.calls(listing)).toHaveLength(5);
    }),
  );

  test.concurrent(
    'prints the images of a page before it asks for the next, each in a line of its own',
    lab(async (here, glance) => {
      ['a', 'b', 'c'].forEach((name) => glance.add(name, ['central']));
      glance.mostInPage = 2;
      beforePage(glance, 2, () =>
        glance.outages.push({ call: listing, statuses: [403], says: 'no further page' }),
      );
      const { code, stdout, stderr } = await here.kit(['images', 'list', '--json']);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(/no further page/) as string,
      });
      const [start, ...lines] = stdout.split('\n');
      expect(start).toBe('[');
      const entries = lines.map((line) => JSON.parse(line.replace(/,$/, '')) as { name: string });
      expect(entries.map(({ name }) => name)).toEqual(['a', 'b']);
    }),
  );

  test.concurrent(
    'goes on where it was when the last image of a page is deleted meanwhile',
    lab(async (here, glance) => {
      ['a', 'b', 'c', 'd', 'e'].forEach((name) => glance.add(name, ['central']));
      glance.mostInPage = 3;
      beforePage(glance, 2, () => ['b', 'c'].forEach((name) => glance.forget(name)));
      const listed = await here.json<{ name: string }[]>(['images', 'list', '--json']);
      expect(listed.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd', 'e']);
    }),
  );

  test.concurrent(
    'says how many images it has listed, while Glance takes its time',
    lab(async (here, glance) => {
      ['a', 'b', 'c', 'd'].forEach((name) => glance.add(name, ['central']));
      glance.mostInPage = 2;
      glance.before = (call) => (listing.test(call) ? sleep(5.5) : undefined);
      const { stderr } = await here.kit(['images', 'list', '--json']);
      expect(stderr.split('\n')).toContain('images: 2 are listed; Glance is asked for more');
    }),
  );

  test.concurrent(
    'has Glance choose images by name, status and lab',
    lab(async (here, glance) => {
      await ensure(here, generated('plain', { stores: ['central'] }));
      ['plain', 'eq:x', 'any:x', 'other'].forEach((name) => glance.add(name, ['central']));
      glance.add('hidden', ['central'], { os_hidden: true, status: 'deactivated' });
      const names = async (...words: string[]): Promise<string[]> => {
        const listed = await here.json<{ name: string; lab: boolean }[]>([
          'images',
          'list',
          ...words,
          '--json',
        ]);
        return listed.map(({ name, lab: isOfLab }) => `${name}${isOfLab ? ' of the lab' : ''}`);
      };
      expect(await names('--name', 'plain')).toEqual(['plain of the lab', 'plain']);
      expect(await names('--name', 'any:x')).toEqual(['any:x']);
      expect(await names('--name', 'eq:x')).toEqual(['eq:x']);
      expect(await names('--status', 'deactivated')).toEqual(['hidden']);
      expect(await names('--of-lab')).toEqual(['plain of the lab']);
      expect(await names('--of-lab', '--status', 'deactivated')).toEqual([]);
    }),
  );

  test.concurrent(
    'shows every image with the names that ./dcn reads',
    lab(async (here, glance) => {
      await ensure(here, generated('plain', { stores: ['central'] }));
      glance.add('queued', [], { status: 'queued', disk_format: null, os_glance_failed_import: 'dcn0,dcn1' });
      glance.change('queued', { size: null, protected: true, os_hidden: true });
      expect(await here.json(['images', 'list', '--json'])).toMatchObject([
        {
          name: 'plain',
          status: 'active',
          diskFormat: 'raw',
          size: 5 << 20,
          stores: ['central'],
          importing: [],
          failed: [],
          lab: true,
          visibility: 'public',
          protected: false,
          os_hidden: false,
        },
        {
          name: 'queued',
          status: 'queued',
          diskFormat: '',
          size: 0,
          stores: [],
          failed: ['dcn0', 'dcn1'],
          lab: false,
          visibility: 'shared',
          protected: true,
          os_hidden: true,
        },
      ]);
    }),
  );
});

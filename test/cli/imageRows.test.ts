import stringWidth from 'string-width';
import {
  type ImageChoice,
  type ImageRow,
  absentRows,
  imageRow,
  imageTable,
  isChosen,
  kitFilters,
  tableRow,
} from '../../cli/imageRows';
import type { ListedImage } from '../../kit/answers';
import { tableColumns } from '../../lib/table';
import { parseLab, planLab } from '../../model';
import { cacheText, devLab } from '../model/labs';

/* The rows of `dcn images`: what the lab file wants of an image, which images are listed, and the table of many sites. */

const dev = planLab(devLab);
const image = (name: string, stores: string[], more: Partial<ListedImage> = {}): ListedImage => ({
  diskFormat: 'raw',
  failed: [],
  id: `573db908-2c8a-4b9d-a068-${String(name.length).padStart(12, '0')}`,
  importing: [],
  lab: true,
  name,
  sha512: null,
  size: 2 ** 20,
  status: 'active',
  stores,
  ...more,
});

describe('an image is missing', () => {
  test('where the lab file wants it, and it neither is nor is on its way', () => {
    expect(dev.images.find(({ name }) => name === 'plain-256')?.stores).toEqual(['central', 'dcn0', 'dcn1']);
    const missing = (...of: Parameters<typeof image>): string[] => imageRow(dev, image(...of)).missing;
    expect(missing('plain-256', ['central', 'dcn1'])).toEqual(['dcn0']);
    expect(missing('plain-256', ['central'], { failed: ['dcn0'] })).toEqual(['dcn0', 'dcn1']);
    expect(missing('plain-256', ['central'], { importing: ['dcn0'] })).toEqual(['dcn1']);
    expect(missing('plain-256', ['central'], { lab: false })).toEqual([]);
    expect(missing('of-another', ['central'])).toEqual([]);
  });

  test('of its current version; other versions are told apart, and may lack sites', () => {
    const earlier = imageRow(dev, image('plain-256', ['central'], { os_hidden: true, version: 'earlier' }));
    expect(earlier.missing).toEqual([]);
    expect(tableRow(dev, earlier)).toMatchObject({
      isPlain: false,
      uses: ['public', 'hidden', 'earlier version'],
    });
    const next = imageRow(dev, image('plain-256', ['central'], { os_hidden: true, version: 'next' }));
    expect(tableRow(dev, next).uses).toContain('next version');
    expect(imageTable([tableRow(dev, next)])).toContain(next.id as string);
  });

  test('in caches, at their nodes', () => {
    const plan = planLab(parseLab('cached', cacheText));
    const [wanted] = plan.images;
    const nodes = plan.sites.flatMap(({ name, cache }) =>
      cache && wanted?.caches?.includes(name) ? cache.nodes : [],
    );
    expect(nodes.length).toBeGreaterThan(1);
    const [first, second, ...others] = nodes as [string, string];
    const listed = image(wanted?.name ?? '', wanted?.stores ?? [], { cached: [first], queued: [second] });
    expect(imageRow(plan, listed).missing).toEqual(others);
  });

  test('everywhere, if Glance does not have it', () => {
    const [absent, ...others] = absentRows(dev, new Set(dev.images.slice(1).map(({ name }) => name)));
    expect(others).toEqual([]);
    expect(absent).toMatchObject({
      id: null,
      name: dev.images[0]?.name,
      status: 'absent',
      missing: dev.images[0]?.stores,
    });
  });
});

const rows: ImageRow[] = [
  imageRow(dev, image('plain-256', ['central', 'dcn1'])),
  imageRow(dev, image('packed-128', ['central', 'dcn0', 'dcn1'])),
  imageRow(dev, image('rhel-9.4', ['dcn1'], { lab: false, status: 'deactivated' })),
  imageRow(dev, image('rhel-9x4*', ['dcn0'], { lab: false })),
  imageRow(dev, image('', [], { lab: false, status: 'queued' })),
  ...absentRows(dev, new Set(['plain-256', 'packed-128'])).slice(0, 1),
];
const absent = rows.at(-1)?.name as string;

test.each<[ImageChoice, string[]]>([
  [{}, rows.map(({ name }) => name)],
  [{ name: 'rhel-9.4' }, ['rhel-9.4']],
  [{ name: 'rhel-9?4*' }, ['rhel-9.4', 'rhel-9x4*']],
  [{ name: '*128' }, ['packed-128']],
  [{ name: 'RHEL*' }, []],
  [{ name: '[r]hel*' }, []],
  [{ status: 'deactivated' }, ['rhel-9.4']],
  [{ at: ['dcn1'] }, ['plain-256', 'packed-128', 'rhel-9.4']],
  [{ at: ['dcn0', 'dcn1'] }, ['plain-256', 'packed-128', 'rhel-9.4', 'rhel-9x4*']],
  [{ inLabFile: true }, ['plain-256', 'packed-128', absent]],
  [{ missing: true }, ['plain-256', absent]],
  [{ missing: true, status: 'active' }, ['plain-256']],
  [{ missing: true, at: ['dcn0'], name: 'plain-2*' }, ['plain-256']],
  [{ missing: true, at: ['dcn1'], name: 'plain-2*' }, []],
])('%j chooses its images', (choice, names) => {
  expect(rows.filter((row) => isChosen(dev, row, choice)).map(({ name }) => name)).toEqual(names);
});

test('Glance chooses by exact names, status and lab; it must not hide images of the lab file', () => {
  expect(kitFilters({ name: 'a', status: 'active', at: ['dcn0'] })).toEqual({ name: 'a', status: 'active' });
  expect(kitFilters({ name: 'a*' })).toEqual({});
  expect(kitFilters({ name: 'a', status: 'active', missing: true })).toEqual({ ofLab: true });
  expect(kitFilters({ name: 'a', inLabFile: true })).toEqual({ ofLab: true });
});

describe('the table of a lab with 300 sites', () => {
  const sites = Array.from({ length: 300 }, (_, index) => `dcn${index}`);
  const plan = planLab(
    parseLab(
      'many',
      [
        'config:',
        '  glance-dcn:sites:',
        '    control-plane: { nodes: { c-0: Controller, s-0: CephStorage, s-1: CephStorage, s-2: CephStorage } }',
        ...sites.map((site) => `    ${site}: { nodes: { ${site}-hci-0: DistributedComputeHCI } }`),
        '',
      ].join('\n'),
    ),
  );
  const line = (row: ImageRow): string =>
    imageTable([tableRow(plan, row)])
      .split('\n')
      .at(-2)
      ?.replace(/ +/g, ' ') ?? '';
  const row = (stores: string[], missing: string[] = []): ImageRow => ({
    ...image('guest', stores),
    missing,
  });

  test.each([
    [row(['central', 'dcn7']), 'central, dcn7'],
    [row(['central', ...sites]), 'all 301'],
    [row(['central', ...sites.slice(2)]), '299 of 301: not dcn0, dcn1'],
    [row(sites.slice(0, 150)), '150 of 301'],
    [row(['central', ...sites.slice(1)], ['dcn0']), '300 of 301: not dcn0 │ dcn0'],
    [row(['central'], sites), 'central │ 300 of 301: not central'],
  ])('has the number and the exceptions, case %#', (of, text) => {
    expect(line(of)).toBe(`│ guest │ active │ raw │ 1 │ ${text} │`);
  });

  test('fits, with 5,000 images, in one part', () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({
      ...row(sites.slice(index % 8), index % 9 === 0 ? sites.slice(0, 2) : []),
      name: `rhel-9-image-of-team-${index}`,
    }));
    const lines = imageTable(many.map((one) => tableRow(plan, one))).split('\n');
    expect(lines.filter((text) => stringWidth(text) > tableColumns)).toEqual([]);
    expect(lines.filter((text) => text.startsWith('┌'))).toHaveLength(1);
  });

  test('has ids only if names do not tell images apart', () => {
    const [one, other] = [row(['central']), { ...row(['dcn0']), id: 'another' }];
    const head = (...images: ImageRow[]): string =>
      imageTable(images.map((each) => tableRow(plan, each))).split('\n')[1] ?? '';
    expect(head(one)).not.toContain(' id ');
    expect(head(one, other)).toContain(' id ');
    expect(head({ ...one, name: '' })).toContain(' id ');
  });
});

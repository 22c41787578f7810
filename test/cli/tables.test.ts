import stringWidth from 'string-width';
import { type ImageRow, imageTable, tableRow } from '../../cli/imageRows';
import { jobTable } from '../../cli/commands/log';
import { sandboxTables } from '../../cli/commands/sandbox';
import { stackTable } from '../../cli/commands/status';
import { wantedPlacement } from '../../cli/pictures/placement';
import { topologyText } from '../../cli/pictures/topology/text';
import { cloneTable } from '../../cli/proofs/clones';
import { downloadTable } from '../../cli/proofs/downloads';
import { serverTables } from '../../cli/proofs/serverTables';
import { table, tableColumns } from '../../lib/table';
import { parseLab, planLab, planText } from '../../model';
import { devLab, shipped, shippedFiles } from '../model/labs';

/* Every table of the command line fits a terminal of 120 columns, with long names, too, and shows all of its words whole. */

test('names in a table cannot act on the terminal, or break its frame', () => {
  expect(table(['a', 'b'], [['\x1b[31mx\x9b2J\n', ['y\x07', 'z']]]).split('\n')[3]).toBe('│ x?2J? │ y?, z │');
});

/** A name of 30 characters. */
const long = (start: string): string => start.padEnd(30, 'x');
const id = '573db908-2c8a-4b9d-a068-799137b8549f';
const parent = `images/${id}@snap`;
const [image, site, node] = [long('image-'), long('site-'), long('node-')];
const [store, another, third] = [long('store-'), long('another-'), long('third-')];

const widestImage: ImageRow = {
  diskFormat: 'qcow2',
  failed: [third],
  id,
  importing: [another],
  lab: true,
  missing: [third],
  name: image,
  sha512: null,
  size: 123_456 * 2 ** 20,
  status: 'deactivated',
  stores: [site, store],
};
/** Images as `dcn images` prints them. */
const imagesTable = (...images: ImageRow[]): string =>
  imageTable(images.map((one) => tableRow(planLab(devLab), one)));
const widestServer = {
  server: id,
  name: long('server-'),
  image,
  site,
  host: node,
  activeSeconds: 754,
  outcome: 'copied' as const,
  source: null,
  disk: `vms/${id}_disk`,
  parent,
  virtualBytes: 12_345 * 2 ** 20,
  usedBytes: 12_344 * 2 ** 20,
  console: 'written' as const,
  consoleSeconds: 754,
  faults: [],
};

/** Each table, and words that it must show. */
const tables: [string, string, string[]][] = [
  [
    'clones',
    cloneTable([
      { image, store, parent, cloneSeconds: 0.725, copySeconds: 754, copyBytes: 2 ** 40 },
      { image, store: another, parent, cloneSeconds: 0.0725, copySeconds: 0.0724, copyBytes: 12 * 2 ** 20 },
    ]),
    [image, store, '725 ms', '12 min 34 s', '0.1 %', 'too small: 12 MiB', another, parent],
  ],
  [
    'downloads',
    downloadTable([
      {
        image,
        site,
        node,
        cached: [node, another],
        size: 2 ** 40,
        firstSeconds: 754,
        secondSeconds: 13.42,
        secondBytes: 2 ** 30,
      },
    ]),
    [image, site, node, another, '12 min 34 s', '13.4 s', '1048576 KiB, 0.098 %'],
  ],
  [
    'servers',
    serverTables([
      { ...widestServer, wan: { to: 12_345 * 2 ** 20, from: 12_345 * 2 ** 20 } },
      { ...widestServer, parent: null, disk: null, source: `the cache of ${node}`, wan: 'no WAN' },
      { image, site: another, failed: 'interrupted' },
    ]),
    [
      image,
      site,
      node,
      '12 min 34 s',
      'clone, image copied first',
      parent,
      'full copy on its host',
      `the cache of ${node}`,
      '12344 of 12345 MiB',
      'last written after 12 min 34 s',
      '12345.0 MiB, 12345.0 MiB',
      'interrupted',
    ],
  ],
  ['images', imagesTable(widestImage), [image, 'deactivated', site, store, another, third, 'missing at']],
  ['images of one name', imagesTable(widestImage, widestImage), [image, id, site, store, another, third]],
  [
    'images by the direct way',
    imagesTable({ ...widestImage, failed: [], importing: [], unfinished: [another, third] }),
    [image, 'directly,', site, store, another, third],
  ],
  [
    'images with settings',
    imagesTable({ ...widestImage, visibility: 'community', protected: true, os_hidden: true }),
    [image, 'deactivated', 'community', 'protected', 'hidden', site, store, another, third],
  ],
  [
    'images in caches',
    imagesTable({ ...widestImage, stores: ['swift'], cached: [node, another], queued: [third] }),
    [image, 'swift', node, another, third],
  ],
  [
    'jobs',
    jobTable([
      {
        doing: null,
        end: null,
        job: `${site}/network-provision`,
        kind: 'undo',
        left: true,
        log: '/home/stack/dcn/lab/jobs',
        reason: null,
        run: 123,
        seconds: 3599,
        since: '2026-11-29T08:09:55+00:00',
        state: 'succeeded',
      },
    ]),
    [
      `${site}/network-provision`,
      'undo 123',
      'succeeded, not in the lab file',
      '2026-11-29 08:09:55',
      '59 min 59 s',
    ],
  ],
  [
    'stacks',
    stackTable([
      { name: `${long('lab')}-${site}`, resourceCount: 1234, lastUpdate: '2026-11-29T08:09:55.000Z' },
    ]),
    [`${long('lab')}-${site}`, '1234', '2026-11-29T08:09:55.000Z'],
  ],
  [
    'hosts of a sandbox',
    sandboxTables({
      lab: 'dev',
      undercloud: { host: '127.0.0.1', port: 22, user: 'stack', privateKeyFile: '/key', reachable: true },
      hosts: [{ name: node, site, address: '172.116.116.116', running: true, instanceId: id }],
      sites: [{ name: site, cut: false, rate: '100mbit' }],
    }),
    [node, site, '172.116.116.116', 'running', id, '100mbit'],
  ],
];

const tooWide = (text: string): string[] =>
  text.split('\n').filter((line) => stringWidth(line) > tableColumns);

test.each(tables)('the table of %s fits, whatever is in it', (_, text, words) => {
  expect(tooWide(text)).toEqual([]);
  expect(words.filter((word) => !text.includes(word))).toEqual([]);
});

test('the table of images has no column for visibility while the images of the lab are public', () => {
  const isPublic = { ...widestImage, visibility: 'public', protected: false, os_hidden: false };
  const snapshot = { ...widestImage, lab: false, visibility: 'private' };
  expect(imagesTable(isPublic, snapshot)).not.toMatch(/visibility|public|private/);
});

const url = `https://images.example.org/${'x'.repeat(45)}.qcow2`;
/** Gives a shipped lab file names of 30 characters for nodes, sites, racks, images and clusters. */
const longNames = (text: string): string =>
  text
    .replace(/\b(oc0-[a-z]+|ctl|ceph|dcn0-hci)-(\d)(?=:)/g, (_, name: string, number: string) => {
      const end = `-${number}`;
      return `${name}-${'n'.repeat(29 - name.length - end.length)}${end}`;
    })
    .replace(
      /\b(dcn|rack)(\d)\b(?!-)/g,
      (_, name: string, number: string) => `${name.padEnd(29, 'x')}${number}`,
    )
    .replace(/^ {4}(plain|packed)-\d+:/gm, (key) => `    ${long(key.trim().slice(0, -1))}:`)
    .replace('https://images.example.org/guest.qcow2', url)
    .replace('cluster: central', `cluster: ${'central'.padEnd(30, 'x')}`);

describe.each(shippedFiles)('%s', (file) => {
  const name = /Pulumi\.(\w+)\.yaml$/.exec(file)?.[1] as string;
  test.each([
    ['as it is', (text: string) => text],
    ['with long names', longNames],
  ])('%s: plan and topology fit', (_, change) => {
    const lab = parseLab(name, change(shipped(file)));
    const plan = planLab(lab);
    const text = planText(lab, plan);
    expect(tooWide(text)).toEqual([]);
    expect(tooWide(topologyText(plan, wantedPlacement(plan, 'Glance does not answer')))).toEqual([]);
    const names = plan.sites.flatMap((site) => [site.name, ...site.nodes.map((node) => node.name)]);
    expect(names.filter((name) => !text.includes(name))).toEqual([]);
  });
});

import * as fs from 'node:fs';
import * as path from 'node:path';
import execa from 'execa';
import * as fc from 'fast-check';
import { drawnBy, type Shape } from '../../cli/pictures/layout';
import { glancePlacement, sourceText, wantedPlacement } from '../../cli/pictures/placement';
import { type Box, element, escape, picture, text, textWidth } from '../../cli/pictures/svg';
import { placeTimeline } from '../../cli/pictures/timeline/layout';
import { tickSeconds, timelineSvg } from '../../cli/pictures/timeline/svg';
import { timelineText } from '../../cli/pictures/timeline/text';
import { placeTopology } from '../../cli/pictures/topology/layout';
import { topologySvg } from '../../cli/pictures/topology/svg';
import { topologyText } from '../../cli/pictures/topology/text';
import { type Ending, type RunRecord, readRecord } from '../../cli/run/record';
import { type LabPlan, parseLab, planLab } from '../../model';
import { cacheText, devLab, labText, racksText } from '../model/labs';

const golden = (name: string): string => fs.readFileSync(path.join(__dirname, 'golden', name), 'utf8');
const dev = planLab(devLab);

/** The texts of all `text` elements of each document, in order. @throws if one is not well-formed XML */
async function textsOf(documents: string[]): Promise<string[][]> {
  const program =
    'import json, sys, xml.etree.ElementTree as tree\n' +
    'name = "{http://www.w3.org/2000/svg}text"\n' +
    'print(json.dumps([[e.text or "" for e in tree.fromstring(d).iter(name)] for d in json.load(sys.stdin)]))';
  const { stdout } = await execa('python3', ['-c', program], { input: JSON.stringify(documents) });
  return JSON.parse(stdout) as string[][];
}

const meet = (a: Box, b: Box): boolean =>
  a.x + a.width > b.x + 0.01 &&
  b.x + b.width > a.x + 0.01 &&
  a.y + a.height > b.y + 0.01 &&
  b.y + b.height > a.y + 0.01;
const holds = (outer: Box, inner: Box): boolean =>
  inner.x > outer.x - 0.01 &&
  inner.y > outer.y - 0.01 &&
  inner.x + inner.width < outer.x + outer.width + 0.01 &&
  inner.y + inner.height < outer.y + outer.height + 0.01;

function expectNoOverlap(boxes: Box[]): void {
  const pairs = boxes.flatMap((box, index) => boxes.slice(index + 1).map((other) => [box, other] as const));
  expect(pairs.filter(([box, other]) => meet(box, other))).toEqual([]);
}

/** Shapes within one shape do not overlap, and are within its box. */
function expectTidy({ box, inside }: Shape): void {
  expectNoOverlap(inside.map((shape) => shape.box));
  expect(inside.filter((shape) => !holds(box, shape.box))).toEqual([]);
  inside.forEach(expectTidy);
}

/** The boxes of all one-line texts among drawn pieces. */
function textBoxes(drawn: string[]): Box[] {
  return drawn.flatMap((piece) => {
    const found = /^<text x="([\d.]+)" y="([\d.]+)" class="(\w+)"( text-anchor="end")?>(.*)<\/text>$/.exec(
      piece,
    );
    if (!found) {
      return [];
    }
    const [, x, y, style, end, content] = found as unknown as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const size = { site: 15, name: 12, detail: 11, section: 11 }[style] as number;
    const width = textWidth(content, size, style === 'site' || style === 'section');
    return [{ x: Number(x) - (end ? width : 0), y: Number(y) - size, width, height: size }];
  });
}

/** Labs of up to 20 sites, with names and numbers of nodes and images that vary. */
const labs = fc
  .record({
    edges: fc.array(fc.constantFrom(1, 3), { minLength: 0, maxLength: 19 }),
    images: fc.uniqueArray(fc.stringMatching(/^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,60}[a-zA-Z0-9])?$/), {
      maxLength: 5,
    }),
    node: fc.stringMatching(/^[a-z]{1,30}$/),
  })
  .map(({ edges, images, node }) => {
    const sites = edges.map((count, index) => {
      const nodes = Array.from({ length: count }, (_, n) => `${node}-${index}${n}: DistributedComputeHCI`);
      return `    dcn${index}: { nodes: { ${nodes.join(', ')} } }\n`;
    });
    const wanted = images.map(
      (name, index) =>
        `    "${name}": { source: { generated: { sizeMiB: 1, seed: s } }, sites: [${edges
          .map((_, edge) => `dcn${edge}`)
          .filter((_, edge) => edge % (index + 1) === 0)
          .join(', ')}] }\n`,
    );
    const rest = wanted.length > 0 ? `  glance-dcn:images:\n${wanted.join('')}` : '';
    return planLab(parseLab('dev', labText({ edges: sites.join(''), rest })));
  });

describe('topology', () => {
  it('of the shipped lab, as text', () => {
    expect(`${topologyText(dev, wantedPlacement(dev))}\n`).toBe(golden('topology.txt'));
  });

  it('names every site, node, role, network, cluster, store and image in the picture', async () => {
    const [texts] = await textsOf([topologySvg(dev, wantedPlacement(dev))]);
    const wanted = dev.sites.flatMap((site) => [
      site.name,
      ...site.nodes.flatMap(({ name, role }) => [name, role]),
      ...site.subnets.flatMap(({ network, cidr }) => [network, cidr]),
      `Ceph cluster ${site.cluster?.name}`,
      `Glance store ${site.store?.id}`,
    ]);
    for (const content of [...wanted, ...dev.images.map(({ name }) => name)]) {
      expect(texts).toContain(content);
    }
    expect(texts?.filter((content) => content === 'plain-256')).toHaveLength(3);
  });

  it('shows racks with their subnets and nodes', async () => {
    const racks = planLab(parseLab('racks', racksText));
    const placement = wantedPlacement(racks);
    const tree = topologyText(racks, placement);
    expect(tree).toMatch(/storage +10\.8\.3\.0\/24 +rack rack1/);
    expect(tree).toMatch(/oc0-ceph-5 +DistributedComputeHCIScaleOut +rack rack1/);
    const [texts] = await textsOf([topologySvg(racks, placement)]);
    for (const content of [
      'NETWORKS OF RACK rack2',
      '10.8.4.0/24',
      'DistributedComputeScaleOut, rack rack2',
    ]) {
      expect(texts).toContain(content);
    }
    const { top, edges } = placeTopology(racks, placement);
    [top, ...edges].forEach(expectTidy);
    expectNoOverlap([top, ...edges].flatMap((shape) => textBoxes(drawnBy(shape))));
  });

  it('shows images as Glance has them, and images that Glance lacks', () => {
    const placement = glancePlacement(dev, [
      { name: 'plain-256', stores: ['central'], importing: ['dcn0'], failed: ['dcn1'] },
      { name: 'by-hand', stores: ['dcn1'], importing: [], failed: [] },
    ]);
    expect(placement).toEqual({
      source: { of: 'Glance' },
      at: {
        central: [
          { name: 'guest', state: 'missing' },
          { name: 'packed-128', state: 'missing' },
          { name: 'plain-256', state: 'present' },
        ],
        dcn0: [
          { name: 'guest', state: 'missing' },
          { name: 'packed-128', state: 'missing' },
          { name: 'plain-256', state: 'on its way' },
        ],
        dcn1: [
          { name: 'by-hand', state: 'present' },
          { name: 'guest', state: 'missing' },
          { name: 'packed-128', state: 'missing' },
          { name: 'plain-256', state: 'failed' },
        ],
      },
      cached: {},
    });
    expect(topologyText(dev, placement)).toContain('plain-256 (on its way)');
    expect(sourceText(wantedPlacement(dev, 'Glance does not answer'))).toBe(
      'images as the lab file wants them (Glance does not answer)',
    );
  });

  it('shows the images in each cache, and those that a cache lacks', async () => {
    const cached = planLab(parseLab('cache', cacheText));
    const inNoStore = { importing: [], failed: [] };
    const placement = glancePlacement(cached, [
      { name: 'plain-128', stores: ['swift'], ...inNoStore, cached: ['oc0-ceph-2'], queued: ['oc0-ceph-3'] },
      { name: 'spare-64', stores: ['swift'], ...inNoStore, cached: ['oc0-ceph-3'], queued: [] },
    ]);
    expect(topologyText(cached, placement)).toContain(
      [
        '   └─ caches of 224 MiB',
        '      ├─ oc0-ceph-2',
        '      │  ├─ guest (missing)',
        '      │  ├─ packed-64 (missing)',
        '      │  └─ plain-128',
        '      └─ oc0-ceph-3',
        '         ├─ guest (missing)',
        '         ├─ packed-64 (missing)',
        '         ├─ plain-128 (on its way)',
        '         └─ spare-64',
      ].join('\n'),
    );
    const [texts] = await textsOf([topologySvg(cached, wantedPlacement(cached))]);
    expect(texts).toEqual(
      expect.arrayContaining([
        'Glance store swift',
        'Cache of oc0-ceph-0, 51200 MiB',
        'Cache of oc0-ceph-3, 224 MiB',
      ]),
    );
    expect(texts?.filter((content) => content === 'packed-64')).toHaveLength(3);
  });

  it('draws a site at the location of the control plane beside it, before the WAN', () => {
    const cached = planLab(parseLab('cache', cacheText));
    const { top, edges } = placeTopology(cached, wantedPlacement(cached));
    expect([top, ...edges].map(({ inside }) => inside.length)).toEqual([2, 2]);
  });

  it('of any lab: well-formed, nothing overlaps or leaves its frame or the page', async () => {
    const plans: LabPlan[] = [];
    fc.assert(
      fc.property(labs, (plan) => {
        plans.push(plan);
        const { top, edges, width, height } = placeTopology(plan, wantedPlacement(plan));
        const page = { x: 0, y: 0, width, height };
        [top, ...edges].forEach(expectTidy);
        expectNoOverlap([top, ...edges].map(({ box }) => box));
        expect([top, ...edges].filter(({ box }) => !holds(page, box))).toEqual([]);
        expectNoOverlap([top, ...edges].flatMap((shape) => textBoxes(drawnBy(shape))));
      }),
      { numRuns: 40 },
    );
    const texts = await textsOf(plans.map((plan) => topologySvg(plan, wantedPlacement(plan))));
    texts.forEach((found, index) =>
      expect(found).toEqual(expect.arrayContaining(plans[index]?.sites.map(({ name }) => name) ?? [])),
    );
  });
});

const endings: Ending[] = ['done', 'failed', 'interrupted', 'not started', 'unknown'];
/** Runs of any number of parts and steps within 0 to three hours. */
const runs = fc
  .array(
    fc.record({
      name: fc.string({ maxLength: 40 }),
      span: fc.tuple(fc.nat(10_800_000), fc.nat(10_800_000)),
      ending: fc.constantFrom(...endings),
      steps: fc.array(fc.tuple(fc.nat(10_800_000), fc.nat(10_800_000), fc.string({ maxLength: 30 })), {
        maxLength: 4,
      }),
    }),
    { maxLength: 8 },
  )
  .map((entries): RunRecord => {
    const span = (a: number, b: number) => ({ begin: Math.min(a, b), end: Math.max(a, b) });
    const parts = entries.map(({ name, span: [a, b], ending, steps }) => ({
      name,
      ending,
      ...(ending === 'not started' ? { begin: b, end: b, because: 'dev is not up' } : span(a, b)),
      steps: steps.map(([from, to, step]) => ({
        name: step,
        ending: 'done' as const,
        ...span(from, to),
        waits: [{ for: 'lock heat', begin: Math.min(from, to), end: (from + to) / 2 }],
      })),
    }));
    const ends = parts.flatMap(({ end, steps }) => [end, ...steps.map((step) => step.end)]);
    return { lab: 'dev', verb: 'up', words: [], begin: 0, end: Math.max(0, ...ends), parts };
  });

describe('timeline', () => {
  const run = readRecord(golden('run.jsonl'));

  it('of a real run, as text', () => {
    expect(`${timelineText(run, 110)}\n`).toBe(golden('timeline.txt'));
  });

  it('names every stack and step with its time in the picture', async () => {
    const [texts] = await textsOf([timelineSvg(run)]);
    expect(texts).toEqual(expect.arrayContaining(run.parts.map(({ name }) => name)));
    expect(texts).toContain('overcloud-config');
  });

  it('of any run: no line is wider than the terminal', () => {
    fc.assert(
      fc.property(runs, fc.integer({ min: 120, max: 300 }), (any, columns) => {
        const lines = timelineText(any, columns).split('\n').slice(2, -2);
        expect(lines).toHaveLength(any.parts.reduce((sum, { steps }) => sum + 1 + steps.length, 0) || 0);
        lines.forEach((line) => expect(line.length).toBeLessThanOrEqual(columns));
      }),
    );
  });

  it('of any run: well-formed, rows and their labels, bars and notes do not overlap, nothing leaves the page', async () => {
    const all: RunRecord[] = [];
    fc.assert(
      fc.property(runs, (any) => {
        all.push(any);
        const { rows, chart, width, height } = placeTimeline(any);
        expectNoOverlap(rows.flatMap(({ label, bar, note }) => [label, bar, note]));
        const page = { x: 0, y: 0, width, height };
        expect(rows.filter(({ note, label }) => !holds(page, note) || !holds(page, label))).toEqual([]);
        expect(rows.filter(({ bar }) => !holds(chart, bar))).toEqual([]);
      }),
    );
    expect(await textsOf(all.map(timelineSvg))).toHaveLength(all.length);
  });

  it('has from a few to a dozen ticks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 1_000_000 }), (seconds) => {
        const ticks = seconds / tickSeconds(seconds);
        expect(ticks).toBeLessThanOrEqual(12);
        expect(ticks).toBeGreaterThan(3);
      }),
    );
  });
});

test('XML gives any text back unchanged, except `?` for characters that XML does not allow', async () => {
  const samples = [
    ...fc.sample(fc.string({ unit: 'binary', minLength: 1 }), 200),
    `<&>"'`,
    '\u0000\u001b[31m',
    ']]>',
  ];
  const document = (content: string): string =>
    picture({ width: 10, height: 10 }, {}, content, [
      text(1, 1, content, 'x'),
      element('g', { id: content }),
    ]);
  const texts = await textsOf(samples.map(document));
  samples.forEach((sample, index) => {
    // XML reads both kinds of line ends as one.
    const legible = sample.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '?');
    expect(texts[index]).toEqual([legible.replace(/\r\n?/g, '\n')]);
  });
  expect(escape('a<b')).toBe('a&lt;b');
});

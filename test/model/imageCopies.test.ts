import { parseLab, planImages, planLab, planText } from '../../model';
import { type Case, faultsOf, labText, testCases } from './labs';

const images = (copy: string) =>
  `  glance-dcn:images: { x: { source: { generated: { sizeMiB: 8, seed: a } }, sites: [dcn0], copy: ${copy} } }\n`;
const withCopy = (copy: string): string => labText({ rest: images(copy) });
const cached = (copy: string): string =>
  labText({
    controlPlane: '{ nodes: { c-0: Controller } }',
    edges: '    dcn0: { nodes: { h-0: DistributedCompute } }\n',
    rest: `  glance-dcn:topology: cache\n${images(copy)}`,
  });
const at = 'glance-dcn:images.x.copy';

const cases: Case[] = [
  ['a way that does not exist', withCopy('directly'), at, /mean direct\?/],
  ['a way that is empty', withCopy(''), at, /glance, direct/],
  ['a switch in place of a way', withCopy('true'), at, /glance, direct/],
  ['limits of nothing', withCopy('{ direct: }'), `${at}.direct`, /copy: direct without/],
  ['a switch in place of limits', withCopy('{ direct: true }'), `${at}.direct`, /copy: direct without/],
  ['a limit by the name of the option', withCopy('{ direct: { rate: 5 } }'), `${at}.direct.rate`, /rateMbit/],
  ['a limit of 0', withCopy('{ direct: { rateMbit: 0 } }'), `${at}.direct.rateMbit`, /from 1 to/],
  ['a limit with a unit', withCopy('{ direct: { rateMbit: 50mbit } }'), `${at}.direct.rateMbit`, /from 1 to/],
  [
    'a limit below 0',
    withCopy('{ direct: { rateInAllMbit: -8 } }'),
    `${at}.direct.rateInAllMbit`,
    /from 1 to/,
  ],
  [
    'a limit that is a fraction',
    withCopy('{ direct: { rateInAllMbit: 0.5 } }'),
    `${at}.direct.rateInAllMbit`,
    /from 1 to/,
  ],
  ['the direct way in a lab with caches', cached('direct'), at, /topology: multistore/],
  ["Glance's way in a lab with caches", cached('glance'), at, /topology: multistore/],
  ['limits in a lab with caches', cached('{ direct: { rateMbit: 5 } }'), at, /topology: multistore/],
];

testCases(cases);

test.each([
  ['{ glance: { rateMbit: 5 } }', ['direct', 'glance']],
  ['{ rateMbit: 5 }', ['direct', 'rateMbit']],
])('limits are those of the direct way: %s', (copy, keys) => {
  expect(faultsOf(withCopy(copy)).map(({ path }) => path)).toEqual(keys.map((key) => `${at}.${key}`));
});

test('the plan has the direct way with its limits; the way of Glance is the one without a key', () => {
  const planned = (copy: string) => planImages(parseLab('dev', withCopy(copy)))[0];
  expect(planned('direct')?.copy).toEqual({ direct: {} });
  expect(planned('{ direct: { rateMbit: 50, rateInAllMbit: 80 } }')?.copy).toEqual({
    direct: { rateMbit: 50, rateInAllMbit: 80 },
  });
  expect(planned('glance')).not.toHaveProperty('copy');
});

test('the plan for a terminal shows the way of each image, where one is the direct one', () => {
  const textOf = (images: string) => {
    const lab = parseLab('dev', labText({ rest: `  glance-dcn:images: { ${images} }\n` }));
    return planText(lab, planLab(lab));
  };
  const image = (name: string, more: string) => `${name}: { source: { file: ${name} }${more} }`;
  const sent = image('a', ', sites: [dcn0], copy: { direct: { rateMbit: 50, rateInAllMbit: 80 } }');
  const text = textOf([sent, image('b', ', sites: [dcn0]'), image('c', '')].join(', '));
  expect(text).toMatch(/│ a .*│ directly,/);
  expect(text).toMatch(/50 Mbit\/s to each site,/);
  expect(text).toMatch(/80 Mbit\/s in all/);
  expect(text).toMatch(/│ b .*│ by Glance/);
  expect(text).toMatch(/│ c .*│ - /);
  expect(textOf(image('b', ', sites: [dcn0]'))).not.toMatch(/copied|by Glance/);
});

import { parseLab, planImages, planLab, planText } from '../../model';
import { type Case, faultsOf, labText, testCases } from './labs';

const withImage = (settings: string, sizeMiB = 8): string =>
  labText({
    rest: `  glance-dcn:images: { x: { source: { generated: { sizeMiB: ${sizeMiB}, seed: a } }, ${settings} } }\n`,
  });
const at = 'glance-dcn:images.x';

const cases: Case[] = [
  [
    'a visibility that Glance does not have',
    withImage('visibility: privat'),
    `${at}.visibility`,
    /mean private\?/,
  ],
  [
    'members of an image that all may use',
    withImage('members: [acme]'),
    `${at}.members`,
    /visibility: shared/,
  ],
  [
    'members of a private image',
    withImage('visibility: private, members: []'),
    `${at}.members`,
    /visibility: shared/,
  ],
  [
    'a member without a name',
    withImage('visibility: shared, members: [" "]'),
    `${at}.members[0]`,
    /name or the id/,
  ],
  ['an owner without a name', withImage('owner: ""'), `${at}.owner`, /name or the id/],
  ['protected as a word', withImage('protected: yes'), `${at}.protected`, /true or false/],
  ['hidden by another name', withImage('hidden: true'), `${at}.hidden`, /os_hidden/],
  ['min_disk of nothing', withImage('min_disk: 0'), `${at}.min_disk`, /from 1 to/],
  ['min_ram with a unit', withImage('min_ram: 2 GiB'), `${at}.min_ram`, /from 1 to/],
  ['min_disk below the image', withImage('min_disk: 1', 1025), `${at}.min_disk`, /at least 2/],
  ['a blank tag', withImage('tags: [a, " "]'), `${at}.tags[1]`, /without blanks around/],
  [
    'a number that loses a digit',
    withImage('properties: { os_version: 22.10 }'),
    `${at}.properties.os_version`,
    /quotes/,
  ],
  [
    'a property of nothing',
    withImage('properties: { os_distro: }'),
    `${at}.properties.os_distro`,
    /Write a value/,
  ],
  [
    'a property in the namespace of Glance',
    withImage('properties: { os_glance_import_task: x }'),
    `${at}.properties.os_glance_import_task`,
    /such as hw_disk_bus/,
  ],
  [
    'a property of the kit',
    withImage('properties: { glance_dcn_lab: other }'),
    `${at}.properties.glance_dcn_lab`,
    /such as hw_disk_bus/,
  ],
  ...['status', 'size', 'visibility', 'locations', 'os_hash_value'].map((name): Case => [
    `the field ${name} as a property`,
    withImage(`properties: { ${name}: x }`),
    `${at}.properties.${name}`,
    /keys of their own/,
  ]),
  [
    'a property whose name has a blank',
    withImage('properties: { "hw bus": x }'),
    `${at}.properties."hw bus"`,
    /such as hw_disk_bus/,
  ],
];

testCases(cases);

test('all faults of the settings of an image are reported at once', () => {
  const text = withImage(
    'visibility: secret, members: [a], min_disk: 1, tags: [""], properties: { status: x, hw_x: 1.5 }',
    2000,
  );
  expect(faultsOf(text).map(({ path }) => path.slice(at.length + 1))).toEqual([
    'visibility',
    'tags[0]',
    'properties.status',
    'properties.hw_x',
    'min_disk',
  ]);
});

const settings =
  'visibility: shared, members: [acme, beta], owner: acme, protected: true, os_hidden: false, min_disk: 1, min_ram: 512, tags: [web, lts], properties: ' +
  '{ hw_disk_bus: scsi, hw_cpu_sockets: 2, hw_qemu_guest_agent: true, "trait:CUSTOM_X": required }';

test('the plan has the settings that the lab file has, with properties as texts, and no others', () => {
  const planned = (text: string) => planImages(parseLab('dev', text))[0];
  expect(planned(withImage(settings))?.settings).toEqual({
    visibility: 'shared',
    members: ['acme', 'beta'],
    owner: 'acme',
    protected: true,
    os_hidden: false,
    min_disk: 1,
    min_ram: 512,
    tags: ['web', 'lts'],
    properties: {
      hw_disk_bus: 'scsi',
      hw_cpu_sockets: '2',
      hw_qemu_guest_agent: 'true',
      'trait:CUSTOM_X': 'required',
    },
  });
  expect(planned(withImage('format: raw'))).not.toHaveProperty('settings');
});

test('the plan for a terminal shows them', () => {
  const lab = parseLab('dev', withImage(settings));
  const text = planText(lab, planLab(lab));
  expect(text).toMatch(/visibility: shared, members: acme, beta,/);
  expect(text).toMatch(/tags: web, lts/);
  expect(text).toMatch(/hw_disk_bus=scsi/);
});

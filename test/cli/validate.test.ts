import * as fs from 'node:fs';
import * as path from 'node:path';
import { printPlan } from '../../cli/commands/plan';
import { up } from '../../cli/commands/up';
import { validate } from '../../cli/commands/validate';
import { devText, labText } from '../model/labs';
import { folderOfEachTest } from '../folderOfEachTest';

const folder = folderOfEachTest('state', 'cache');
let printed: string;
beforeEach(() => {
  printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

function write(name: string, text: string): string {
  const file = path.join(folder(), name);
  fs.writeFileSync(file, text);
  return file;
}

const withImages = (images: string): string => labText({ rest: `  glance-dcn:images: ${images}\n` });
const missing = withImages(
  '{ a: { source: { file: a.raw } }, b: { source: { file: empty } }, c: { source: { file: . } } }',
);

/** Message of the error that a verb throws; empty: it throws none. */
async function fault(verb: () => unknown): Promise<string> {
  try {
    await verb();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

test('a valid lab file is ok, with the numbers of sites, nodes and images', async () => {
  const file = write('Pulumi.mine.yaml', devText);
  validate([file, write('Pulumi.small.yaml', labText())]);
  expect(printed).toBe(
    `${file}: ok, lab mine of provisioner sandbox, topology multistore: 3 sites, 9 nodes, 3 images\n` +
      `${folder()}/Pulumi.small.yaml: ok, lab small of provisioner sandbox, topology multistore: 2 sites, 3 nodes, 0 images\n`,
  );
  expect(fs.readdirSync(folder()).sort()).toEqual(['Pulumi.mine.yaml', 'Pulumi.small.yaml']);
});

test('the faults of all files are printed, and the other files are ok', async () => {
  const good = write('Pulumi.good.yaml', devText);
  const wrong = write(
    'Pulumi.wrong.yaml',
    `${devText}  glance-dcn:nonsense: 1\n  glance-dcn:topologie: cache\n`,
  );
  const absent = path.join(folder(), 'Pulumi.absent.yaml');
  const text = await fault(() => validate([wrong, good, absent]));
  expect(text).toMatch(/Pulumi\.wrong\.yaml: The lab file of wrong has 2 faults.*nonsense.*topologie/s);
  expect(text).toContain(`${absent}: lab file ${absent}: there is no ${absent}.`);
  expect(printed).toMatch(/Pulumi\.good\.yaml: ok/);
});

test.each([
  ['validate', (file: string) => validate([file])],
  ['plan', (file: string) => printPlan(file, {})],
  ['plan --out', (file: string) => printPlan(file, { out: path.join(folder(), 'out') })],
  ['up', (file: string) => up(file, {})],
])('%s names all files of images that do not exist, are empty or are folders', async (_, verb) => {
  write('empty', '');
  const file = write('Pulumi.mine.yaml', missing);
  const lines = (await fault(() => verb(file))).split('\n');
  expect(lines).toEqual([
    expect.stringMatching(
      /^\S+Pulumi\.mine\.yaml: glance-dcn:images\.a\.source\.file: ENOENT: .* Put the file there/,
    ),
    expect.stringContaining(`glance-dcn:images.b.source.file: ${folder()}/empty is empty. `),
    expect.stringContaining(`glance-dcn:images.c.source.file: ${folder()} is not a file. `),
  ]);
  expect(printed).toBe('');
  expect(fs.readdirSync(folder()).sort()).toEqual(['Pulumi.mine.yaml', 'empty']);
});

test('plan shows every network with its MTU, subnets, gateways and VIPs, and all addresses of nodes', () => {
  const storage =
    '  glance-dcn:networks: { storage: { name: san, mtu: 9000, dnsDomain: san.example.com } }\n';
  printPlan(write('Pulumi.mine.yaml', devText + storage), {});
  for (const row of [
    /^│ ctlplane +│ ctlplane +│ 10\.0\.0\.0\/14 +│ local_mtu of undercloud\.conf +│ - +│$/m,
    /^│ storage +│ san +│ 10\.8\.0\.0\/14 +│ 9000 +│ san\.example\.com\. +│$/m,
    /^│ tenant +│ tenant +│ 10\.16\.0\.0\/14 +│ 1500 +│ - +│$/m,
    /control-plane │ internal_api +│ 10\.4\.0\.0\/24 .* 10\.4\.0\.5 /,
    /control-plane │ tenant .* - +│$/m,
    /dcn0 +│ ctlplane .* 10\.0\.16\.5 /,
    /dcn0 +│ storage_mgmt .* - +│$/m,
    /node +│ ctlplane +│ storage +│ storage_mgmt +│ internal_api +│ tenant +│ external +│$/m,
  ]) {
    expect(printed).toMatch(row);
  }
  expect(
    Math.max(
      ...printed
        .split('\n')
        .filter((line) => /[│┌]/.test(line))
        .map((line) => line.length),
    ),
  ).toBeLessThan(121);
});

import * as fs from 'node:fs';
import * as path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import execa from 'execa';
import * as fc from 'fast-check';
import { arrangementNames } from '../../cli/init/arrangements';
import type { InitAnswers } from '../../cli/init/answers';
import { labFileText } from '../../cli/init/labText';
import { rangeFault, rangesFrom } from '../../cli/init/ranges';
import { ensureSystemPackages } from '../../lib/debianPackages';
import { projectRoot } from '../../lib/paths';
import { quote } from '../../lib/quote';
import { parseLab, planLab } from '../../model';
import { folderOfEachTest } from '../folderOfEachTest';

// `script` gives a program a terminal.
beforeAll(() => ensureSystemPackages(['bsdutils'], () => undefined));

const folder = folderOfEachTest('state');
const dcn = (...words: string[]) =>
  execa('./dcn', words, { cwd: projectRoot, reject: false, stdin: 'ignore', timeout: 30_000 });
const labFile = (): string => path.join(folder(), 'Pulumi.mine.yaml');

describe('an arrangement', () => {
  test.each(arrangementNames)('%s: the copy is valid, and its first line names the schema', async (name) => {
    const made = await dcn('--lab', labFile(), 'init', '--arrangement', name);
    expect(made).toMatchObject({ exitCode: 0, stderr: '' });
    expect(made.stdout).toContain(`${labFile()} is written.\n`);
    const text = fs.readFileSync(labFile(), 'utf8');
    const [, schema] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
    expect(path.resolve(folder(), schema as string)).toBe(path.join(projectRoot, 'schema/lab.schema.json'));
    expect(text).not.toContain('--lab examples/');
    expect(await dcn('validate', labFile())).toMatchObject({ exitCode: 0 });
  });

  test('every lab file in examples/ is one of them', () => {
    const folders = fs.readdirSync(path.join(projectRoot, 'examples')).filter((name) => name !== 'ci');
    expect([...arrangementNames].sort()).toEqual(['collapsed', ...folders].sort());
  });

  test('no lab file is overwritten, and the default lab is none that is new', async () => {
    fs.writeFileSync(labFile(), 'mine');
    const refused = await dcn('--lab', labFile(), 'init', '--arrangement', 'cache');
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toContain(
      `${labFile()} exists, and init overwrites no lab file. Name another lab.`,
    );
    expect(fs.readFileSync(labFile(), 'utf8')).toBe('mine');
    expect((await dcn('init', '--arrangement', 'cache')).stderr).toBe(
      'name the new lab: ./dcn --lab NAME init --arrangement cache',
    );
    const unasked = await dcn('--lab', `${labFile()}2.yaml`, 'init');
    expect(unasked.stderr).toContain('there is no terminal to ask at. Name an arrangement: ');
  });
});

/** Names of sites, with those whose numbers are others' or no subnets', that no Ceph cluster has, or that YAML takes for no text. */
const names = [
  ...['dcn0', 'dcn1', 'dcn7', 'berlin', 'oslo', 'site100', 'east', 'oslo0', 'dcn007', 'site300', 'us-east-1'],
  ...['true', 'null'],
];

const answers: fc.Arbitrary<InitAnswers> = fc
  .record({
    provisioner: fc.constantFrom('sandbox', 'existing', 'openstack'),
    topology: fc.constantFrom('multistore', 'cache'),
    controllers: fc.constantFrom(1, 3),
    cephNodes: fc.integer({ min: 1, max: 6 }),
    sites: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom(...names),
        nodes: fc.integer({ min: 1, max: 7 }),
      }),
      { selector: ({ name }) => name, maxLength: 7 },
    ),
    firstRange: fc.option(fc.constantFrom('172.16.0.0/16', '10.64.0.0/14'), {
      nil: undefined,
    }),
    image: fc.constantFrom('sandbox', 'url', 'nowhere'),
  })
  .map(({ image, ...all }) => ({
    ...all,
    cephNodes: all.topology === 'multistore' ? all.cephNodes : 0,
    image:
      image === 'url'
        ? { from: 'url', url: 'https://images.example.org/a.qcow2?version=2' }
        : { from: image === 'sandbox' && all.provisioner === 'sandbox' ? 'sandbox' : 'nowhere' },
  }));

test('whatever the answers, the lab file is valid and has the sites, nodes and image', () => {
  fc.assert(
    fc.property(answers, (given) => {
      const { sites, images } = planLab(parseLab('mine', labFileText(given)));
      const [control, ...edges] = sites;
      expect(control?.nodes).toHaveLength(given.controllers + given.cephNodes);
      expect(edges.map(({ name, nodes }) => ({ name, nodes: nodes.length }))).toEqual(given.sites);
      expect(images).toHaveLength(given.image.from === 'nowhere' ? 0 : 1);
    }),
  );
});

test('ranges follow one another, and a range that leaves no room is refused', () => {
  expect(rangesFrom('172.16.0.0/16')).toMatchObject({ ctlplane: '172.16.0.0/16', external: '172.21.0.0/16' });
  expect(rangesFrom('10.252.0.0/14')).toMatchObject({ storage: '11.0.0.0/14', storage_mgmt: '11.4.0.0/14' });
  expect(['172.16.0.0/16', '10.0.0.0/8'].map(rangeFault)).toEqual([undefined, undefined]);
  for (const text of [
    '',
    '172.16.0.0',
    '172.16.0.1/16',
    '172.16.0.0/24',
    '172.16.0.0/19',
    '255.255.0.0/16',
    'fd00::/48',
  ]) {
    expect(rangeFault(text)).toContain('must be a network such as 172.16.0.0/16');
  }
});

/** Answers the questions at a terminal, and gives what it showed. `\x03` is Ctrl-C. */
async function asked(typed: string[], file = labFile()): Promise<string> {
  const words = [
    process.execPath,
    path.join(projectRoot, 'toolchain/bundle.cjs'),
    path.join(__dirname, 'initDriver.ts'),
    file,
  ];
  const run = execa('script', ['-qec', words.map(quote).join(' '), '/dev/null'], { all: true });
  const left = [...typed];
  let since = '';
  run.all?.on('data', (data: Buffer) => {
    since += data.toString();
    if (stripVTControlCharacters(since).endsWith(': ') && left.length > 0) {
      since = '';
      run.stdin?.write(`${left.shift()}\r`);
    }
  });
  return (await run).all ?? '';
}

test('at a terminal, defaults and answers make a lab; a wrong answer is said, and asked again', async () => {
  const said = await asked([
    '2',
    '',
    '2',
    '1',
    '50',
    '3',
    'dcn0 Berlin',
    'dcn0 stores',
    'dcn0 berlin',
    'x',
    '1',
    '2',
    '172.16.0.0/16',
    'https://images.example.org:99999/a',
    'none',
  ]);
  expect(said).toContain('50: glance-dcn:sites.control-plane.nodes.ceph-40 has a number at the end');
  expect(said).toContain('dcn0 stores: glance-dcn:sites.stores cannot have this name: the kit has a file');
  expect(said).toContain('is not a URL that can be fetched');
  expect(said).toContain('Berlin: names of edge sites are lower-case letters');
  expect(said).toContain('2: must be 1, or 3');
  expect(said).toContain('x: must be a number from 1 to 99.');
  const { sites } = planLab(parseLab('mine', fs.readFileSync(labFile(), 'utf8')));
  expect(sites.map(({ name, nodes }) => [name, nodes.length])).toEqual([
    ['control-plane', 4],
    ['dcn0', 1],
    ['berlin', 2],
  ]);
});

test('a place without a folder is refused before the first question', async () => {
  const file = path.join(folder(), 'nowhere/Pulumi.mine.yaml');
  const said = await asked([], file);
  expect(said).toContain(`${file}: ENOENT: no such file or directory`);
  expect(said).toContain('Name a lab file where you may write, after --lab.');
  expect(said).not.toContain('Where do the nodes come from?');
});

test('Ctrl-C at a question writes nothing', async () => {
  expect(await asked(['1', '\x03'])).toContain('Nothing was written: the questions were ended.');
  expect(fs.existsSync(labFile())).toBe(false);
});

import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Command } from 'commander';
import execa from 'execa';
import type { Server, ServerChannel } from 'ssh2';
import { wantedPlacement } from '../../cli/pictures/placement';
import { listedTopology } from '../../cli/pictures/topology/listing';
import { createProgram } from '../../cli/program';
import { readRecord } from '../../cli/run/record';
import type { CheckedCopy, ListedImage, SeenServer } from '../../kit/answers';
import { projectRoot } from '../../lib/paths';
import { listedPlan, parseLab, planLab } from '../../model';
import { cacheText, devLab, openstackText } from '../model/labs';
import { seenServer } from './seenServer';
import { startUndercloud, writeStack } from './undercloudServer';
import { folderOfEachTest } from '../folderOfEachTest';

/* `--json` of the verbs: the values are the only text on standard output. */

const commands = fs.readFileSync(path.join(projectRoot, 'docs/commands.md'), 'utf8');

const folder = folderOfEachTest('state');

/** Runs a verb, and gives the value that it prints and its messages. */
async function json(
  lab: string,
  ...words: string[]
): Promise<{ value: unknown; stderr: string; code: number }> {
  const { stdout, stderr, exitCode } = await execa('./dcn', ['--lab', lab, ...words, '--json'], {
    cwd: projectRoot,
    reject: false,
  });
  return { value: JSON.parse(stdout) as unknown, stderr, code: exitCode };
}

/** The verbs below a command that have `--json`. */
function verbsWithJson(command: Command, words: string[] = []): string[] {
  return command.commands.flatMap((verb) => {
    const all = [...words, verb.name()];
    const own = verb.options.some(({ long }) => long === '--json') ? [all.join(' ')] : [];
    return [...own, ...verbsWithJson(verb, all)];
  });
}

test('docs/commands.md names each verb with --json, and the exported type of its value', () => {
  const rows = [
    ...commands.matchAll(
      /^\| `\.\/dcn ([a-z ]+?)(?: [A-Z]\S*.*?)?` +\|.*\| `(\w+)(?:\[\])?`.* in `(\S+)` +\|$/gm,
    ),
  ];
  expect(rows.map(([, verb]) => verb).sort()).toEqual(verbsWithJson(createProgram()).sort());
  for (const [, , type, file] of rows) {
    expect(fs.readFileSync(path.join(projectRoot, file as string), 'utf8')).toMatch(
      new RegExp(`^export (interface|type) ${type}\\b`, 'm'),
    );
  }
});

test.each([
  ['plan', '--out', 'x'],
  ['topology', '--svg', 'x'],
  ['timeline', '--svg', 'x'],
])('%s refuses --json beside %s', async (verb, option, value) => {
  const { stdout, stderr, exitCode } = await execa('./dcn', [verb, '--json', option, value], {
    cwd: projectRoot,
    reject: false,
  });
  expect([stdout, exitCode]).toEqual(['', 1]);
  expect(stderr).toContain(`option '--json' cannot be used with option '${option} <`);
});

describe('of a lab that is not up', () => {
  const notUp = /^Lab dev is not up: .* Bring it up: \.\/dcn up$/;
  const plan = planLab(devLab);

  test('plan', async () => {
    const { value, stderr, code } = await json('dev', 'plan');
    expect(value).toEqual(JSON.parse(JSON.stringify(listedPlan(devLab, plan))));
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  });

  test('topology: the images as the lab file wants them', async () => {
    const { value, stderr, code } = await json('dev', 'topology');
    const wanted = listedTopology(plan, wantedPlacement(plan, 'the lab is not up'));
    expect(value).toEqual(wanted);
    expect(wanted.sites.find(({ name }) => name === 'dcn0')?.store?.images).toContainEqual({
      name: 'plain-256',
      state: 'wanted',
    });
    expect(stderr).toMatch(notUp);
    expect(code).toBe(0);
  });

  test('preview', async () => {
    const { value, stderr, code } = await json('dev', 'preview', 'dev', 'dev-dcn0');
    expect(value).toEqual([
      { stack: 'dev', preview: { state: 'waits', exists: false, waitsFor: [] } },
      {
        stack: 'dev-dcn0',
        preview: { state: 'waits', exists: false, waitsFor: ['dev', 'dev-control-plane'] },
      },
    ]);
    expect(stderr).toMatch(notUp);
    expect(code).toBe(0);
  });

  test('timeline: the record of the last run', async () => {
    const record = fs.readFileSync(path.join(projectRoot, 'docs/timeline.jsonl'), 'utf8');
    fs.mkdirSync(path.join(folder(), 'state/dev'), { recursive: true });
    fs.writeFileSync(path.join(folder(), 'state/dev/last-run.jsonl'), record);
    const { value } = await json('dev', 'timeline');
    expect(value).toEqual(JSON.parse(JSON.stringify(readRecord(record))));
  });

  test('sandbox status', async () => {
    expect(await json('dev', 'sandbox', 'status')).toEqual({ value: null, stderr: '', code: 0 });
  });
});

test('a plan has the virtual addresses of sites, and the quotas and flavors of its cloud', () => {
  const lab = parseLab('cloud', openstackText);
  const { sites, cloud } = listedPlan(lab, planLab(lab));
  const of = (name: string) => sites.find((site) => site.name === name)?.virtualAddresses;
  expect(of('control-plane')?.map(({ network }) => network)).toEqual(
    expect.arrayContaining(['ctlplane', 'storage', 'internal_api', 'external']),
  );
  expect(of('dcn0')?.map(({ network }) => network)).toEqual(['ctlplane']);
  expect(cloud?.quotas.find(({ name }) => name === 'instances')?.needed).toBe(
    Object.values(cloud?.flavors ?? {}).reduce((sum, count) => sum + count, 0),
  );
  const own = listedPlan(devLab, planLab(devLab));
  expect(own).not.toHaveProperty('cloud');
  expect(own.networks.slice(0, 2)).toEqual([
    { network: 'ctlplane', name: 'ctlplane', ranges: ['10.0.0.0/14'] },
    { network: 'storage', name: 'storage', ranges: ['10.8.0.0/14'], mtu: 1500 },
  ]);
});

test('a topology has caches and their images by node', () => {
  const plan = planLab(parseLab('cached', cacheText));
  const [site] = listedTopology(plan, wantedPlacement(plan)).sites.filter(({ caches }) => caches);
  expect(site?.caches?.nodes[0]?.images).toContainEqual({ name: 'plain-128', state: 'wanted' });
  expect(site).not.toHaveProperty('store');
});

describe('of a lab that is up', () => {
  const id = '573db908-2c8a-4b9d-a068-799137b8549f';
  const image: ListedImage = {
    diskFormat: 'raw',
    failed: [],
    id,
    importing: [],
    lab: true,
    name: 'guest',
    os_hidden: false,
    protected: true,
    sha512: null,
    size: 1,
    status: 'active',
    stores: ['central', 'dcn0'],
    visibility: 'shared',
  };
  const copies: CheckedCopy[] = [{ image: 'guest', id, store: 'dcn0', sha512: 'ab' }];
  const seen: SeenServer = {
    ...seenServer,
    server: id,
    console: 'silent',
    consoleSeconds: null,
    faults: ['guest: is silent'],
  };

  let server: Server;
  let lab: string;
  beforeEach(async () => {
    writeStack('far');
    lab = path.join(folder(), 'Pulumi.far.yaml');
    const answers: [RegExp, unknown][] = [
      [/ images list --json$/, [image]],
      [/ images verify guest --json$/, copies],
      [/ servers (boot|prove)$/, seen],
    ];
    server = await startUndercloud(folder(), (channel: ServerChannel, command) => {
      const answer = answers.find(([words]) => words.test(command))?.[1];
      channel.stderr.write('a line of progress\n');
      channel.write(`${JSON.stringify(answer)}\n`);
      channel.exit(0);
      channel.end();
    });
  });
  afterEach(() => server.close());

  test('images, and images verify', async () => {
    const stderr = 'a line of progress';
    expect(await json(lab, 'images')).toEqual({ value: [{ ...image, missing: [] }], stderr, code: 0 });
    expect(await json(lab, 'images', 'verify')).toEqual({ value: copies, stderr, code: 0 });
  });

  test('topology has the images as Glance has them', async () => {
    const { value } = await json(lab, 'topology');
    expect(value).toMatchObject({ lab: 'far', images: { of: 'Glance' } });
    expect((value as { sites: object[] }).sites).toContainEqual(
      expect.objectContaining({
        name: 'dcn0',
        store: { id: 'dcn0', images: [{ name: 'guest', state: 'present' }] },
      }),
    );
  });

  test('boot: the server, and what to do with it on standard error', async () => {
    const { value, stderr, code } = await json(lab, 'boot', 'vm1', '--at', 'dcn0');
    expect(value).toEqual({ ...seen, wan: 'not counted' });
    expect(stderr).toMatch(
      /^a line of progress\nServer vm1 \(573db908-\S+\) keeps running\. To remove it: .*\nguest: is silent$/,
    );
    expect(code).toBe(1);
  });

  test('verify: all servers, and progress and faults on standard error', async () => {
    const { value, stderr, code } = await json(lab, 'verify');
    expect(value).toEqual([{ ...seen, wan: 'not counted' }]);
    expect({ stderr, code }).toEqual({ stderr: 'dcn0: a line of progress\nguest: is silent', code: 1 });
  });
});

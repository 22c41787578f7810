import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { preview } from '../../cli/commands/preview';
import type { PreviewReport } from '../../cli/preview/markdown';
import { PulumiFailure, previewStack } from '../../cli/run/pulumi';
import { devText } from '../model/labs';

/* `dcn preview` of a lab whose stacks all exist: Pulumi is mocked. */

const stacks = ['far', 'far-control-plane', 'far-dcn0', 'far-dcn1', 'far-images'];

jest.mock('../../cli/run/pulumi', () => ({
  ...jest.requireActual<object>('../../cli/run/pulumi'),
  writeMissingSettings: async () => undefined,
  previewStack: jest.fn(),
}));

jest.mock('../../cli/run/stackList', () => ({
  openState: async () => ({ env: {}, names: stacks }),
  stackOutputs: async () => ({}),
}));

let folder: string;
let printed: string;
let said: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-test-'));
  printed = '';
  said = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((printed += String(text))));
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((said += String(text))));
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
  fs.rmSync(folder, { recursive: true });
});

/** The previews of the lab, if the programs of `errors` end with these errors. */
async function previews(errors: Record<string, string>): Promise<Record<string, PreviewReport['preview']>> {
  const file = path.join(folder, 'Pulumi.far.yaml');
  fs.writeFileSync(file, devText);
  jest.mocked(previewStack).mockImplementation(async (_env, name) => {
    if (errors[name]) {
      throw new PulumiFailure('preview', name, errors[name]);
    }
    return [];
  });
  await preview(file, [], { json: true });
  const reports = JSON.parse(printed) as PreviewReport[];
  return Object.fromEntries(reports.map((report) => [report.stack, report.preview]));
}

/** The program's words: test/components/stackOutputs.test.ts. */
const notUp = (stack: string) =>
  `Stack ${stack}, which this one builds on, is not completely up: bring it up first with \`pulumi up -s ${stack}\`.`;
const unchanged = { state: 'previewed', changes: [] };

test('a stack that builds on one that is not completely up waits for it; the verb succeeds', async () => {
  const found = await previews({
    'far-dcn0': notUp('far-control-plane'),
    'far-dcn1':
      'Stack far-control-plane has not exported control-plane/control-plane-export.yaml, which this one builds on: ' +
      'bring it up first with `pulumi up -s far-control-plane`.',
    'far-images': notUp('far-dcn0'),
  });
  const waits = (...waitsFor: string[]) => ({ state: 'waits', exists: true, waitsFor });
  expect(found).toEqual({
    far: unchanged,
    'far-control-plane': unchanged,
    'far-dcn0': waits('far-control-plane'),
    'far-dcn1': waits('far-control-plane'),
    'far-images': waits('far-dcn0'),
  });
  expect(said).toContain('far-dcn0: waits\n');
  expect(process.exitCode).toBeUndefined();
});

test('a preview says in which waves an up with the same options would run', async () => {
  const file = path.join(folder, 'Pulumi.far.yaml');
  fs.writeFileSync(file, devText);
  jest.mocked(previewStack).mockResolvedValue([]);
  await preview(file, [], { canary: 'dcn1', wave: 3 });
  expect(printed).toContain(`Waves of \`./dcn --lab ${file} up --canary dcn1 --wave 3\`. Each starts when`);
  expect(printed).toContain(
    ['1. far, far-control-plane', '2. far-dcn1, then servers at dcn1', '3. far-dcn0', '4. far-images\n'].join(
      '\n',
    ),
  );
  printed = '';
  await preview(file, ['far-dcn0'], { wave: 1, json: true });
  expect(JSON.parse(printed)).toEqual([{ stack: 'far-dcn0', preview: unchanged, wave: 2 }]);
  await expect(preview(file, [], { canary: 'control-plane' })).rejects.toThrow('always goes first');
});

test('a stack waits for all stacks that its program names, also for networks in a cloud', async () => {
  const waits = (...waitsFor: string[]) => ({ state: 'waits', exists: true, waitsFor });
  expect(
    await previews({
      'far-dcn0': `${notUp('far')}\n${notUp('far-control-plane')}`,
      'far-dcn1':
        'Stack far, which this one builds on, has not made networks of dcn1: ctlplane, storage: ' +
        'bring it up first with `pulumi up -s far`.',
      'far-images': `${notUp('far-dcn0')}\n${notUp('far-dcn1')}\n`,
    }),
  ).toMatchObject({
    'far-dcn0': waits('far', 'far-control-plane'),
    'far-dcn1': waits('far'),
    'far-images': waits('far-dcn0', 'far-dcn1'),
  });
  expect(process.exitCode).toBeUndefined();
});

test('a stack that waits and has another error has failed', async () => {
  const reason = `${notUp('far-control-plane')}\nPulumi.far.yaml: glance-dcn:sites.dcn0.name: cannot change`;
  expect(await previews({ 'far-dcn0': reason })).toMatchObject({ 'far-dcn0': { state: 'failed', reason } });
  expect(process.exitCode).toBe(1);
});

test('another error is a failure, also of a stack that builds on others', async () => {
  const reason =
    'Stack far-control-plane was brought up by an older version of this program: bring it up again with `pulumi up -s far-control-plane`.';
  expect(await previews({ 'far-dcn0': reason })).toMatchObject({
    'far-dcn0': { state: 'failed', reason },
    'far-dcn1': unchanged,
  });
  expect(process.exitCode).toBe(1);
});

test('a new site beside a control plane that is up is said to change the control plane, too', async () => {
  const file = path.join(folder, 'Pulumi.far.yaml');
  fs.writeFileSync(file, devText);
  jest.mocked(previewStack).mockResolvedValue([]);
  const note = (names: string): string => `The stores of ${names} also change the control plane`;
  const missing = stacks.splice(stacks.indexOf('far-dcn1'), 1);
  try {
    await preview(file, [], {});
    expect(printed).toContain(note('far-dcn1'));
    printed = '';
    missing.push(...stacks.splice(stacks.indexOf('far-control-plane'), 1));
    await preview(file, ['far-dcn1'], {});
    expect(printed).not.toContain('The stores of');
  } finally {
    stacks.splice(0, stacks.length, 'far', 'far-control-plane', 'far-dcn0', 'far-dcn1', 'far-images');
  }
});

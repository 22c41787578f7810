import * as fs from 'node:fs';
import * as path from 'node:path';
import { destroy } from '../../cli/commands/destroy';
import { confirm } from '../../cli/confirm';
import { provisionerOf } from '../../cli/provisioners';
import { runLab } from '../../cli/run/labRun';
import { forgetLostStores } from '../../cli/siteLost';
import { devText } from '../model/labs';
import { folderOfEachTest } from '../folderOfEachTest';

/* When `dcn destroy` asks, and that nothing has begun before the answer: stacks, question and provisioner are mocked. */

jest.mock('../../cli/provisioners', () => ({ provisionerOf: jest.fn() }));
jest.mock('../../cli/confirm', () => ({ confirm: jest.fn() }));
jest.mock('../../cli/losses', () => ({ losses: async () => 'what is lost' }));
jest.mock('../../cli/siteLost', () => ({
  lostStores: async () => [],
  lossText: () => '',
  forgetLostStores: jest.fn(),
}));
jest.mock('../../cli/run/stackList', () => ({
  openState: async () => ({ env: {}, names: ['mine', 'mine-control-plane', 'mine-dcn0', 'mine-images'] }),
}));
jest.mock('../../cli/run/leaving', () => ({ sayLeaving: async () => () => undefined }));
jest.mock('../../cli/run/pulumi', () => ({
  ...jest.requireActual<object>('../../cli/run/pulumi'),
  pulumi: async () => undefined,
  writeMissingSettings: async () => undefined,
}));
jest.mock('../../cli/run/labRun', () => ({
  ...jest.requireActual<object>('../../cli/run/labRun'),
  runLab: jest.fn(async () => ({ changes: 1, summary: 'all gone' })),
}));

const folder = folderOfEachTest('state');
const { isTTY } = process.stdin;
beforeEach(() => {
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  [confirm, runLab, forgetLostStores].forEach((mock) => jest.mocked(mock).mockClear());
});
afterEach(() => {
  process.stdin.isTTY = isTTY;
  jest.restoreAllMocks();
});

interface Where {
  makesHosts: boolean;
  terminal: boolean;
}

async function destroyed(
  { makesHosts, terminal }: Where,
  sites: string[],
  options: { yes?: boolean; siteLost?: boolean },
): Promise<void> {
  const file = path.join(folder(), 'Pulumi.mine.yaml');
  fs.writeFileSync(file, devText);
  jest.mocked(provisionerOf).mockResolvedValue({ makesHosts } as Awaited<ReturnType<typeof provisionerOf>>);
  process.stdin.isTTY = terminal;
  await destroy(file, sites, options);
}

const own = { makesHosts: true, terminal: true };
const existing = { makesHosts: false, terminal: true };

test.each<[string, Where, string[], object, string[]]>([
  ['a whole lab', own, [], {}, ['mine']],
  ['a site', own, ['dcn0'], {}, ['dcn0']],
  ['a lost site', own, ['dcn0'], { siteLost: true }, ['dcn0']],
  ['without a terminal', { ...own, terminal: false }, [], {}, ['mine']],
  ['with --yes', own, [], { yes: true }, []],
  ['a lab of existing hosts with --yes at a terminal', existing, [], { yes: true }, ['mine']],
  ['a site of existing hosts with --yes at a terminal', existing, ['dcn0'], { yes: true }, ['dcn0']],
  ['a program with --yes, of existing hosts', { ...existing, terminal: false }, [], { yes: true }, []],
])('%s', async (_, where, sites, options, asked) => {
  await destroyed(where, sites, options);
  expect(jest.mocked(confirm).mock.calls.flat()).toEqual(asked);
  expect(runLab).toHaveBeenCalledTimes(1);
  if (asked.length > 0) {
    jest.mocked(confirm).mockRejectedValueOnce(new Error('the answer was another'));
    await expect(destroyed(where, sites, options)).rejects.toThrow('the answer was another');
    expect(runLab).toHaveBeenCalledTimes(1);
    expect(jest.mocked(forgetLostStores).mock.calls).toHaveLength('siteLost' in options ? 1 : 0);
  }
});

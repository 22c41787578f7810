import * as fs from 'node:fs';
import * as path from 'node:path';
import { up } from '../../cli/commands/up';
import { askAboutNodes } from '../../cli/leavingNodes';
import { proveClones } from '../../cli/proofs/clones';
import { proveDownloads } from '../../cli/proofs/downloads';
import { runLab } from '../../cli/run/labRun';
import { consent } from '../../stacks/consent';
import { cacheText, devText } from '../model/labs';
import { folderOfEachTest } from '../folderOfEachTest';

/* When `dcn up` proves the images: its stacks, proofs and sandbox are mocked. */

jest.mock('../../cli/provisioners', () => ({ provisionerOf: async () => ({}) }));
jest.mock('../../cli/run/pulumi', () => ({
  ...jest.requireActual<object>('../../cli/run/pulumi'),
  pulumiEnvironment: async () => ({}),
  initStack: async () => undefined,
}));
jest.mock('../../cli/run/stackList', () => ({ stackNames: async () => [] }));
jest.mock('../../cli/leavingNodes', () => ({ askAboutNodes: jest.fn() }));
jest.mock('../../cli/run/labRun', () => ({
  ...jest.requireActual<object>('../../cli/run/labRun'),
  runLab: jest.fn(),
}));
jest.mock('../../cli/proofs/clones', () => ({
  ...jest.requireActual<object>('../../cli/proofs/clones'),
  proveClones: jest.fn(async () => []),
}));
jest.mock('../../cli/proofs/downloads', () => ({
  ...jest.requireActual<object>('../../cli/proofs/downloads'),
  proveDownloads: jest.fn(async () => []),
}));

const folder = folderOfEachTest('state');
let file: string;
let printed: string;
beforeEach(() => {
  file = path.join(folder(), 'Pulumi.mine.yaml');
  printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.mocked(proveClones).mockClear();
  jest.mocked(proveDownloads).mockClear();
});

const clones = 'parent of the clone';
const downloads = 'still received';

test.each([
  ['no command ran', devText, 0, {}, []],
  ['no command ran, with --prove', devText, 0, { prove: true }, [clones]],
  ['a command ran', devText, 1, {}, [clones]],
  ['no command ran in a lab with caches', cacheText, 0, {}, []],
  ['no command ran in a lab with caches, with --prove', cacheText, 0, { prove: true }, [downloads]],
  ['a command ran in a lab with caches', cacheText, 1, {}, [downloads]],
])('%s', async (_, text, changes, options, tables) => {
  fs.writeFileSync(file, text);
  jest.mocked(runLab).mockResolvedValue({ changes, summary: 'all done' });
  await up(file, options);
  expect(printed).toContain('\nall done\n');
  expect([clones, downloads].filter((words) => printed.includes(words))).toEqual(tables);
  expect(jest.mocked(proveClones).mock.calls.length + jest.mocked(proveDownloads).mock.calls.length).toBe(
    tables.length,
  );
  const remedy = `Nothing changed. To prove the images again: ./dcn --lab ${file} up --prove\n`;
  expect(printed.includes(remedy)).toBe(changes === 0 && tables.length === 0);
  expect(/^1 command ran in \d+ s\.\nnext: .* status; /m.test(printed)).toBe(changes === 1);
});

test('--yes agrees that data moves: the programs of the stacks hear of it, and so does the command to run again', async () => {
  fs.writeFileSync(file, devText);
  const called = jest.mocked(runLab).mockResolvedValue({ changes: 0, summary: 'all done' });
  called.mockClear();
  await up(file, {});
  await up(file, { yes: true });
  expect(called.mock.calls.map(([, env, command]) => [env, command])).toEqual([
    [{}, { verb: 'up', words: [] }],
    [consent, { verb: 'up', words: ['--yes'] }],
  ]);
});

test('at a terminal, the answer to the question about nodes agrees in place of --yes', async () => {
  fs.writeFileSync(file, devText);
  const called = jest.mocked(runLab).mockResolvedValue({ changes: 0, summary: 'all done' });
  called.mockClear();
  const { isTTY } = process.stdin;
  process.stdin.isTTY = true;
  jest.mocked(askAboutNodes).mockResolvedValueOnce(true).mockResolvedValueOnce(false);
  await up(file, {});
  await up(file, {});
  jest.mocked(askAboutNodes).mockRejectedValueOnce(new Error('the answer was not old-8'));
  await expect(up(file, {})).rejects.toThrow('the answer was not old-8');
  await up(file, { yes: true });
  process.stdin.isTTY = false;
  await up(file, {});
  expect(called.mock.calls.map(([, env, command]) => [env, command])).toEqual([
    [consent, { verb: 'up', words: [] }],
    [{}, { verb: 'up', words: [] }],
    [consent, { verb: 'up', words: ['--yes'] }],
    [{}, { verb: 'up', words: [] }],
  ]);
  process.stdin.isTTY = isTTY;
  expect(askAboutNodes).toHaveBeenCalledTimes(3);
});

test('--prove is in the command to run again', async () => {
  fs.writeFileSync(file, devText);
  const called = jest.mocked(runLab).mockResolvedValue({ changes: 0, summary: 'all done' });
  called.mockClear();
  await up(file, { prove: true });
  expect(called.mock.calls.map(([, , command]) => command)).toEqual([{ verb: 'up', words: ['--prove'] }]);
});

import * as path from 'node:path';
import execa from 'execa';
import { ensureSystemPackages } from '../../lib/debianPackages';
import { projectRoot } from '../../lib/paths';
import { quote } from '../../lib/quote';
import { until } from '../kit/undercloud';

/* Long texts are shown in a pager, at a terminal only. */

// `script` gives a program a terminal.
beforeAll(() => ensureSystemPackages(['bsdutils'], () => undefined));

const driver = (lines: number): [string, ...string[]] => [
  process.execPath,
  path.join(projectRoot, 'toolchain/bundle.cjs'),
  path.join(__dirname, 'pagerDriver.ts'),
  String(lines),
];

/** Starts the driver at a terminal of 20 lines. */
function atTerminal(lines: number, pager: string): execa.ExecaChildProcess {
  // `exec`: a shell that waits for the driver would end by the Ctrl-C (dash does).
  const command = `stty rows 20; exec ${driver(lines).map(quote).join(' ')}`;
  return execa('script', ['-qec', command, '/dev/null'], { all: true, env: { PAGER: pager } });
}

/** What stands at a terminal, by lines. */
const printed = async (run: execa.ExecaChildProcess): Promise<string[]> =>
  ((await run).all ?? '').split('\n').map((line) => line.trimEnd());

const plain = (count: number): string[] => [
  ...Array.from({ length: count }, (_, index) => `line ${index}`),
  'goes on',
];

test('more lines than the terminal has go through PAGER, a command of the shell', async () => {
  const lines = await printed(atTerminal(30, 'sed "s/^/paged: /"'));
  expect(lines).toEqual(plain(30).map((line) => (line === 'goes on' ? line : `paged: ${line}`)));
});

test.each([
  ['fewer lines', 10, 'false'],
  ['PAGER=cat', 30, 'cat'],
  ['an empty PAGER', 30, ''],
  ['a PAGER that does not exist', 30, 'no-such-pager 2>/dev/null'],
])('no pager with %s', async (_, count, pager) => {
  expect(await printed(atTerminal(count, pager))).toEqual(plain(count));
});

test('no pager without a terminal', async () => {
  const [program, ...args] = driver(30);
  const { stdout } = await execa(program, args, { env: { PAGER: 'false' } });
  expect(stdout.split('\n')).toEqual(plain(30));
});

test('a pager that is left early ends nothing else, and Ctrl-C is for the pager', async () => {
  expect(await printed(atTerminal(100_000, 'head -n 1'))).toEqual(['line 0', 'goes on']);
  const run = atTerminal(100_000, 'trap "echo stopped; exit" INT; echo waits; while :; do sleep 0.1; done');
  let text = '';
  run.all?.on('data', (data: Buffer) => (text += data.toString()));
  await until(() => text.includes('waits'), 'the pager');
  run.stdin?.write('\x03');
  expect((await printed(run)).slice(-2)).toEqual([expect.stringMatching(/stopped$/), 'goes on']);
});

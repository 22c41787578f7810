import * as path from 'node:path';
import execa from 'execa';
import { ensureSystemPackages } from '../../lib/debianPackages';
import { projectRoot } from '../../lib/paths';
import { quote } from '../../lib/quote';

// `script` gives a program a terminal.
beforeAll(() => ensureSystemPackages(['bsdutils'], () => undefined));

const driver = [
  process.execPath,
  path.join(projectRoot, 'toolchain/bundle.cjs'),
  path.join(__dirname, 'confirmDriver.ts'),
  'dcn1',
];

/** What the question prints at a terminal, to which `script` (util-linux) types the input. */
async function atTerminal(input: string): Promise<string> {
  const run = execa('script', ['-qec', driver.map(quote).join(' '), '/dev/null'], { all: true });
  run.all?.on('data', (data: Buffer) => {
    if (data.toString().includes('Type dcn1 to go on: ')) {
      run.stdin?.write(input);
    }
  });
  return (await run).all ?? '';
}

test.each([
  ['the name', 'dcn1\r', 'goes on'],
  ['another name', 'dcn0\r', 'Nothing was changed: the answer was not dcn1.'],
  ['yes', 'yes\r', 'Nothing was changed: the answer was not dcn1.'],
  ['nothing', '\r', 'Nothing was changed: the answer was not dcn1.'],
  ['Ctrl-C', '\x03', 'Nothing was changed: the answer was not dcn1.'],
  ['Ctrl-D', '\x04', 'Nothing was changed: the answer was not dcn1.'],
])('at a terminal, with the answer: %s', async (_, input, outcome) => {
  expect(await atTerminal(input)).toContain(outcome);
});

test('without a terminal nothing goes on', async () => {
  const [program, ...args] = driver as [string, ...string[]];
  const { stdout } = await execa(program, args, { input: 'dcn1\n' });
  expect(stdout).toBe('Nothing was changed: there is no terminal to ask at. --yes goes on without asking.');
});

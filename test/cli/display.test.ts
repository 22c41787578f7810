import * as path from 'node:path';
import execa from 'execa';
import { Display, showWork } from '../../cli/run/display';
import { projectRoot } from '../../lib/paths';
import { quote } from '../../lib/quote';

test('the lines of all works are shown, and the first error is thrown after all works have ended', async () => {
  const writes = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockImplementation(() => true),
  );
  const ended: string[] = [];
  const shown = showWork([
    {
      title: 'one',
      run: async ({ event }) => {
        event('before the display has started');
        await new Promise((resolve) => setTimeout(resolve, 100));
        event('later');
        ended.push('one');
      },
    },
    {
      title: 'two',
      run: async () => {
        throw new Error('no space\nmore');
      },
    },
  ]);
  await expect(shown).rejects.toThrow('no space\nmore');
  const text = writes.flatMap(({ mock }) => mock.calls.map(([chunk]) => String(chunk))).join('');
  writes.forEach((write) => write.mockRestore());
  expect(ended).toEqual(['one']);
  for (const line of ['one: before the display has started', 'one: later', 'two [FAILED: no space]']) {
    expect(text).toContain(line);
  }
});

test('of more entries than are shown at most, those that work or have failed are shown', async () => {
  const writes = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockImplementation(() => true),
  );
  const titles = Array.from({ length: 50 }, (_, index) => `stack ${index}.`);
  const display = new Display(titles, {});
  display.entries.forEach((entry) => entry.waits('waits for other stacks'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  display.entries[3]?.event('starts');
  display.entries[4]?.failed('no space');
  display.entries.forEach((entry) => entry.done());
  await display.ended;
  const text = writes.flatMap(({ mock }) => mock.calls.map(([chunk]) => String(chunk))).join('');
  writes.forEach((write) => write.mockRestore());
  const shown = titles.filter((title) => text.includes(title));
  expect(shown).toEqual(['stack 3.', 'stack 4.']);
});

/** What a terminal gets from work with these events. */
async function atTerminal(events: string[], ...env: string[]): Promise<string> {
  const driver = ['toolchain/bundle.cjs', 'test/cli/displayDriver.ts'].map((file) =>
    path.join(projectRoot, file),
  );
  const shown = `stty cols 100 rows 30; ${[process.execPath, ...driver, ...events].map(quote).join(' ')}`;
  const terminal = ['script', '-qec', shown, '/dev/null'];
  return (await execa('env', ['-u', 'NO_COLOR', 'TERM=xterm-256color', ...env, ...terminal])).stdout;
}

test('NO_COLOR turns the colours of the display off', async () => {
  const green = '\x1b[32m';
  expect(await atTerminal([])).toContain(green);
  const plain = await atTerminal([], 'NO_COLOR=1');
  expect(plain).toContain('work');
  expect(plain).not.toContain(green);
}, 30_000);

test('an event stays in the display until the next one', async () => {
  const text = await atTerminal(['installs packages', 'builds an image']);
  expect(text.lastIndexOf('installs packages')).toBeGreaterThan(-1);
  expect(text.lastIndexOf('installs packages')).toBeLessThan(text.indexOf('builds an image'));
}, 30_000);

import * as fs from 'node:fs';
import * as path from 'node:path';
import execa from 'execa';
import { projectRoot } from '../../lib/paths';

/** Runs the benchmark with words that it refuses or answers at once. */
async function bench(...words: string[]): Promise<{ exitCode: number; text: string }> {
  const { exitCode, all = '' } = await execa('npx', ['tsx', 'bench/main.ts', ...words], {
    cwd: projectRoot,
    all: true,
    reject: false,
  });
  return { exitCode, text: all };
}

test('the benchmark refuses a part that does not exist, and a size that is none', async () => {
  expect(await bench('start')).toEqual({
    exitCode: 1,
    text: expect.stringMatching(/'start' is invalid.*Allowed choices are starts, model/) as string,
  });
  expect(await bench('copies', '--mib', '63')).toEqual({
    exitCode: 1,
    text: expect.stringContaining("'63' is invalid. Write a whole number, 64 or more.") as string,
  });
});

test('CONTRIBUTING has each part of the benchmark', async () => {
  const { text } = await bench('--help');
  const parts = [...(/choices:([^)]*)\)/.exec(text)?.[1] ?? '').matchAll(/"(.+?)"/g)].map(([, part]) => part);
  const guide = fs.readFileSync(path.join(projectRoot, 'CONTRIBUTING.md'), 'utf8');
  const described = [...guide.matchAll(/^\| `([a-z-]+)` +\| /gm)].map(([, part]) => part);
  expect(parts.length).toBeGreaterThan(5);
  expect(described).toEqual([...parts, 'scale']);
});

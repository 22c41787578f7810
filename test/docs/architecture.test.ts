import * as fs from 'node:fs';
import * as path from 'node:path';
import execa from 'execa';
import { projectRoot } from '../../lib/paths';

const page = fs.readFileSync(path.join(projectRoot, 'docs/architecture.md'), 'utf8');

/** Code spans of the page that are paths of the project: with a slash, or a file's name with an ending that files here have. */
function namedPaths(): string[] {
  return [...page.matchAll(/`([\w.@-]+(?:\/[\w.@-]+)*\/?)`/g)]
    .map(([, span]) => span as string)
    .filter((span) => /^[^@].*\/|\.(ts|py|sh|md|yaml|json|js|svg)$/.test(span));
}

test('every path that docs/architecture.md names exists', () => {
  const named = namedPaths();
  expect(named.length).toBeGreaterThan(20);
  const missing = named.filter((name) => {
    const found = fs.statSync(path.join(projectRoot, name), { throwIfNoEntry: false });
    return found === undefined || found.isDirectory() !== name.endsWith('/');
  });
  expect(missing).toEqual([]);
});

test('docs/architecture.md names every top-level folder', async () => {
  const { stdout } = await execa('git', ['ls-files'], { cwd: projectRoot });
  const folders = stdout.split('\n').flatMap((file) => /^([^.][^/]*\/)/.exec(file)?.[1] ?? []);
  expect(namedPaths()).toEqual(expect.arrayContaining([...new Set(folders)]));
});

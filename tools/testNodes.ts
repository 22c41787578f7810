/**
 * Runs the parts tests on the other versions of Node in package.json's `engines`, which npm packages contain:
 * `npm run test:nodes`, or `npm run test:nodes -- test/toolchain` for some tests.
 */
import * as path from 'node:path';
import * as fs from 'node:fs/promises';
import execa from 'execa';
import { makeAtomic } from '../lib/atomicFile';
import { withLock } from '../lib/lock';
import { cacheDir, projectRoot } from '../lib/paths';

/** The newest releases that the npm registry has for both x64 and arm64. */
export const nodeVersions = ['22.23.3', '24.21.0'];

/** Installs a version of Node into the cache, once. @returns the folder for PATH */
async function ensureNode(version: string): Promise<string> {
  const name = `node-linux-${process.arch}`;
  const folder = path.join(cacheDir(), `node-${version}`);
  const waiting = (): void => console.log(`waiting for another run that installs Node ${version}`);
  await withLock(`${folder}.lock`, waiting, async () => {
    if (await fs.stat(folder).catch(() => undefined)) {
      return;
    }
    await makeAtomic(folder, async (draft) => {
      await execa('npm', ['install', '--prefix', draft, '--no-audit', '--no-fund', `${name}@${version}`]);
    });
  });
  return path.join(folder, 'node_modules', name, 'bin');
}

async function main(): Promise<void> {
  for (const version of nodeVersions) {
    const bin = await ensureNode(version);
    console.log(`\nNode ${version}`);
    const jest = path.join(projectRoot, 'node_modules', 'jest', 'bin', 'jest.js');
    const { failed } = await execa(
      path.join(bin, 'node'),
      [jest, '--selectProjects', 'parts', ...process.argv.slice(2)],
      {
        cwd: projectRoot,
        env: { PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}` },
        stdio: 'inherit',
        reject: false,
      },
    );
    if (failed) {
      process.exitCode = 1;
    }
  }
}

if (require.main === module) {
  void main();
}

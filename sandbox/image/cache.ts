import * as fs from 'node:fs';
import * as path from 'node:path';
import { ifUnlocked, withLock } from '../../lib/lock';
import { cacheDir } from '../../lib/paths';
import { UserError } from '../../lib/userError';
import type { Report } from '../../lib/report';
import { run } from '../run';
import type { Layer } from './layer';

/**
 * Packs or unpacks a root file system with all its attributes. tar ends with this process: the end of this process frees
 * the lock on what tar writes.
 * @param args what to do, and where, as tar's own options
 */
export async function tar(...args: string[]): Promise<void> {
  const everything = ['--zstd', '--xattrs', '--xattrs-include=*', '--numeric-owner'];
  await run('setpriv', ['--pdeathsig', 'KILL', 'tar', ...everything, ...args], { name: 'tar' });
}

/** Path of the archive of a layer, beside the layer's directory. */
export function packOf(directory: string): string {
  return `${directory}.tar.zst`;
}

/** Path of what a layer's directory, or its archive, is made from; its lock is held as long as it is being made. */
export function draftOf(target: string): string {
  return `${target}${draftEnding}`;
}
const draftEnding = '.new';

/** Path of the lock on making a layer's directory, or its archive. */
export function lockOf(target: string): string {
  return `${target}.lock`;
}

/** Returns the directory of a layer in the cache. A missing layer is unpacked or built, by one process at a time. */
export async function ensureLayer(layer: Layer, report: Report): Promise<string> {
  const directory = path.join(cacheDir(), 'images', `${layer.name}-${layer.hash}`);
  if (fs.existsSync(directory)) {
    return directory;
  }
  await withLock(
    lockOf(directory),
    () => report(`waiting for another process that builds the ${layer.name} image`),
    async () => {
      if (!fs.existsSync(directory)) {
        await removeDeadDrafts(path.dirname(directory));
        await fill(directory, layer, report);
      }
    },
  );
  return directory;
}

/** Removes the drafts that killed processes have left, also of layers that no later version of the program makes. */
async function removeDeadDrafts(images: string): Promise<void> {
  for (const name of fs.readdirSync(images).filter((entry) => entry.endsWith(draftEnding))) {
    const draft = path.join(images, name);
    await ifUnlocked(lockOf(draft.slice(0, -draftEnding.length)), () => removeTree(draft));
  }
}

/** Fills a draft beside the directory, then renames it. The draft of an interrupted attempt is removed first. */
async function fill(directory: string, layer: Layer, report: Report): Promise<void> {
  const draft = draftOf(directory);
  await removeTree(draft);
  const root = path.join(draft, 'root');
  fs.mkdirSync(root, { recursive: true });
  const pack = packOf(directory);
  if (fs.existsSync(pack)) {
    report(`unpacking ${pack}`);
    await tar('-C', root, '-xpf', pack);
  } else {
    await build(layer, root, draft, `${directory}.log`, report);
  }
  fs.renameSync(root, directory);
  await removeTree(draft);
}

async function build(
  layer: Layer,
  directory: string,
  scratch: string,
  log: string,
  report: Report,
): Promise<void> {
  report(`building the ${layer.description}`);
  const out = fs.createWriteStream(log);
  try {
    let packagesSetUp = 0;
    await layer.build(directory, scratch, (line) => {
      out.write(`${line}\n`);
      // mmdebstrap starts the lines of its steps with `I: `, layer.sh with `== `.
      if (/^(I: |== )/.test(line)) {
        report(`${layer.name} image: ${line.replace(/^(I: |== )/, '')}`);
      }
      if (line.startsWith('Setting up ') && ++packagesSetUp % 50 === 0) {
        report(`${layer.name} image: ${packagesSetUp} packages set up`);
      }
    });
  } catch (error) {
    if (!(error instanceof UserError)) {
      throw error;
    }
    throw new UserError(
      `the ${layer.name} image could not be built, see ${log}\n${error.message}\nIf a download failed, correct this ` +
        "machine's package sources (/etc/apt), its pip settings or the network, then run the same command again: other " +
        'images are not built again.',
    );
  } finally {
    // The file is opened and written in the background: nothing may come after the end of the build.
    await new Promise<void>((resolve) => out.end(resolve));
  }
}

async function removeTree(directory: string): Promise<void> {
  await fs.promises.rm(directory, { recursive: true, force: true });
}

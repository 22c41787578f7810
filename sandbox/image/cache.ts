import * as fs from 'node:fs';
import * as path from 'node:path';
import { withLock } from '../../lib/lock';
import { cacheDir } from '../../lib/paths';
import { UserError } from '../../lib/userError';
import type { Report } from '../../lib/report';
import { run } from '../run';
import type { Layer } from './layer';

/** Options of tar that keep what a root file system has. */
export const tarOptions = ['--zstd', '--xattrs', '--xattrs-include=*', '--numeric-owner'];

/** Path of the archive of a layer, beside the layer's directory. */
export function packOf(directory: string): string {
  return `${directory}.tar.zst`;
}

/** Returns the directory of a layer in the cache. A missing layer is unpacked or built, by one process at a time. */
export async function ensureLayer(layer: Layer, report: Report): Promise<string> {
  const directory = path.join(cacheDir(), 'images', `${layer.name}-${layer.hash}`);
  if (fs.existsSync(directory)) {
    return directory;
  }
  await withLock(
    `${directory}.lock`,
    () => report(`waiting for another process that builds the ${layer.name} image`),
    async () => {
      if (!fs.existsSync(directory)) {
        await fill(directory, layer, report);
      }
    },
  );
  return directory;
}

/** Fills a draft beside the directory, then renames it. The draft of an interrupted attempt is removed first. */
async function fill(directory: string, layer: Layer, report: Report): Promise<void> {
  const draft = `${directory}.new`;
  await removeTree(draft);
  const root = path.join(draft, 'root');
  fs.mkdirSync(root, { recursive: true });
  const pack = packOf(directory);
  if (fs.existsSync(pack)) {
    report(`unpacking ${pack}`);
    await run('tar', [...tarOptions, '-C', root, '-xpf', pack]);
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

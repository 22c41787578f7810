import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { makeAtomic } from '../lib/atomicFile';
import { cacheDir, projectRoot } from '../lib/paths';

const source = path.join(projectRoot, 'kit');

/** The kit's own files, relative to its folder: running or testing the kit leaves other files beside these. */
function kitFiles(): string[] {
  return fs
    .readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(py|sh)$/.test(entry.name))
    .map((entry) => path.relative(source, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** The name of the kit of this checkout, a digest of its content. */
export function kitName(): string {
  const digest = createHash('sha256');
  for (const file of kitFiles()) {
    digest
      .update(`${file}\0`)
      .update(fs.readFileSync(path.join(source, file)))
      .update('\0');
  }
  return digest.digest('hex').slice(0, 16);
}

/** The texts of the kit's own files, by path relative to its folder. */
export function kitTexts(): Record<string, string> {
  return Object.fromEntries(
    kitFiles().map((file) => [file, fs.readFileSync(path.join(source, file), 'utf8')]),
  );
}

/**
 * A folder with the kit's own files alone: an archive takes a whole folder. The folder is named after its content, made once and
 * never changed.
 *
 * @returns absolute path, ending in `/` (the upload copies the content of the folder, not the folder itself), and its name
 */
export async function kitFolder(): Promise<{ folder: string; name: string }> {
  const name = kitName();
  const folder = path.join(cacheDir(), 'kit', name);
  if (!fs.existsSync(folder)) {
    await makeAtomic(folder, async (draft) => {
      for (const file of kitFiles()) {
        fs.mkdirSync(path.dirname(path.join(draft, file)), { recursive: true });
        fs.copyFileSync(path.join(source, file), path.join(draft, file));
      }
    });
  }
  return { folder: `${folder}/`, name };
}

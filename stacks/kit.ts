import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { makeAtomic } from '../lib/atomicFile';
import { cacheDir, projectRoot } from '../lib/paths';

/**
 * A folder with the kit's own files alone: an archive takes a whole folder, and running or testing the kit leaves other
 * files beside these. The folder is named after its content, made once and never changed.
 *
 * @returns absolute path, ending in `/` (the upload copies the content of the folder, not the folder itself), and its name
 */
export async function kitFolder(): Promise<{ folder: string; name: string }> {
  const source = path.join(projectRoot, 'kit');
  const files = fs
    .readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(py|sh)$/.test(entry.name))
    .map((entry) => path.relative(source, path.join(entry.parentPath, entry.name)))
    .sort();
  const digest = createHash('sha256');
  for (const file of files) {
    digest
      .update(`${file}\0`)
      .update(fs.readFileSync(path.join(source, file)))
      .update('\0');
  }
  const name = digest.digest('hex').slice(0, 16);
  const folder = path.join(cacheDir(), 'kit', name);
  if (!fs.existsSync(folder)) {
    await makeAtomic(folder, async (draft) => {
      for (const file of files) {
        fs.mkdirSync(path.dirname(path.join(draft, file)), { recursive: true });
        fs.copyFileSync(path.join(source, file), path.join(draft, file));
      }
    });
  }
  return { folder: `${folder}/`, name };
}

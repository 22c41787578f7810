import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { cacheDir, projectRoot } from '../lib/paths';

/**
 * A folder that holds the kit's own files and nothing that running or testing it leaves beside them, since an archive
 * takes a whole folder. It is called after its content, made once and never changed.
 *
 * @returns absolute path, ending in `/`: what is in it is copied, not the folder itself
 */
export function kitFolder(): string {
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
  const folder = path.join(cacheDir(), 'kit', digest.digest('hex').slice(0, 16));
  if (!fs.existsSync(folder)) {
    const part = `${folder}.${process.pid}.part`;
    for (const file of files) {
      fs.mkdirSync(path.dirname(path.join(part, file)), { recursive: true });
      fs.copyFileSync(path.join(source, file), path.join(part, file));
    }
    publish(part, folder);
  }
  return `${folder}/`;
}

/** Gives `part` its name at once; if another program was first, it holds the same. */
function publish(part: string, folder: string): void {
  try {
    fs.renameSync(part, folder);
  } catch (error) {
    fs.rmSync(part, { recursive: true });
    if (!fs.existsSync(folder)) {
      throw error;
    }
  }
}

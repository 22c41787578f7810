import * as fs from 'node:fs';
import * as path from 'node:path';

/** Writes a file, and the folders above it. A reader sees the old content or the new one, never a part. */
export function writeAtomic(file: string, content: string | Uint8Array, mode = 0o644): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.new`;
  fs.writeFileSync(draft, content, { mode });
  fs.renameSync(draft, file);
}

/**
 * Makes a file or a folder that appears complete or not at all.
 *
 * @param target its path; a file is replaced, a folder that another process has made meanwhile stays
 * @param make makes the file or folder at `draft`, where nothing exists yet; its errors are thrown on. If the process is
 * killed meanwhile, a folder stays beside `target`: its name and six random characters.
 */
export async function makeAtomic(target: string, make: (draft: string) => Promise<void>): Promise<void> {
  fs.mkdirSync(path.dirname(target), { recursive: true });
  const scratch = await fs.promises.mkdtemp(`${target}.`);
  try {
    const draft = path.join(scratch, path.basename(target));
    await make(draft);
    await rename(draft, target);
  } finally {
    await fs.promises.rm(scratch, { recursive: true, force: true });
  }
}

async function rename(draft: string, target: string): Promise<void> {
  try {
    await fs.promises.rename(draft, target);
  } catch (error) {
    // rename(2) does not replace a folder that is not empty.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') {
      throw error;
    }
  }
}

import * as fs from 'node:fs';
import * as path from 'node:path';

/** Writes a file, and the folders above it, so that a reader sees the old text or the new one, never a part of it. */
export function writeAtomic(file: string, text: string, mode = 0o644): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.new`;
  fs.writeFileSync(draft, text, { mode });
  fs.renameSync(draft, file);
}

/**
 * Makes a file or a folder that appears complete or not at all.
 *
 * @param target its path; a file is replaced, a folder that another process has made meanwhile stays
 * @param make makes it at the path that it is given, where nothing is yet; whatever it throws is thrown on. A process
 * that is killed meanwhile leaves a folder beside `target`, whose name has six random characters more.
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
    // A folder cannot take the place of one that holds something.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') {
      throw error;
    }
  }
}

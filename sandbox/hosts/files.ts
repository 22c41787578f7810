import * as fs from 'node:fs';
import * as path from 'node:path';
import { filesUnder } from '../../lib/filesUnder';
import { projectRoot } from '../../lib/paths';

/** Folder of the files that every host gets: its first process and stand-ins for programs. */
export const commonFiles = path.join(projectRoot, 'sandbox', 'image', 'files');

/** Copies the files of folders onto a host's root, running or not; owned by root, executable as in the folder. */
export function copyFiles(folders: string[], root: string): void {
  for (const folder of folders) {
    for (const file of filesUnder(folder)) {
      const target = path.join(root, path.relative(folder, file));
      fs.mkdirSync(path.dirname(target), { recursive: true });
      // Replaced, not overwritten: a shell that runs the old script would go on reading in the new text.
      fs.rmSync(target, { force: true });
      fs.copyFileSync(file, target);
      fs.chmodSync(target, fs.statSync(file).mode & 0o100 ? 0o755 : 0o644);
    }
  }
}

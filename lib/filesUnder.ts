import * as fs from 'node:fs';
import * as path from 'node:path';

/** Sorted paths of all files below a folder; each path starts with `directory`. */
export function filesUnder(directory: string): string[] {
  return fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

import * as fs from 'node:fs';

/** Removes a directory unless it holds something; no error if it does not exist. */
export function removeIfEmpty(directory: string): void {
  try {
    fs.rmdirSync(directory);
  } catch {
    // It holds something, or does not exist.
  }
}

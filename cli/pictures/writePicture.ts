import * as fs from 'node:fs';
import * as path from 'node:path';
import { UserError } from '../../lib/userError';

/** Options of a verb that draws: at most one of a picture and JSON in place of text. */
export interface PictureOptions {
  svg?: string;
  json?: boolean;
}

/** Writes the file of `--svg FILE` and prints its path. @throws UserError if it cannot be written */
export function writePicture(file: string, svg: string): void {
  try {
    fs.writeFileSync(file, svg);
  } catch (error) {
    throw new UserError(`--svg ${file}: ${(error as Error).message}. Name a file in a folder that exists.`);
  }
  process.stdout.write(`${path.resolve(file)}\n`);
}

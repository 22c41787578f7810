import * as fs from 'node:fs';
import * as path from 'node:path';
import { UserError } from '../../lib/userError';

/** Writes what `--svg FILE` asks for and says where it is. @throws UserError if it cannot be written there */
export function writePicture(file: string, svg: string): void {
  try {
    fs.writeFileSync(file, svg);
  } catch (error) {
    throw new UserError(`--svg ${file}: ${(error as Error).message}. Name a file in a folder that is there.`);
  }
  process.stdout.write(`${path.resolve(file)}\n`);
}

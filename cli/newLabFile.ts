import * as fs from 'node:fs';
import * as path from 'node:path';
import { UserError } from '../lib/userError';
import { namedLab } from './context';

/**
 * The name of a lab and the absolute path of its file, which does not exist yet, in a folder where it can be written.
 *
 * @param option value of `--lab`
 * @param work what would write the file, for messages: `an import`
 * @throws UserError if the file exists or cannot be written, or this is no name of a lab file
 */
export function newLabFile(option: string, work: string): { file: string; name: string } {
  const lab = namedLab(option);
  if (fs.existsSync(lab.file)) {
    throw new UserError(
      `--lab ${option}: ${lab.file} exists, and ${work} overwrites no lab file. Name another lab.`,
    );
  }
  const folder = path.dirname(lab.file);
  orRefuse(lab.file, () => fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK));
  return lab;
}

/** Writes a lab file that does not exist yet: all of it or none. @throws UserError if it exists meanwhile, or cannot be written */
export function writeNewLabFile(file: string, text: string): void {
  const draft = `${file}.${process.pid}.new`;
  orRefuse(file, () => {
    try {
      fs.writeFileSync(draft, text);
      // Unlike rename, link replaces no file.
      fs.linkSync(draft, file);
    } finally {
      fs.rmSync(draft, { force: true });
    }
  });
}

function orRefuse(file: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new UserError(
      `${file}: ${(error as Error).message}. Name a lab file where you may write, after --lab.`,
    );
  }
}

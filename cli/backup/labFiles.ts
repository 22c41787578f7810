import * as fs from 'node:fs';
import { readerBeside } from '../../lib/paths';
import { writeAtomic } from '../../lib/atomicFile';
import { type LabContext, labContext, readLabFile } from '../context';
import type { KeptFile } from './content';

/** The files that a lab file names on this machine, as it names them: NIC templates, certificates, scripts, drive groups. No images. */
export function filesBeside({ name, file }: LabContext): string[] {
  const named = new Set<string>();
  const read = readerBeside(file);
  labContext(name, file, readLabFile(file), (inner) => {
    named.add(inner);
    return read(inner);
  });
  return [...named].sort();
}

/** The outcome for a file of the operator: an existing one is never replaced. */
export type Restored = 'restored' | 'equal' | 'kept';

/** Writes a file, unless one stands there. Permissions that the umask forbids are left out. */
export function restoreFile(file: string, { content, mode }: KeptFile): Restored {
  if (fs.existsSync(file)) {
    return fs.readFileSync(file).equals(content) ? 'equal' : 'kept';
  }
  writeAtomic(file, content, mode);
  return 'restored';
}

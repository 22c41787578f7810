import { type FileReader, type Unreadable, textOf } from './files';
import type { LabFile } from './schema';

/** TLS of the public end points, with the texts of its files, or why they cannot be read. */
export interface ResolvedPublicTls {
  written: NonNullable<LabFile['tls']>['public'];
  certificate: { text: string } | Unreadable;
  /** Undefined: the file names none. */
  ca: { text: string } | Unreadable | undefined;
}

/** TLS of the public end points of a lab file; undefined: they are plain http. */
export function resolveTls({ tls }: LabFile, read: FileReader): ResolvedPublicTls | undefined {
  if (!tls) {
    return undefined;
  }
  const { certificate, ca } = tls.public;
  return {
    written: tls.public,
    certificate: textOf(certificate, read),
    ca: ca === undefined ? undefined : textOf(ca, read),
  };
}

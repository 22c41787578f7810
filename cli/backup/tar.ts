import { once } from 'node:events';
import { Header, Parser, Pax, type ReadEntry } from 'tar';

/** An entry of a tar, without its content. */
export interface TarEntry {
  path: string;
  type: 'File' | 'Directory' | 'SymbolicLink';
  /** Permissions. */
  mode: number;
  mtime: Date;
  /** Bytes of its content. */
  size: number;
  /** Target of a link. */
  link?: string;
}

const block = 512;

/** The end of a tar (POSIX.1, pax: two blocks of zeros). */
export const endOfTar = Buffer.alloc(2 * block);

/** What is before the content of an entry. */
export function headOf({ path, type, mode, mtime, size, link }: TarEntry): Buffer {
  const header = new Header({ path, type, mode, mtime, size, linkpath: link });
  const own = Buffer.alloc(block);
  return header.encode(own) ? Buffer.concat([new Pax({ path, linkpath: link, size }).encode(), own]) : own;
}

/** What is after a content of `size` bytes. */
export const paddingAfter = (size: number): Buffer => Buffer.alloc((block - (size % block)) % block);

/** The whole entry of a file. */
export function fileEntry(path: string, content: Buffer, mode = 0o600, mtime = new Date()): Buffer {
  const { length: size } = content;
  return Buffer.concat([headOf({ path, type: 'File', mode, mtime, size }), content, paddingAfter(size)]);
}

/** Gives each entry of a tar to `onEntry`, which must read the content to its end. @throws Error for a text that is no tar */
export async function readTar(
  tar: AsyncIterable<Uint8Array>,
  onEntry: (entry: TarEntry, content: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  let works = Promise.resolve();
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      works = works.then(() => onEntry(entryOf(entry), entry));
      works.catch((error: Error) => parser.abort(error));
    },
  });
  const failed = new Promise<never>((_resolve, reject) => parser.on('error', reject));
  failed.catch(() => undefined);
  for await (const bytes of tar) {
    if (!parser.write(Buffer.from(bytes))) {
      await Promise.race([once(parser, 'drain'), failed]);
    }
  }
  const ended = once(parser, 'end');
  parser.end();
  await Promise.race([ended, failed]);
  await works;
}

function entryOf({ path, type, mode = 0o600, mtime = new Date(0), size, linkpath }: ReadEntry): TarEntry {
  if (type !== 'File' && type !== 'Directory' && type !== 'SymbolicLink') {
    throw new Error(`${path}: entries of type ${type} are in no backup`);
  }
  const clean = path.replace(/\/$/, '');
  return { path: clean, type, mode, mtime, size, ...(type === 'SymbolicLink' && { link: linkpath }) };
}

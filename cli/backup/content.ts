import { createHash } from 'node:crypto';
import * as z from 'zod';
import { UserError } from '../../lib/userError';
import { type Manifest, type UndercloudEntry, inArchive, manifest, undercloudManifest } from './manifest';
import type { EncryptedFile, Sink } from './encryptedFile';
import { StackState } from './stackStates';
import { headOf, paddingAfter, readTar } from './tar';
import { type Parts, undercloudNames } from './undercloudHalf';

/** A file of the operator's half. */
export interface KeptFile {
  content: Buffer;
  /** Permissions. */
  mode: number;
}

/** A backup that was read to its end and is as it was written; without the content of the undercloud's files. */
export interface BackupContent {
  manifest: Manifest;
  /** The operator's half, by path in the archive. */
  files: Map<string, KeptFile>;
  states: Map<string, StackState>;
  /** The files that the lab file names, as it names them. */
  beside: Map<string, KeptFile>;
  /** The undercloud's half. */
  undercloud: Record<string, UndercloudEntry>;
  /** The parts of the undercloud's half that the undercloud had. */
  parts: Parts;
}

/**
 * Reads a backup and compares each file with its sha256.
 *
 * @throws UserError if it is not as it was written, or of another version
 */
export async function readBackup(
  file: string,
  encrypted: Pick<EncryptedFile, 'read'>,
): Promise<BackupContent> {
  const files = new Map<string, KeptFile>();
  const found: Record<string, UndercloudEntry> = {};
  await encrypted.read((tar) =>
    readTar(tar, async ({ path, type, mode, link }, content) => {
      const isUndercloud = path.startsWith('undercloud/') && path !== undercloudNames.manifest;
      const digest = createHash('sha256');
      const parts: Buffer[] = [];
      for await (const bytes of content) {
        digest.update(bytes);
        if (!isUndercloud) {
          parts.push(bytes);
        }
      }
      if (!isUndercloud) {
        files.set(path, { content: Buffer.concat(parts), mode });
      } else {
        found[path] =
          type === 'File'
            ? { sha256: digest.digest('hex') }
            : type === 'Directory'
              ? {}
              : { link: link ?? '' };
      }
    }),
  );
  const own = parsed(file, manifest, files, inArchive.manifest);
  const undercloud = parsed(file, undercloudManifest, files, undercloudNames.manifest).entries;
  const states = own.stacks.map((stack) => [stack, inArchive.stack(stack)] as const);
  const beside = own.beside.map((named, index) => [named, inArchive.beside(index)] as const);
  const wrong = new Set([
    ...[...states, ...beside].map(([, path]) => path).filter((path) => !files.has(path)),
    ...Object.entries(own.sha256)
      .filter(([path, sha256]) => sha256 !== sha256Of(files.get(path)?.content))
      .map(([path]) => path),
    ...[...new Set([...Object.keys(undercloud), ...Object.keys(found)])].filter(
      (path) => JSON.stringify(undercloud[path]) !== JSON.stringify(found[path]),
    ),
  ]);
  if (wrong.size > 0) {
    throw new UserError(
      `${file}: differs from its manifest: ${[...wrong].slice(0, 3).join(', ')}. Nothing was changed. Use another copy, or an older backup.`,
    );
  }
  return {
    manifest: own,
    files,
    states: new Map(states.map(([stack, path]) => [stack, new StackState(textOf(files, path))])),
    beside: new Map(beside.map(([named, path]) => [named, files.get(path)!])),
    undercloud,
    parts: Object.fromEntries(Object.entries(own.parts).filter(([part]) => undercloud[part])),
  };
}

const textOf = (files: BackupContent['files'], path: string): string => String(files.get(path)?.content);

const sha256Of = (content: Buffer | undefined): string | undefined =>
  content && createHash('sha256').update(content).digest('hex');

function parsed<T>(file: string, shape: z.ZodType<T>, files: BackupContent['files'], path: string): T {
  try {
    return shape.parse(JSON.parse(textOf(files, path)));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : 'it has no manifest';
    throw new UserError(
      `${file}: is no backup that this version of glance-dcn reads: ${reason}. Use ${writerText(files)}.`,
    );
  }
}

/** The version of glance-dcn that wrote a backup, also of a format that this version does not read. */
function writerText(files: BackupContent['files']): string {
  try {
    const { product } = manifest.pick({ product: true }).parse(JSON.parse(textOf(files, inArchive.manifest)));
    return `version ${product}, which wrote it`;
  } catch {
    return 'the version that wrote it';
  }
}

/** Gives the entries of parts of the undercloud's half to `sink`. */
export async function writeParts(
  encrypted: Pick<EncryptedFile, 'read'>,
  parts: Parts,
  sink: Sink,
): Promise<void> {
  const isWanted = (path: string): boolean =>
    Object.keys(parts).some((part) => path === part || path.startsWith(`${part}/`));
  await encrypted.read((tar) =>
    readTar(tar, async (entry, content) => {
      const isInParts = isWanted(entry.path);
      if (isInParts) {
        await sink(headOf(entry));
      }
      for await (const bytes of content) {
        if (isInParts) {
          await sink(bytes);
        }
      }
      if (isInParts) {
        await sink(paddingAfter(entry.size));
      }
    }),
  );
}

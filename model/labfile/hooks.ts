import type { Hook } from '../lab';
import type { VerbName } from '../types';
import { type FileReader, type Unreadable, textOf } from './files';
import type { LabFileSite } from './schema';

/** A hook, or why its file cannot be read. */
export type ResolvedHook = Hook | (Omit<Hook, 'text'> & Unreadable);

/** The hooks that a site of a lab file names. */
export function resolveHooks({ hooks }: LabFileSite, read: FileReader): ResolvedHook[] {
  return (['before', 'after'] as const).flatMap((when) =>
    Object.entries(hooks[when]).map(([step, file]) => ({
      when,
      step: step as VerbName,
      ...textOf(file, read),
    })),
  );
}

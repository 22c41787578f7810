import { type NicTemplate, isStandardTemplate } from '../nicTemplates';
import { type FileReader, type Unreadable, textOf } from './files';

/** A NIC template, or why its file cannot be read. */
export type ResolvedTemplate = NicTemplate | Unreadable;

/** The NIC templates that a lab file names, by role. */
export function resolveTemplates(
  named: Partial<Record<string, string>>,
  read: FileReader,
): Record<string, ResolvedTemplate> {
  return Object.fromEntries(
    Object.entries(named).flatMap(([role, template]) =>
      template === undefined ? [] : [[role, resolveTemplate(template, read)] as const],
    ),
  );
}

function resolveTemplate(named: string, read: FileReader): ResolvedTemplate {
  return isStandardTemplate(named) ? { standard: named } : textOf(named, read);
}

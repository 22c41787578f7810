import { type NicTemplate, isStandardTemplate } from '../nicTemplates';

/**
 * Gives the text of a file that a lab file names by a path relative to itself.
 * @throws Error that says why the file cannot be read
 */
export type FileReader = (file: string) => string;

/** A NIC template, or why its file cannot be read. */
export type ResolvedTemplate = NicTemplate | { unreadable: string };

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
  if (isStandardTemplate(named)) {
    return { standard: named };
  }
  try {
    return { text: read(named) };
  } catch (error) {
    return { unreadable: (error as Error).message };
  }
}

import type { Finding } from './findings';

/**
 * Gives the text of a file that a lab file names by a path relative to itself.
 * @throws Error that says why the file cannot be read
 */
export type FileReader = (file: string) => string;

/** Why a file that a lab file names cannot be read. */
export interface Unreadable {
  unreadable: string;
}

/** The text of a file that a lab file names. */
export function textOf(file: string, read: FileReader): { text: string } | Unreadable {
  try {
    return { text: read(file) };
  } catch (error) {
    return { unreadable: (error as Error).message };
  }
}

/** The fault of a lab file that names a file which cannot be read. */
export function unreadableFile({ unreadable }: Unreadable): Pick<Finding, 'message' | 'remedy'> {
  return {
    message: `cannot be read: ${unreadable}`,
    remedy: 'Put the file there, or write where it is, relative to the lab file',
  };
}

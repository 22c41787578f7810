import * as fs from 'node:fs';
import { besideLabFile } from '../lib/paths';
import { UserError } from '../lib/userError';
import type { LabContext } from './context';

/**
 * Checks the files on this machine that are sources of images.
 *
 * @throws UserError with every file that does not exist, is not readable, or is empty
 */
export function checkImageFiles({ file: labFile, plan }: Pick<LabContext, 'file' | 'plan'>): void {
  const faults = plan.images.flatMap(({ name, source }) => {
    const fault = 'file' in source ? faultOf(besideLabFile(labFile, source.file)) : undefined;
    return fault === undefined
      ? []
      : [
          `${labFile}: glance-dcn:images.${name}.source.file: ${fault}. ` +
            'Put the file there, or write where it is, relative to the lab file.',
        ];
  });
  if (faults.length > 0) {
    throw new UserError(faults.join('\n'));
  }
}

function faultOf(file: string): string | undefined {
  try {
    const found = fs.statSync(file);
    if (!found.isFile()) {
      return `${file} is not a file`;
    }
    fs.accessSync(file, fs.constants.R_OK);
    return found.size === 0 ? `${file} is empty` : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { cacheDir } from '../lib/paths';

/** Folder for all downloads and builds of the tool chain. */
export function toolchainDir(): string {
  return path.join(cacheDir(), 'toolchain');
}

export async function exists(file: string, mode = fs.constants.F_OK): Promise<boolean> {
  return fs.access(file, mode).then(
    () => true,
    () => false,
  );
}

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/** Project root: the folder of Pulumi.yaml. */
export const projectRoot = path.resolve(__dirname, '..');

function xdg(variable: string, fallback: string): string {
  return path.join(process.env[variable] || path.join(os.homedir(), fallback), 'glance-dcn');
}

/** Absolute path of the cache, which all labs and checkouts share: tool chain, images of the sandbox's hosts. */
export function cacheDir(): string {
  return process.env.GLANCE_DCN_CACHE || xdg('XDG_CACHE_HOME', '.cache');
}

/** Absolute path of the folder with a lab's files on this machine: Pulumi state, passphrase, sandbox. */
export function stateDir(lab: string): string {
  return path.join(process.env.GLANCE_DCN_STATE || xdg('XDG_STATE_HOME', '.local/state'), lab);
}

/** Absolute path of a file that a lab file names: relative to the lab file, or after `~/` to the home directory. */
export function besideLabFile(labFile: string, file: string): string {
  return path.resolve(path.dirname(labFile), file.replace(/^~(?=\/)/, os.homedir()));
}

/** Reads texts that a lab file names: by paths relative to the lab file, or below the home directory after `~/`. */
export function readerBeside(labFile: string): (file: string) => string {
  return (file) => fs.readFileSync(besideLabFile(labFile, file), 'utf8');
}

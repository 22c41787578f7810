import * as os from 'node:os';
import * as path from 'node:path';

/** Project root: the folder of Pulumi.yaml. */
export const projectRoot = path.resolve(__dirname, '..');

function xdg(variable: string, fallback: string): string {
  return path.join(process.env[variable] || path.join(os.homedir(), fallback), 'glance-dcn');
}

/** What is built once and shared by all labs and checkouts (tool chain, base images): absolute path. */
export function cacheDir(): string {
  return process.env.GLANCE_DCN_CACHE || xdg('XDG_CACHE_HOME', '.cache');
}

/** What belongs to one lab on this machine (Pulumi state, passphrase, sandbox): absolute path. */
export function stateDir(lab: string): string {
  return path.join(process.env.GLANCE_DCN_STATE || xdg('XDG_STATE_HOME', '.local/state'), lab);
}

/** Absolute path of a file on this machine that a lab file names: relative to that, or to the home directory after ~/. */
export function besideLabFile(labFile: string, file: string): string {
  return path.resolve(path.dirname(labFile), file.replace(/^~(?=\/)/, os.homedir()));
}

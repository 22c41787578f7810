import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import type { Report } from '../../lib/report';
import { run } from '../run';

/** The hosts' distribution: Debian 12, which has packages of Ceph Pacific and of the OpenStack services. */
export const suite = 'bookworm';

/** Increase it when a change of how layers are built changes no file that is part of a layer's hash. */
export const recipe = 1;

/** A root file system, or its difference from the layer below; built once per hash. */
export interface Layer {
  name: string;
  /** Digest of everything that the layer is built from. */
  hash: string;
  /** Content and duration of the build, for the person who waits for it. */
  description: string;
  /** Fills `directory`. `scratch`: an empty folder on the same file system, which the caller removes afterwards. */
  build(directory: string, scratch: string, onLine: Report): Promise<void>;
}

/** A layer's hash from the texts that it is built from. */
export function digest(inputs: (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const input of inputs) {
    hash.update(`${input.length}\n`).update(input);
  }
  return hash.digest('hex').slice(0, 12);
}

/** The packages that a file lists, without its comments, sorted. */
export function packageList(file: string): string[] {
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const names = lines.filter((line) => !line.startsWith('#')).flatMap((line) => line.split(/\s+/));
  return [...new Set(names.filter(Boolean))].sort();
}

/** Runs a build with its own mounts and processes, all of which end with the command or with this process. */
export async function isolated(command: string[], onLine: Report): Promise<void> {
  const namespaces = [
    ...['--mount', '--propagation', 'private'],
    ...['--pid', '--fork', '--kill-child', '--mount-proc'],
  ];
  const endWithParent = ['--pdeathsig', 'KILL'];
  await run('setpriv', [...endWithParent, 'unshare', ...namespaces, '--', ...command], {
    name: 'build',
    onLine,
  });
}

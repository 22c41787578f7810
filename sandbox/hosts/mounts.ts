import * as fs from 'node:fs';
import type { HostPaths } from '../paths';
import { run } from '../run';

/**
 * Mounts a host's root, an overlay over the layers of its image; nothing happens if it is mounted.
 * @param image overlayfs `lowerdir`, topmost first
 */
export async function mountRoot(paths: HostPaths, image: string[]): Promise<void> {
  if ((await mountsUnder(paths.directory)).length > 0) {
    return;
  }
  const layers = `lowerdir=${image.join(':')},upperdir=${paths.upper},workdir=${paths.work}`;
  await run('mount', ['-t', 'overlay', 'overlay', '-o', layers, paths.root]);
}

/** Unmounts everything that is mounted below a directory, innermost first. */
export async function unmountUnder(directory: string): Promise<void> {
  for (const mount of (await mountsUnder(directory)).reverse()) {
    await run('umount', [mount]);
  }
}

async function mountsUnder(directory: string): Promise<string[]> {
  const lines = (await fs.promises.readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const points = lines.map((line) => (line.split(' ')[4] ?? '').replaceAll('\\040', ' '));
  return points.filter((point) => point.startsWith(`${directory}/`));
}

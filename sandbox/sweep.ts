import * as fs from 'node:fs';
import * as path from 'node:path';
import { removeCgroups } from './hosts/cgroups';
import { detachDisks } from './hosts/disks';
import { restoreLimits } from './hosts/limits';
import { unmountUnder } from './hosts/mounts';
import { namespaceFile } from './network/names';
import { namespacesOf } from './network/namespace';
import type { SandboxPaths } from './paths';
import { killProcesses } from './processes';
import { removeIfEmpty } from './removeIfEmpty';
import { run, succeeds } from './run';

/**
 * Removes everything of a lab's sandbox from the machine: processes, containers, mounts, network namespaces, loop
 * devices, control groups, files. It finds them by names and paths that only this lab uses, not by records: a killed
 * creator recorded nothing. No error if there is nothing.
 */
export async function sweep(paths: SandboxPaths): Promise<void> {
  await killProcesses(paths);
  for (const namespace of namespacesOf(paths.lab)) {
    if (!(await succeeds('ip', ['netns', 'delete', namespace]))) {
      // `ip netns add` was killed after it created the file and before it mounted the namespace on it.
      fs.rmSync(namespaceFile(namespace), { force: true });
    }
  }
  await unmountNetns();
  for (const directory of [paths.state, paths.run]) {
    await unmountUnder(directory);
    await detachDisks(directory);
    await fs.promises.rm(directory, { recursive: true, force: true });
  }
  restoreLimits(paths);
  removeIfEmpty(path.dirname(paths.run));
  for (const podmanDirectory of ['/run/containers/networks', '/run/containers']) {
    removeIfEmpty(podmanDirectory);
  }
  removeIfEmpty(path.dirname(paths.state));
  removeCgroups(paths.lab);
}

/** Undoes the mount of /run/netns on itself, made by the machine's first `ip netns add`, if no namespace is left. */
async function unmountNetns(): Promise<void> {
  const directory = path.dirname(namespaceFile('any'));
  if (!fs.existsSync(directory) || fs.readdirSync(directory).length > 0) {
    return;
  }
  if (await succeeds('mountpoint', ['--quiet', directory])) {
    await run('umount', [directory]);
  }
  removeIfEmpty(directory);
}

import * as fs from 'node:fs';
import { UserError } from '../lib/userError';
import { isInCgroup } from './hosts/cgroups';
import { namespaceFile, routerNamespace } from './network/names';
import { namespacesOf } from './network/namespace';
import type { SandboxPaths } from './paths';

/* Processes are found by namespace, control group and arguments, not by records: a killed creator recorded nothing. */

/** Ids of the lab's processes. */
export function processesOf(paths: SandboxPaths): number[] {
  const namespaces = new Set(
    namespacesOf(paths.lab).map((name) => fs.statSync(namespaceFile(name), { throwIfNoEntry: false })?.ino),
  );
  return fs
    .readdirSync('/proc')
    .filter((entry) => /^[0-9]+$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid)
    .filter(
      (pid) => namespaces.has(networkOf(pid)) || isInCgroup(pid, paths.lab) || isStartedWith(pid, paths),
    );
}

/** Inode of the network namespace that a process is in; undefined once the process has ended. */
export function networkOf(pid: number): number | undefined {
  try {
    return fs.statSync(`/proc/${pid}/ns/net`).ino;
  } catch {
    return undefined;
  }
}

/**
 * Kills the lab's processes until there is none.
 * @throws UserError if one of them does not end
 */
export async function killProcesses(paths: SandboxPaths): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const remaining = processesOf(paths);
    if (remaining.length === 0) {
      return;
    }
    if (performance.now() > deadline) {
      throw new UserError(
        `sandbox of lab ${paths.lab}: processes ${remaining.join(', ')} do not end; look at them with ps, then try again`,
      );
    }
    for (const pid of remaining) {
      kill(pid);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Programs that can outlive a killed `sandbox up`. They need not be the first word: where a version manager provides
 * python3, a shell first runs a script of that name, which looks for the real python3.
 */
const helpers = /(^|\/)(podman|conmon|runc|python3|nsenter|mount|losetup|chroot|useradd|chown|ssh-keygen)$/;

/** Whether a process is one of the `helpers` and has one of the lab's paths among its arguments. */
function isStartedWith(pid: number, paths: SandboxPaths): boolean {
  try {
    const words = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const prefixes = [`${paths.run}/`, `${paths.state}/`, namespaceFile(routerNamespace(paths.lab))];
    const at = words.findIndex((word) => prefixes.some((prefix) => word.startsWith(prefix)));
    return words.slice(0, Math.max(at, 0)).some((word) => helpers.test(word));
  } catch {
    return false; // The process has ended meanwhile.
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has ended meanwhile.
  }
}

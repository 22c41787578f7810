import * as fs from 'node:fs';
import * as path from 'node:path';
import { detachDisks } from './hosts/disks';
import { unmountUnder } from './hosts/hosts';
import { restoreLimits } from './hosts/limits';
import { type SandboxPaths, namespaceFile, routerNamespace } from './paths';
import { cgroupOf } from './hosts/podman';
import { run, succeeds } from './run';

/**
 * Removes everything of a lab's sandbox from the machine, however it came to be there: processes, containers, mounts, network
 * namespaces, loop devices, control groups, files. It goes by names and paths that only this lab uses, not by records, so that
 * it finds also what a killed creator never recorded. Fine when there is nothing.
 */
export async function sweep(paths: SandboxPaths): Promise<void> {
  await endProcesses(paths);
  for (const namespace of namespacesOf(paths.lab)) {
    if (await succeeds('ip', ['netns', 'delete', namespace])) {
      continue;
    }
    fs.rmSync(namespaceFile(namespace), { force: true }); // never mounted: its creator was killed in between
  }
  await leaveNoNetns();
  for (const directory of [paths.state, paths.run]) {
    await unmountUnder(directory);
    await detachDisks(directory);
    await fs.promises.rm(directory, { recursive: true, force: true });
  }
  restoreLimits(paths);
  removeIfEmpty(path.dirname(paths.run));
  for (const ofPodman of ['/run/containers/networks', '/run/containers']) {
    removeIfEmpty(ofPodman);
  }
  removeIfEmpty(path.dirname(paths.state));
  removeCgroups(paths.lab);
}

/** Network namespaces of a lab: its router's and those of its hosts. A lab's name has no `-`, so no other lab's match. */
export function namespacesOf(lab: string): string[] {
  const directory = path.dirname(namespaceFile('any'));
  const names = fs.existsSync(directory) ? fs.readdirSync(directory) : [];
  return names.filter((name) => name === routerNamespace(lab) || name.startsWith(`${routerNamespace(lab)}-`));
}

/** Ends processes that are in the lab's namespaces or were started with its paths, until there is none. */
async function endProcesses(paths: SandboxPaths): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const left = processesOf(paths);
    if (left.length === 0) {
      return;
    }
    if (Date.now() > deadline) {
      throw new Error(
        `sandbox of lab ${paths.lab}: processes ${left.join(', ')} do not end; look at them with ps, then try again`,
      );
    }
    for (const pid of left) {
      kill(pid);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Ids of the lab's processes, found by what only they have. */
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
      (pid) => namespaces.has(networkOf(pid)) || isInGroup(pid, paths.lab) || isStartedWith(pid, paths),
    );
}

/** Inode of the network namespace that a process is in; undefined when it has ended. */
export function networkOf(pid: number): number | undefined {
  try {
    return fs.statSync(`/proc/${pid}/ns/net`).ino;
  } catch {
    return undefined; // ended meanwhile
  }
}

/** Whether a process is in the lab's control groups, as all of a host are from its container's first process on. */
function isInGroup(pid: number, lab: string): boolean {
  try {
    const groups = fs.readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
    return groups.some((line) => line.split(':')[2]?.split('/')[1] === cgroupOf(lab));
  } catch {
    return false; // ended meanwhile
  }
}

/**
 * Programs that bringing a sandbox up starts, by which a killed creator can be survived. Another one may stand before them for
 * a while: where python3 is a version manager's, it is a shell script that looks for the real one.
 */
const programs = /(^|\/)(podman|conmon|runc|python3|nsenter|mount|losetup|chroot|useradd|chown|ssh-keygen)$/;

function isStartedWith(pid: number, paths: SandboxPaths): boolean {
  try {
    const words = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const own = [`${paths.run}/`, `${paths.state}/`, namespaceFile(routerNamespace(paths.lab))];
    const place = words.findIndex((word) => own.some((ours) => word.startsWith(ours)));
    return words.slice(0, Math.max(place, 0)).some((word) => programs.test(word));
  } catch {
    return false; // ended meanwhile
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // ended meanwhile
  }
}

/** The first `ip netns add` of a machine mounts /run/netns on itself; without any namespace it is in nobody's use. */
async function leaveNoNetns(): Promise<void> {
  const directory = path.dirname(namespaceFile('any'));
  if (!fs.existsSync(directory) || fs.readdirSync(directory).length > 0) {
    return;
  }
  if (await succeeds('mountpoint', ['--quiet', directory])) {
    await run('umount', [directory]);
  }
  removeIfEmpty(directory);
}

function removeIfEmpty(directory: string): void {
  try {
    fs.rmdirSync(directory);
  } catch {
    // something else is in it, or it is not there
  }
}

/** Removes the lab's group from every hierarchy, innermost first: cgroupfs has only directories to remove. */
function removeCgroups(lab: string): void {
  const mounts = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const hierarchies = mounts
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(' ')[4] as string);
  for (const hierarchy of hierarchies) {
    removeGroup(path.join(hierarchy, cgroupOf(lab)));
  }
}

function removeGroup(directory: string): void {
  if (!fs.existsSync(directory)) {
    return;
  }
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      removeGroup(path.join(directory, entry.name));
    }
  }
  removeIfEmpty(directory);
}

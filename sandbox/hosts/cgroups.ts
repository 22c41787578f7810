import * as fs from 'node:fs';
import * as path from 'node:path';
import { removeIfEmpty } from '../removeIfEmpty';

/** Control group of all hosts of a lab, directly below the root of each hierarchy. */
export function cgroupOf(lab: string): string {
  return `dcn-${lab}`;
}

/** Whether a process is in the lab's control group; every process of a host is, from its container's first one on. */
export function isInCgroup(pid: number, lab: string): boolean {
  try {
    const groups = fs.readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
    return groups.some((line) => line.split(':')[2]?.split('/')[1] === cgroupOf(lab));
  } catch {
    return false; // The process has ended meanwhile.
  }
}

/** Removes the lab's control group from every hierarchy. */
export function removeCgroups(lab: string): void {
  const mounts = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const hierarchies = mounts
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(' ')[4] as string);
  for (const hierarchy of hierarchies) {
    removeGroup(path.join(hierarchy, cgroupOf(lab)));
  }
}

/** Innermost first; a cgroup file system has only directories that can be removed. */
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

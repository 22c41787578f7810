import * as fs from 'node:fs';
import * as path from 'node:path';
import type { SandboxPaths } from '../paths';

/** Limit per user. A host's systemd and D-Bus take six instances, and many systems allow root only 128. */
const limitFile = '/proc/sys/fs/inotify/max_user_instances';
const neededInstances = 4096;

/** Raises the machine's limit of inotify instances to the number that hosts need to start. */
export function raiseLimits(paths: SandboxPaths): void {
  const allowed = Number(fs.readFileSync(limitFile, 'utf8'));
  if (allowed >= neededInstances) {
    return;
  }
  fs.writeFileSync(originalLimit(paths), String(allowed));
  fs.writeFileSync(limitFile, String(neededInstances));
}

/** Restores the machine's own limit if no other lab's sandbox is up. */
export function restoreLimits(paths: SandboxPaths): void {
  const labs = path.dirname(paths.run);
  const original = originalLimit(paths);
  const isRaised = fs.existsSync(original);
  if (!isRaised || fs.readdirSync(labs, { withFileTypes: true }).some((entry) => entry.isDirectory())) {
    return;
  }
  fs.writeFileSync(limitFile, fs.readFileSync(original));
  fs.rmSync(original);
}

/** File with the machine's limit from before the first sandbox. */
function originalLimit(paths: SandboxPaths): string {
  return path.join(path.dirname(paths.run), 'inotify-instances');
}

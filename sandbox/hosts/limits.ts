import * as fs from 'node:fs';
import * as path from 'node:path';
import { type SandboxPaths } from '../paths';

/** Of each user; a host's systemd and D-Bus take six, and many systems allow root 128 in all. */
const limit = '/proc/sys/fs/inotify/max_user_instances';
const enough = 4096;

/** Allows as many inotify instances as hosts need: where the machine allows fewer, some would not come up. */
export function raiseLimits(paths: SandboxPaths): void {
  const allowed = Number(fs.readFileSync(limit, 'utf8'));
  if (allowed >= enough) {
    return;
  }
  fs.writeFileSync(before(paths), String(allowed));
  fs.writeFileSync(limit, String(enough));
}

/** Gives the machine its own limit back when no other lab's sandbox is up. */
export function restoreLimits(paths: SandboxPaths): void {
  const directory = path.dirname(paths.run);
  const file = before(paths);
  if (
    !fs.existsSync(file) ||
    fs.readdirSync(directory, { withFileTypes: true }).some((entry) => entry.isDirectory())
  ) {
    return;
  }
  fs.writeFileSync(limit, fs.readFileSync(file));
  fs.rmSync(file);
}

/** What the machine allowed before the first sandbox. */
function before(paths: SandboxPaths): string {
  return path.join(path.dirname(paths.run), 'inotify-instances');
}

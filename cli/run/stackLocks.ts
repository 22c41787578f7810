import * as fs from 'node:fs';
import * as os from 'node:os';
import { fileURLToPath } from 'node:url';
import { isRunning } from '../../lib/isRunning';
import type { Report } from '../../lib/report';
import { UserError } from '../../lib/userError';
import { PulumiFailure } from './pulumi';
import { Interrupted, Postponed } from './schedule';

/** A lock that Pulumi holds on a stack while it changes the stack. */
export interface StackLock {
  /** The lock's place in the backend; a `file:` URL for a folder. */
  url: string;
  user: string;
  host: string;
  /** Process id of `pulumi` on `host`. */
  pid: number;
  /** ISO 8601. */
  since: string;
}

/** Format of the refusal: checkForLock of pulumi/pkg/backend/diy/lock.go. */
const lockLine =
  /^\s*(?<url>\S+): created by (?<user>.+)@(?<host>[^@\s]+) \(pid (?<pid>\d+)\) at (?<since>\S+)$/gm;

/** The locks that an error text of `pulumi` names; empty if it failed for another reason. */
export function stackLocks(text: string): StackLock[] {
  return [...text.matchAll(lockLine)].map(({ groups }) => {
    const { url, user, host, pid, since } = groups as Record<string, string>;
    return { url, user, host, pid: Number(pid), since } as StackLock;
  });
}

/** What ends the wait for another `pulumi` before that has ended. */
export interface LockWait {
  stop?: AbortSignal;
  leavesPlace?: () => boolean;
}

/** Milliseconds between two looks at a `pulumi` whose end is awaited. */
const lookEvery = 500;

/**
 * Runs `work`, which changes a stack. If Pulumi refuses because of locks of this host, runs `work` again when they are gone:
 * waits until a `pulumi` that runs has ended, as of a `./dcn` that was killed, and removes the lock of one that was killed.
 * Only a lock in a folder is removed: `pulumi cancel`, the only way in other backends, removes all locks of the stack, and with
 * them one that another process has taken meanwhile.
 *
 * @param dcn how the user calls `./dcn` for this lab
 * @param wait what ends the wait early: `stop`, or `leavesPlace`, which is asked again and again (runStacks)
 * @throws UserError that names the owner of each lock that stays, and the remedy; Interrupted after `stop`, Postponed after `leavesPlace`
 */
export async function withoutAbandonedLocks<T>(
  stack: string,
  dcn: string,
  report: Report,
  work: () => Promise<T>,
  wait: LockWait = {},
): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const locks = error instanceof PulumiFailure ? stackLocks(error.details) : [];
      if (locks.length === 0) {
        throw error;
      }
      const held = locks.filter((lock) => !isRunningHere(lock) && !isRemovable(lock));
      if (held.length > 0) {
        throw new UserError(held.map((lock) => heldText(stack, lock, dcn)).join('\n'));
      }
      for (const lock of locks.filter(isRunningHere)) {
        report(waitText(stack, lock));
        await ended(lock, wait);
      }
      // A `pulumi` that ended by itself has removed its own lock.
      const left = locks.filter((lock) => isRemovable(lock) && fs.existsSync(fileURLToPath(lock.url)));
      for (const { url, pid, since } of left) {
        const file = fileURLToPath(url);
        fs.rmSync(file, { force: true });
        // Attributes of the file, which fileblob of gocloud.dev, Pulumi's backend for folders, keeps beside it.
        fs.rmSync(`${file}.attrs`, { force: true });
        report(`stack ${stack}: removed the lock of pulumi ${pid}, which has ended (lock of ${since})`);
      }
    }
  }
}

/** Waits until the owner of a lock has ended. */
async function ended(lock: StackLock, { stop, leavesPlace }: LockWait): Promise<void> {
  while (isRunningHere(lock)) {
    if (stop?.aborted) {
      throw new Interrupted();
    }
    if (leavesPlace?.()) {
      throw new Postponed();
    }
    await new Promise((resolve) => setTimeout(resolve, lookEvery));
  }
}

function isRunningHere(lock: StackLock): boolean {
  return isHere(lock) && isPulumiRunning(lock.pid);
}

function isRemovable(lock: StackLock): boolean {
  return lock.url.startsWith('file:') && isHere(lock) && !isPulumiRunning(lock.pid);
}

function isHere({ host }: StackLock): boolean {
  return host === os.hostname();
}

/** Whether the process exists and is `pulumi`: after a restart of the host, its number may belong to another program. */
function isPulumiRunning(pid: number): boolean {
  if (!isRunning(pid)) {
    return false;
  }
  const command = `/proc/${pid}/comm`;
  return !fs.existsSync(command) || fs.readFileSync(command, 'utf8').trim() === 'pulumi';
}

function waitText(stack: string, { pid, user, since }: StackLock): string {
  return (
    `stack ${stack}: waits until pulumi ${pid} of ${user} on this host, which has been changing it since ${since}, ends; ` +
    `kill -INT ${pid} interrupts it`
  );
}

function heldText(stack: string, lock: StackLock, dcn: string): string {
  const { user, host, pid, since } = lock;
  const running = isHere(lock)
    ? `It does not run on this host. If no other host is called ${host}`
    : `Wait until it ends. If it no longer runs on ${host}`;
  return (
    `stack ${stack}: locked by pulumi ${pid} of ${user} on ${host} since ${since}. ${running}, remove the lock: ` +
    `eval "$(${dcn} env)"; pulumi cancel --yes -s ${stack}; then run the same command again.`
  );
}

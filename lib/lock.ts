import execa from 'execa';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { UserError } from './userError';

/** An exclusive lock keeps out every other one, a shared lock only exclusive ones. */
export type LockMode = 'shared' | 'exclusive';

/**
 * Runs `work` while holding a lock on `file` (flock(2)), which the kernel releases when this process ends in any way.
 * An exclusive lock creates the file and its folder; a shared one needs an existing file.
 *
 * @param onWait called once if another process holds the lock
 * @throws Error with code ENOENT if the file of a shared lock is missing; UserError if flock(1) is not installed
 */
export async function withLock<T>(
  file: string,
  onWait: () => void,
  work: () => Promise<T>,
  mode: LockMode = 'exclusive',
): Promise<T> {
  let hasWaited = false;
  const lock = async (descriptor: number): Promise<boolean> => {
    if (!(await flock(descriptor, file, mode, ['--nonblock']))) {
      if (!hasWaited) {
        onWait();
      }
      hasWaited = true;
      await flock(descriptor, file, mode);
    }
    return true;
  };
  for (;;) {
    const opened = await openLocked(file, mode, lock);
    if (typeof opened === 'number') {
      return hold(opened, work);
    }
  }
}

/** Runs `work` while holding an exclusive lock on `file`, as `withLock` does; does nothing if the lock is held already. */
export async function ifUnlocked(file: string, work: () => Promise<void>): Promise<void> {
  const lock = (descriptor: number): Promise<boolean> => flock(descriptor, file, 'exclusive', ['--nonblock']);
  let opened;
  do {
    opened = await openLocked(file, 'exclusive', lock);
  } while (opened === 'removed');
  if (opened !== 'taken') {
    await hold(opened, work);
  }
}

async function hold<T>(descriptor: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    fs.closeSync(descriptor);
  }
}

/**
 * Opens and locks the file. flock(1) locks the open file description that it inherits, so the lock outlives flock(1).
 *
 * @param lock locks a descriptor; gives whether it is locked
 * @returns the descriptor; `taken` if `lock` did not lock it; `removed` if the last holder removed the file meanwhile
 */
async function openLocked(
  file: string,
  mode: LockMode,
  lock: (descriptor: number) => Promise<boolean>,
): Promise<number | 'taken' | 'removed'> {
  if (mode === 'exclusive') {
    fs.mkdirSync(path.dirname(file), { recursive: true });
  }
  const descriptor = fs.openSync(file, mode === 'exclusive' ? 'a' : 'r');
  let isLocked = false;
  try {
    isLocked = await lock(descriptor);
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
  // A lock on a removed file keeps nobody out.
  if (isLocked && isStillAt(descriptor, file)) {
    return descriptor;
  }
  fs.closeSync(descriptor);
  return isLocked ? 'removed' : 'taken';
}

/** Locks the descriptor. @returns whether it is locked; always true without `--nonblock` */
async function flock(
  descriptor: number,
  file: string,
  mode: LockMode,
  options: string[] = [],
): Promise<boolean> {
  const inherited = 3;
  const done = await execa('flock', [...options, `--${mode}`, String(inherited)], {
    stdio: ['ignore', 'ignore', 'inherit', descriptor],
    reject: false,
  });
  const isTaken = done.exitCode === 1 && options.length > 0;
  if (done.failed && !isTaken) {
    const { shortMessage } = done as execa.ExecaError;
    throw new UserError(`cannot lock ${file}: ${shortMessage}; flock is part of the package util-linux`);
  }
  return !done.failed;
}

function isStillAt(descriptor: number, file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.ino === fs.fstatSync(descriptor).ino;
}

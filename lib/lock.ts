import { spawn } from 'node:child_process';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';

/**
 * Runs `work` while no other process of this machine runs any under the same lock file; `waiting` is told when another is
 * at it. The kernel holds the lock (flock), for a helper that lives only as long as we do: a killed run leaves none behind.
 */
export async function withLock<T>(file: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  await fs.mkdir(path.dirname(file), { recursive: true });
  const told = setTimeout(waiting, 500);
  const holder = spawn('flock', ['--exclusive', file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => resolve());
      holder.once('error', (error) =>
        reject(new Error(`cannot lock ${file}: ${error.message}: install util-linux`)),
      );
      holder.once('exit', (code) => reject(new Error(`cannot lock ${file}: flock ended with ${code}`)));
    });
    clearTimeout(told);
    return await work();
  } finally {
    clearTimeout(told);
    holder.stdin.end();
  }
}

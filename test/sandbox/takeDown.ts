import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import * as path from 'node:path';
import { projectRoot } from '../../lib/paths';

const watched = new Set<string>();

/**
 * Lets a process of its own take a lab of the sandbox down when this process has ended and the lab file's folder is still there: by
 * Ctrl-C, by a signal, or by a crash.
 *
 * @param file the lab file, in a folder that is removed, too
 * @param state GLANCE_DCN_STATE of the lab
 * @param text of a valid lab file: at the end the lab file may be invalid
 */
export function takeDownAtEnd(file: string, state: string, text: string): void {
  if (watched.has(file)) {
    return;
  }
  watched.add(file);
  // In a session of its own, which Ctrl-C at a terminal does not reach.
  const watcher = spawn(path.join(projectRoot, 'test/sandbox/takeDown.sh'), {
    cwd: projectRoot,
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
    // The watcher ends the processes that have the lab's GLANCE_DCN_STATE.
    env: { ...process.env, GLANCE_DCN_STATE: '' },
  });
  watcher.stdin.write(`${file}\n${state}\n${text}`);
  // This process need not wait for the watcher.
  watcher.unref();
  (watcher.stdin as Socket).unref();
}

import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeAtomic } from '../../lib/atomicFile';
import { projectRoot } from '../../lib/paths';
import { UserError } from '../../lib/userError';
import type { SandboxPaths } from '../paths';
import { namespaceFile, routerNamespace } from './names';

const script = path.join(projectRoot, 'sandbox', 'network', 'forward.py');

/**
 * Forwards 127.0.0.1:`port` to the undercloud's SSH server: the only part of the sandbox in the machine's own network. A
 * running forwarder stays; one on another port is replaced.
 * @param address of the undercloud
 * @throws UserError if the port is taken
 */
export async function ensureForward(paths: SandboxPaths, port: number, address: string): Promise<void> {
  const running = forwarder(paths);
  if (running?.port === port) {
    return;
  }
  if (running) {
    process.kill(running.pid);
  }
  const args = [script, String(port), namespaceFile(routerNamespace(paths.lab)), address, '22'];
  const log = path.join(paths.run, 'forward.log');
  fs.mkdirSync(paths.run, { recursive: true });
  const out = fs.openSync(log, 'w');
  // The forwarder outlives this process, and needs none of the secrets in the environment of this process.
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  const child = spawn('python3', args, { detached: true, stdio: ['ignore', out, out], env });
  child.unref();
  fs.closeSync(out);
  let hasEnded = false;
  child.once('exit', () => (hasEnded = true)).once('error', () => (hasEnded = true));
  for (;;) {
    const logged = fs.readFileSync(log, 'utf8').trim();
    if (logged === 'listening') {
      break;
    }
    if (hasEnded) {
      const last = logged.split('\n').pop() || 'python3 could not be started';
      throw new UserError(
        `127.0.0.1:${port}, the port of lab ${paths.lab}'s undercloud: ${last}; ` +
          `choose another port with \`glance-dcn:sandbox: { sshPort: … }\` in the lab file`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  writeAtomic(pidFile(paths), `${child.pid}\n`);
}

/**
 * The lab's forwarder; undefined if the recorded process has ended, or if its id now belongs to another program. It is known
 * by its namespace: the script that a running forwarder was started from may have moved, or lie in another checkout.
 */
export function forwarder(paths: SandboxPaths): { pid: number; port: number } | undefined {
  try {
    const pid = Number(fs.readFileSync(pidFile(paths), 'utf8'));
    const words = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const at = words.indexOf(namespaceFile(routerNamespace(paths.lab)));
    return path.basename(words[at - 2] ?? '') === path.basename(script)
      ? { pid, port: Number(words[at - 1]) }
      : undefined;
  } catch {
    return undefined;
  }
}

function pidFile(paths: SandboxPaths): string {
  return path.join(paths.run, 'forward.pid');
}

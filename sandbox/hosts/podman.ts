import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeAtomic } from '../../lib/atomicFile';
import { type HostPaths, type SandboxPaths, hostNamespace, namespaceFile } from '../paths';
import { type RunOptions, run } from '../run';

/**
 * podman with a configuration and storage of the lab's own, so that it neither sees nor changes the machine's. Its process
 * dies with ours: a killed creator leaves nobody who goes on creating.
 * @param name what an error is to call it
 */
async function podman(
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
  const [root, run, runc] = ['root', 'run', 'runc'].map((name) => path.join(paths.run, name)) as [
    string,
    string,
    string,
  ];
  return ['--root', root, '--runroot', run, '--storage-driver', 'vfs', '--runtime-flag', `root=${runc}`];
}

/** cgroupfs: the machine's pid 1 need not be systemd. Locks in files: podman's other way is one segment for the whole machine. */
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

/** cgroup under which all hosts of a lab are. */
export function cgroupOf(lab: string): string {
  return `dcn-${lab}`;
}

/** Whether a host's system runs. */
export async function isRunning(paths: SandboxPaths, host: string): Promise<boolean> {
  const names = await podman(paths, 'list of hosts', [
    'ps',
    '--filter',
    'status=running',
    '--format',
    '{{.Names}}',
  ]);
  return names.split('\n').includes(host);
}

/**
 * Starts a host's system: systemd on its root file system, in its network namespace. A stopped one of the name is replaced, its
 * disks stay.
 * @param images storage of podman's with the images of the containers that the host runs itself; absent: it runs none
 */
export async function startHost(
  paths: SandboxPaths,
  host: string,
  at: HostPaths,
  disks: { device: string; name: string }[],
  images?: string,
): Promise<void> {
  await podman(paths, `host ${host}: start`, [
    'run',
    '--detach',
    '--tty', // the console, on which systemd says why it cannot go on
    '--replace',
    `--name=${host}`,
    `--hostname=${host}`,
    '--systemd=always',
    '--stop-signal=RTMIN+3',
    '--cgroupns=private',
    `--cgroup-parent=${cgroupOf(paths.lab)}`,
    `--network=ns:${namespaceFile(hostNamespace(paths.lab, host))}`,
    // /etc/hosts and /etc/resolv.conf are the host's own files, which TripleO edits
    '--no-hosts',
    '--dns=none',
    ...limits(),
    '--cap-add=SYS_ADMIN,NET_ADMIN,NET_RAW,SYS_PTRACE,AUDIT_WRITE,MKNOD,IPC_LOCK,SYS_NICE,DAC_READ_SEARCH',
    '--security-opt=seccomp=unconfined',
    '--security-opt=apparmor=unconfined',
    ...virtualization.filter((device) => fs.existsSync(device)).map((device) => `--device=${device}`),
    ...(images
      ? [...disks.map(({ device }) => `--device=${device}`), ...containersWithin(at, disks, images)]
      : disks.map(({ device, name }) => `--device=${device}:${name}`)),
    '--rootfs',
    at.root,
    '/usr/local/sbin/dcn-init',
  ]);
}

/**
 * What a host needs to run containers with privileges: all devices (it has nodes of its own ones only), the files of /proc that
 * podman masks, and folders for images and layers. ceph-volume looks a disk up by the kernel's name: that is the node, and the
 * host's own name leads to it (dcn-init).
 */
function containersWithin(
  at: HostPaths,
  disks: { device: string; name: string }[],
  images: string,
): string[] {
  fs.mkdirSync(at.containers, { recursive: true });
  return [
    '--device-cgroup-rule=a *:* rwm',
    '--security-opt=unmask=ALL',
    `--volume=${at.containers}:/var/lib/containers`,
    `--volume=${images}:/var/lib/shared-images:ro`,
    `--env=DCN_DISKS=${disks.map(({ device, name }) => `${name}=${device}`).join(' ')}`,
  ];
}

/** Devices of the machine that hosts need to run servers: their network interfaces, and KVM where the machine has it. */
const virtualization = ['/dev/net/tun', '/dev/kvm'];

/** What this process may have at most: podman's defaults are more than a machine without CAP_SYS_RESOURCE can set. */
function limits(): string[] {
  const table = fs.readFileSync('/proc/self/limits', 'utf8');
  const most = (name: string, bound: number) => {
    const hard = Number(new RegExp(`^${name} +\\S+ +([0-9]+)`, 'm').exec(table)?.[1] ?? bound);
    return `${Math.min(hard, bound)}:${Math.min(hard, bound)}`;
  };
  // podman lowers its own limit of processes to pid_max, and what is higher cannot be set any more
  const pids = Number(fs.readFileSync('/proc/sys/kernel/pid_max', 'utf8'));
  return [
    `--ulimit=nofile=${most('Max open files', 1048576)}`,
    `--ulimit=nproc=${most('Max processes', pids)}`,
  ];
}

/** Ends a host's system: in order, or at once as a power loss does. */
export async function stopHost(
  paths: SandboxPaths,
  host: string,
  how: 'orderly' | 'power-loss',
): Promise<void> {
  await podman(
    paths,
    `host ${host}: stop`,
    how === 'orderly' ? ['stop', '--time=20', host] : ['kill', '--signal=KILL', host],
  );
}

/** Removes a host's container, running or not; fine when there is none. */
export async function removeContainer(paths: SandboxPaths, host: string): Promise<void> {
  await podman(paths, `host ${host}: removal`, ['rm', '--force', '--time=0', '--ignore', host]);
}

/** The last lines that a host's system wrote to its console. */
export async function consoleOf(paths: SandboxPaths, host: string): Promise<string> {
  return podman(paths, `host ${host}: console`, ['logs', '--tail=8', host]);
}

/** Runs a program in a running host as root; gives its standard output. */
export async function inHost(
  paths: SandboxPaths,
  host: string,
  command: string[],
  options: RunOptions = {},
): Promise<string> {
  const exec = ['exec', '--interactive', host, ...command];
  return podman(paths, `host ${host}: ${command.join(' ')}`, exec, options);
}

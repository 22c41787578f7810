import * as fs from 'node:fs';
import { hostNamespace, namespaceFile } from '../network/names';
import type { HostPaths, SandboxPaths } from '../paths';
import { networkOf } from '../processes';
import type { RunOptions } from '../run';
import { cgroupOf } from './cgroups';
import type { Disk } from './disks';
import { podman } from './podman';

/* A host's system is a container: systemd on the host's own root, in the host's own network namespace. */

/** Names of the lab's hosts whose system runs. */
export async function runningHosts(paths: SandboxPaths): Promise<Set<string>> {
  return new Set((await startedHosts(paths)).filter(({ runs }) => runs).map(({ host }) => host));
}

/**
 * The hosts that podman takes for running, and whether they are: podman hears of a system's end only from conmon, which may have
 * been killed with the system.
 */
async function startedHosts(paths: SandboxPaths): Promise<{ host: string; runs: boolean }[]> {
  const started = ['ps', '--filter', 'status=running', '--format', '{{.Names}} {{.Pid}}'];
  const lines = (await podman(paths, 'list of hosts', started)).split('\n').filter(Boolean);
  return lines.map((line) => {
    const [host = '', pid] = line.split(' ');
    return { host, runs: isIn(Number(pid), namespaceFile(hostNamespace(paths.lab, host))) };
  });
}

/** Whether a process runs in a network namespace: its number may be that of another process by now. */
function isIn(pid: number, namespace: string): boolean {
  const network = networkOf(pid);
  return network !== undefined && network === fs.statSync(namespace, { throwIfNoEntry: false })?.ino;
}

/**
 * Lets podman find out that a host's system has ended without conmon: of all its commands `stop` alone looks at the process. It
 * waits five seconds for conmon, then takes the system for ended, and fails.
 */
async function noticeEnd(paths: SandboxPaths, host: string): Promise<void> {
  if ((await startedHosts(paths)).some((each) => each.host === host && !each.runs)) {
    await podman(paths, `host ${host}: its end`, ['stop', '--time=1', host]).catch(() => undefined);
  }
}

/**
 * Starts a host's system. A stopped container of the host is replaced; the host's disks stay.
 * @param images podman storage with the images of the containers that the host runs; absent if it runs none
 */
export async function startContainer(
  paths: SandboxPaths,
  host: string,
  disks: Disk[],
  images?: string,
): Promise<void> {
  const hostPaths = paths.host(host);
  await noticeEnd(paths, host);
  await podman(paths, `host ${host}: start`, [
    'run',
    '--detach',
    '--tty', // the console, to which systemd writes why it fails
    '--replace',
    `--name=${host}`,
    `--hostname=${host}`,
    '--systemd=always',
    '--stop-signal=RTMIN+3',
    '--cgroupns=private',
    `--cgroup-parent=${cgroupOf(paths.lab)}`,
    `--network=ns:${namespaceFile(hostNamespace(paths.lab, host))}`,
    // /etc/hosts and /etc/resolv.conf are the host's own files, which TripleO edits.
    '--no-hosts',
    '--dns=none',
    ...limits(),
    '--cap-add=SYS_ADMIN,NET_ADMIN,NET_RAW,SYS_PTRACE,AUDIT_WRITE,MKNOD,IPC_LOCK,SYS_NICE,DAC_READ_SEARCH',
    '--security-opt=seccomp=unconfined',
    '--security-opt=apparmor=unconfined',
    ...virtualization.filter((device) => fs.existsSync(device)).map((device) => `--device=${device}`),
    ...(images
      ? [...disks.map(({ device }) => `--device=${device}`), ...containersWithin(hostPaths, disks, images)]
      : [
          // OSDs look there whether a disk rotates.
          '--security-opt=unmask=/sys/dev/block',
          ...disks.map(({ device, name }) => `--device=${device}:${name}`),
        ]),
    '--rootfs',
    hostPaths.root,
    '/usr/local/sbin/dcn-init',
  ]);
}

/**
 * Options for a host that runs privileged containers: access to all devices (its /dev has only its own), the files of
 * /proc that podman masks, and folders for images and layers. ceph-volume looks a disk up by the kernel's name: the
 * device node has that name, and dcn-init links the host's own name to it.
 */
function containersWithin(hostPaths: HostPaths, disks: Disk[], images: string): string[] {
  fs.mkdirSync(hostPaths.containers, { recursive: true });
  return [
    '--device-cgroup-rule=a *:* rwm',
    '--security-opt=unmask=ALL',
    `--volume=${hostPaths.containers}:/var/lib/containers`,
    `--volume=${images}:/var/lib/shared-images:ro`,
    `--env=DCN_DISKS=${disks.map(({ device, name }) => `${name}=${device}`).join(' ')}`,
  ];
}

/** Devices of the machine that hosts need to run servers: for network interfaces, and KVM where the machine has it. */
const virtualization = ['/dev/net/tun', '/dev/kvm'];

/** Limits no higher than this process's own: podman's defaults fail on a machine without CAP_SYS_RESOURCE. */
function limits(): string[] {
  const table = fs.readFileSync('/proc/self/limits', 'utf8');
  const atMost = (name: string, bound: number) => {
    const hard = Number(new RegExp(`^${name} +\\S+ +([0-9]+)`, 'm').exec(table)?.[1] ?? bound);
    return `${Math.min(hard, bound)}:${Math.min(hard, bound)}`;
  };
  // podman lowers its own limit of processes to pid_max, and cannot set a higher one afterwards.
  const pids = Number(fs.readFileSync('/proc/sys/kernel/pid_max', 'utf8'));
  return [
    `--ulimit=nofile=${atMost('Max open files', 1048576)}`,
    `--ulimit=nproc=${atMost('Max processes', pids)}`,
  ];
}

/** Stops a host's system, by a shutdown or by killing it, as a power loss does. */
export async function stopContainer(
  paths: SandboxPaths,
  host: string,
  how: 'orderly' | 'power-loss',
): Promise<void> {
  await noticeEnd(paths, host);
  const stop = how === 'orderly' ? ['stop', '--time=20', host] : ['kill', '--signal=KILL', host];
  await podman(paths, `host ${host}: stop`, stop);
}

/** Removes a host's container, running or not; no error if there is none. */
export async function removeContainer(paths: SandboxPaths, host: string): Promise<void> {
  await noticeEnd(paths, host);
  await podman(paths, `host ${host}: removal`, ['rm', '--force', '--time=0', '--ignore', host]);
}

/** The last lines that a host's system wrote to its console. */
export async function consoleOf(paths: SandboxPaths, host: string): Promise<string> {
  return podman(paths, `host ${host}: console`, ['logs', '--tail=8', host]);
}

/** Runs a program in a running host as root; returns its standard output. */
export async function inHost(
  paths: SandboxPaths,
  host: string,
  command: string[],
  options: RunOptions = {},
): Promise<string> {
  const exec = ['exec', '--interactive', host, ...command];
  return podman(paths, `host ${host}: ${command.join(' ')}`, exec, options);
}

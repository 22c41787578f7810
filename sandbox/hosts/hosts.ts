import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeAtomic } from '../../lib/atomicFile';
import { projectRoot } from '../../lib/paths';
import { attachDisks, detachDisks } from './disks';
import { filesUnder } from '../image/image';
import { type SiteNetwork, connectHost, disconnectHost, inNamespace } from '../network/network';
import { type HostPaths, type SandboxPaths, routerNamespace } from '../paths';
import { consoleOf, isRunning, removeContainer, startHost, stopHost } from './podman';
import { withLock } from '../../lib/lock';
import { run } from '../run';

/** A host to be made. */
export interface HostPlan {
  name: string;
  site: SiteNetwork;
  /** In any of the site's subnets; the first is where its SSH server is asked. */
  addresses: [string, ...string[]];
  /** Names of its blank disks (`/dev/vdb`). */
  disks: string[];
  /** The account for whoever deploys it: sudo without password, opened by `authorized`. */
  account: string;
  /** Public keys as lines of authorized_keys. */
  authorized: string[];
  /** Key pair of the account itself (file of the private key, beside it `.pub`), when it is to reach other hosts. */
  keyPair?: string;
  /** Lines of /etc/hosts beside those of the host itself. */
  names: string[];
  /** overlayfs `lowerdir`, topmost first. */
  image: string[];
  /** Where it runs containers itself: the storage with the images that it finds. */
  containers?: string;
  /** Folders whose files are put on its root. */
  files: string[];
}

/** What is known of a host once it is there. A host made anew under the same name has another identity. */
export interface HostIdentity {
  /** machine-id in UUID notation. */
  instanceId: string;
  /** Its SSH server's public key, `ssh-ed25519 AAAA…`. */
  hostKey: string;
}

interface HostRecord extends HostIdentity {
  name: string;
  site: SiteNetwork;
  addresses: [string, ...string[]];
  disks: string[];
  image: string[];
  containers?: string;
}

const domain = 'localdomain';
const secondsToAnswer = 90;

/** Files that every host gets: first process, stand-ins. */
export const commonFiles = path.join(projectRoot, 'sandbox', 'image', 'files');

/**
 * Makes a host and waits until its SSH server answers. One that is there already is only powered on if it is off; what an
 * interrupted creation has left is removed first.
 */
export async function createHost(paths: SandboxPaths, plan: HostPlan): Promise<HostIdentity> {
  const at = paths.host(plan.name);
  return withLock(
    at.lock,
    () => undefined,
    async () => {
      const known = recordOf(paths, plan.name);
      if (!known) {
        await remove(paths, plan.name);
        await prepare(at, plan);
      }
      const record = known ?? newRecord(at, plan);
      await powerOn(paths, record);
      if (!known) {
        writeAtomic(at.record, JSON.stringify(record, null, 1));
      }
      return { instanceId: record.instanceId, hostKey: record.hostKey };
    },
  );
}

/** Powers on a host that was made before; its disks are as they were. Nothing happens when it runs. */
export async function startAgain(paths: SandboxPaths, name: string): Promise<void> {
  await withLock(
    paths.host(name).lock,
    () => undefined,
    async () => powerOn(paths, recordOrThrow(paths, name)),
  );
}

/** Ends a host's system, in order or as by a power loss; its disks stay. */
export async function powerOff(
  paths: SandboxPaths,
  name: string,
  how: 'orderly' | 'power-loss',
): Promise<void> {
  recordOrThrow(paths, name);
  await withLock(
    paths.host(name).lock,
    () => undefined,
    () => stopHost(paths, name, how),
  );
}

/** Removes a host with its disks; fine when there is none. */
export async function destroyHost(paths: SandboxPaths, name: string): Promise<void> {
  await withLock(
    paths.host(name).lock,
    () => undefined,
    () => remove(paths, name),
  );
}

/** A host's record; undefined when it was never made completely. */
export function recordOf(paths: SandboxPaths, name: string): HostRecord | undefined {
  const { record } = paths.host(name);
  return fs.existsSync(record) ? (JSON.parse(fs.readFileSync(record, 'utf8')) as HostRecord) : undefined;
}

/** Names of all hosts that were made completely. */
export function hostNames(paths: SandboxPaths): string[] {
  const directory = path.join(paths.state, 'hosts');
  const names = fs.existsSync(directory) ? fs.readdirSync(directory) : [];
  return names.filter((name) => fs.existsSync(paths.host(name).record)).sort();
}

function recordOrThrow(paths: SandboxPaths, name: string): HostRecord {
  const record = recordOf(paths, name);
  if (!record) {
    throw new Error(`the sandbox of lab ${paths.lab} has no host ${name}; see \`dcn sandbox status\``);
  }
  return record;
}

async function powerOn(paths: SandboxPaths, host: HostRecord): Promise<void> {
  if (await isRunning(paths, host.name)) {
    return;
  }
  const at = paths.host(host.name);
  await mountRoot(at, host);
  await connectHost(paths.lab, host.name, host.addresses, host.site);
  const disks = await attachDisks(path.join(at.directory, 'disks'), host.disks);
  await startHost(paths, host.name, at, disks, host.containers);
  await answers(paths, host.name, host.addresses[0]);
}

async function remove(paths: SandboxPaths, name: string): Promise<void> {
  const at = paths.host(name);
  // first, so that what a killed removal leaves is never taken for a whole host
  fs.rmSync(at.record, { force: true });
  await removeContainer(paths, name);
  await disconnectHost(paths.lab, name);
  await unmountUnder(at.directory);
  await detachDisks(at.directory);
  await fs.promises.rm(at.directory, { recursive: true, force: true });
}

/** What makes the host this one and no other: names, keys, identity, account. */
async function prepare(at: HostPaths, plan: HostPlan): Promise<void> {
  for (const directory of [at.upper, at.work, at.root]) {
    fs.mkdirSync(directory, { recursive: true });
  }
  await mountRoot(at, plan);
  copyFiles(plan.files, at.root);
  const put = (file: string, text: string, mode = 0o644) => {
    fs.mkdirSync(path.dirname(path.join(at.root, file)), { recursive: true });
    fs.writeFileSync(path.join(at.root, file), text, { mode });
  };
  put('etc/hostname', `${plan.name}\n`);
  put('etc/machine-id', `${randomUUID().replaceAll('-', '')}\n`);
  put('etc/hosts', hostsFile(plan));
  const hostKey = path.join(at.root, 'etc/ssh/ssh_host_ed25519_key');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', plan.name, '-f', hostKey]);
  const home = `home/${plan.account}`;
  await run('chroot', [
    at.root,
    'useradd',
    '--create-home',
    '--shell',
    '/bin/bash',
    '--password',
    '*',
    plan.account,
  ]);
  put(`etc/sudoers.d/${plan.account}`, `${plan.account} ALL=(ALL) NOPASSWD: ALL\n`, 0o440);
  put(`${home}/.ssh/authorized_keys`, plan.authorized.map((line) => `${line}\n`).join(''), 0o600);
  if (plan.keyPair) {
    put(`${home}/.ssh/id_rsa`, fs.readFileSync(plan.keyPair, 'utf8'), 0o600);
    put(`${home}/.ssh/id_rsa.pub`, fs.readFileSync(`${plan.keyPair}.pub`, 'utf8'));
  }
  fs.chmodSync(path.join(at.root, home, '.ssh'), 0o700);
  await run('chroot', [at.root, 'chown', '--recursive', `${plan.account}:`, `/${home}`]);
}

/** Puts the files of folders onto a host's root, running or not; owned by root, executable as in the folder. */
export function copyFiles(folders: string[], root: string): void {
  for (const folder of folders) {
    for (const file of filesUnder(folder)) {
      const target = path.join(root, path.relative(folder, file));
      fs.mkdirSync(path.dirname(target), { recursive: true });
      // never into the old file: a program that runs from it would read on in the new text
      fs.rmSync(target, { force: true });
      fs.copyFileSync(file, target);
      fs.chmodSync(target, fs.statSync(file).mode & 0o100 ? 0o755 : 0o644);
    }
  }
}

function newRecord(at: HostPaths, plan: HostPlan): HostRecord {
  const id = fs.readFileSync(path.join(at.root, 'etc/machine-id'), 'utf8').trim();
  const [type, key] = fs
    .readFileSync(path.join(at.root, 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8')
    .split(' ');
  return {
    name: plan.name,
    instanceId: id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    hostKey: `${type} ${key}`,
    site: plan.site,
    addresses: plan.addresses,
    disks: plan.disks,
    image: plan.image,
    containers: plan.containers,
  };
}

/** A host's own lines first: the first name of its address is its full one. */
function hostsFile(plan: HostPlan): string {
  const own = hostsLine(plan.addresses[0], plan.name);
  return ['127.0.0.1 localhost', '::1 localhost', own, ...plan.names.filter((line) => line !== own), ''].join(
    '\n',
  );
}

/** A line of /etc/hosts. */
export function hostsLine(address: string, name: string): string {
  return `${address} ${name}.${domain} ${name}`;
}

/** Adds lines that a host's /etc/hosts lacks, in place: processes in the host may hold the file. */
export function addNames(paths: SandboxPaths, host: string, lines: string[]): void {
  const file = path.join(paths.host(host).root, 'etc/hosts');
  const there = new Set(fs.readFileSync(file, 'utf8').split('\n'));
  const missing = lines.filter((line) => !there.has(line));
  if (missing.length > 0) {
    fs.appendFileSync(file, missing.map((line) => `${line}\n`).join(''));
  }
}

async function mountRoot(at: HostPaths, { image }: { image: string[] }): Promise<void> {
  if ((await mountsUnder(at.directory)).length > 0) {
    return;
  }
  const layers = `lowerdir=${image.join(':')},upperdir=${at.upper},workdir=${at.work}`;
  await run('mount', ['-t', 'overlay', 'overlay', '-o', layers, at.root]);
}

/** Unmounts all that is mounted under a directory, innermost first. */
export async function unmountUnder(directory: string): Promise<void> {
  for (const mount of (await mountsUnder(directory)).reverse()) {
    await run('umount', [mount]);
  }
}

async function mountsUnder(directory: string): Promise<string[]> {
  const lines = (await fs.promises.readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const points = lines.map((line) => (line.split(' ')[4] ?? '').replaceAll('\\040', ' '));
  return points.filter((point) => point.startsWith(`${directory}/`));
}

/** Waits until the host's SSH server greets whoever comes from the router. */
async function answers(paths: SandboxPaths, name: string, address: string): Promise<void> {
  const greets = `exec 3<>/dev/tcp/${address}/22 && read -u 3 line && [[ $line == SSH-* ]]`;
  const wait = `until timeout 2 bash -c '${greets}' 2>/dev/null; do sleep 0.1; done`;
  try {
    await inNamespace(routerNamespace(paths.lab), ['timeout', `${secondsToAnswer}`, 'bash', '-c', wait]);
  } catch {
    const last = await consoleOf(paths, name).catch((error: Error) => error.message);
    throw new Error(
      `host ${name} (${address}) does not answer on SSH after ${secondsToAnswer} s; its console said last:\n${last}`,
    );
  }
}

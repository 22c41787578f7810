import * as fs from 'node:fs';
import * as path from 'node:path';
import execa from 'execa';
import { type Lab, parseLab } from '../../model';
import { quote } from '../../lib/quote';
import { endpoint } from '../../sandbox';
import { namespaceFile, routerNamespace } from '../../sandbox/network/names';
import type { SandboxPaths } from '../../sandbox/paths';
import { cgroupOf } from '../../sandbox/hosts/cgroups';
import { writeAtomic } from '../../lib/atomicFile';
import { namespacesOf } from '../../sandbox/network/namespace';
import { processesOf } from '../../sandbox/processes';
import { takeDownAtEnd } from './takeDown';

/** Writes a lab file into `directory`, for a lab whose sandbox the tests bring up and down themselves; GLANCE_DCN_STATE is below it. */
export function writeLab(directory: string, name: string, text: string): { file: string; lab: Lab } {
  const file = path.join(directory, `Pulumi.${name}.yaml`);
  fs.writeFileSync(file, text);
  takeDownAtEnd(file, process.env.GLANCE_DCN_STATE as string, text);
  return { file, lab: parseLab(name, text) };
}

/** Exit code of a script, and its output on both streams. */
export interface Ended {
  code: number;
  output: string;
}

/** Runs a command line on the undercloud as its user; returns standard output. @throws Error if it fails */
export async function onUndercloud(lab: Lab, command: string): Promise<string> {
  return (await execa('ssh', [...toUndercloud(lab), command])).stdout;
}

/** Runs a script on the undercloud as its user, with stackrc loaded. */
export async function undercloudScript(lab: Lab, lines: string, input?: string): Promise<Ended> {
  const ended = await execa('ssh', [...toUndercloud(lab), `source ~/stackrc; ${lines}`], {
    all: true,
    reject: false,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  });
  return { code: ended.exitCode, output: ended.all ?? '' };
}

/** Copies the content of a folder of this machine into a folder of the undercloud. @throws Error if that fails */
export async function uploadToUndercloud(lab: Lab, from: string, to: string): Promise<void> {
  const { stdout } = await execa('tar', ['-C', from, '-cf', '-', '.'], { encoding: null });
  await execa('ssh', [...toUndercloud(lab), `mkdir -p ${quote(to)} && tar -C ${quote(to)} -xf -`], {
    input: stdout,
  });
}

/** Arguments of `ssh` to the undercloud, with its host key pinned. */
function toUndercloud(lab: Lab): string[] {
  const { host, port, user, hostKey, privateKeyFile } = endpoint(lab);
  const knownHosts = `${privateKeyFile}.known`;
  // Atomically: another ssh may read the file at the same time.
  writeAtomic(knownHosts, `[${host}]:${port} ${hostKey}\n`);
  const options = [
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${knownHosts}`,
    'IdentitiesOnly=yes',
    'LogLevel=ERROR',
    'ServerAliveInterval=15',
  ];
  return [
    ...options.flatMap((option) => ['-o', option]),
    ...['-i', privateKeyFile, '-p', String(port), `${user}@${host}`],
  ];
}

/** Runs a command line on a node from the undercloud, as TripleO does; returns standard output. */
export async function onNode(lab: Lab, node: string, command: string): Promise<string> {
  const options =
    '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=5';
  return onUndercloud(lab, `ssh ${options} tripleo-admin@${node} ${quote(command)}`);
}

/** All parts of a lab's sandbox that exist on this machine. */
export async function remains(paths: SandboxPaths): Promise<string[]> {
  const mounts = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const points = mounts.map((line) => line.split(' ')[4] ?? '');
  const loops = (await execa('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE'])).stdout.split(
    '\n',
  );
  const isOfLab = (file: string) => [paths.state, paths.run].some((folder) => file.startsWith(folder));
  const groups = points.filter((point) => point.startsWith('/sys/fs/cgroup'));
  return [
    ...points.filter(isOfLab).map((point) => `mount ${point}`),
    ...loops.filter(isOfLab).map((file) => `loop device of ${file}`),
    ...namespacesOf(paths.lab).map((name) => `namespace ${name}`),
    ...processesOf(paths).map((pid) => `process ${pid} ${fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')}`),
    ...groups.map((group) => path.join(group, cgroupOf(paths.lab))).filter((group) => fs.existsSync(group)),
    ...[paths.state, paths.run, path.dirname(paths.state), namespaceFile(routerNamespace(paths.lab))].filter(
      (file) => fs.existsSync(file),
    ),
  ];
}

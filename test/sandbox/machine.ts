import * as fs from 'node:fs';
import * as path from 'node:path';
import execa from 'execa';
import { type Lab, parseLab } from '../../model';
import { quote } from '../../model/shell';
import { endpoint } from '../../sandbox';
import { type Places, namespaceFile, routerNamespace } from '../../sandbox/places';
import { cgroupOf } from '../../sandbox/podman';
import { namespacesOf, processesOf } from '../../sandbox/sweep';

/** A lab of one file in `directory`, whose sandbox the tests handle. */
export function writeLab(directory: string, name: string, text: string): { file: string; lab: Lab } {
  const file = path.join(directory, `Pulumi.${name}.yaml`);
  fs.writeFileSync(file, text);
  return { file, lab: parseLab(name, text) };
}

/** Runs a command line on the undercloud as its user, its host key pinned. Gives standard output. */
export async function onUndercloud(lab: Lab, command: string): Promise<string> {
  const { host, port, user, hostKey, privateKeyFile } = endpoint(lab);
  const known = `${privateKeyFile}.known`;
  fs.writeFileSync(known, `[${host}]:${port} ${hostKey}\n`);
  const options = [
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${known}`,
    'IdentitiesOnly=yes',
    'LogLevel=ERROR',
  ];
  const result = await execa('ssh', [
    ...options.flatMap((option) => ['-o', option]),
    ...['-i', privateKeyFile, '-p', String(port), `${user}@${host}`, command],
  ]);
  return result.stdout;
}

/** Runs a command line on a node, by way of the undercloud as TripleO does. */
export async function onNode(lab: Lab, node: string, command: string): Promise<string> {
  const options =
    '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=5';
  return onUndercloud(lab, `ssh ${options} tripleo-admin@${node} ${quote(command)}`);
}

/** Everything of a lab's sandbox that this machine has; empty when nothing is left. */
export async function remains(places: Places): Promise<string[]> {
  const mounts = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const points = mounts.map((line) => line.split(' ')[4] ?? '');
  const loops = (await execa('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE'])).stdout.split(
    '\n',
  );
  const inside = (place: string) => [places.state, places.run].some((own) => place.startsWith(own));
  const groups = points.filter((point) => point.startsWith('/sys/fs/cgroup'));
  return [
    ...points.filter(inside).map((point) => `mount ${point}`),
    ...loops.filter(inside).map((file) => `loop device of ${file}`),
    ...namespacesOf(places.lab).map((name) => `namespace ${name}`),
    ...processesOf(places).map((pid) => `process ${pid} ${fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')}`),
    ...groups.map((group) => path.join(group, cgroupOf(places.lab))).filter((group) => fs.existsSync(group)),
    ...[
      places.state,
      places.run,
      path.dirname(places.state),
      namespaceFile(routerNamespace(places.lab)),
    ].filter((file) => fs.existsSync(file)),
  ];
}

import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { HostPaths } from '../paths';
import { run } from '../run';
import { hostsFile } from './etcHosts';
import { copyFiles } from './files';
import type { HostPlan } from './hostPlan';
import { mountRoot } from './mounts';
import type { HostRecord } from './record';

const hostKeyFile = 'etc/ssh/ssh_host_ed25519_key';

/** Mounts a new host's root and writes the files that only this host has: names, keys, identity, account. */
export async function createRoot(paths: HostPaths, plan: HostPlan): Promise<void> {
  for (const directory of [paths.upper, paths.work, paths.root]) {
    fs.mkdirSync(directory, { recursive: true });
  }
  await mountRoot(paths, plan.image);
  copyFiles(plan.files, paths.root);
  const put = (file: string, text: string, mode = 0o644) => {
    fs.mkdirSync(path.dirname(path.join(paths.root, file)), { recursive: true });
    fs.writeFileSync(path.join(paths.root, file), text, { mode });
  };
  put('etc/hostname', `${plan.name}\n`);
  put('etc/machine-id', `${randomUUID().replaceAll('-', '')}\n`);
  put('etc/hosts', hostsFile(plan.name, plan.hostsLines));
  const hostKey = path.join(paths.root, hostKeyFile);
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', plan.name, '-f', hostKey]);
  const home = `home/${plan.account}`;
  const account = ['--create-home', '--shell', '/bin/bash', '--password', '*', plan.account];
  await run('chroot', [paths.root, 'useradd', ...account]);
  put(`etc/sudoers.d/${plan.account}`, `${plan.account} ALL=(ALL) NOPASSWD: ALL\n`, 0o440);
  put(`${home}/.ssh/authorized_keys`, plan.authorized.map((line) => `${line}\n`).join(''), 0o600);
  if (plan.keyPair) {
    put(`${home}/.ssh/id_rsa`, fs.readFileSync(plan.keyPair, 'utf8'), 0o600);
    put(`${home}/.ssh/id_rsa.pub`, fs.readFileSync(`${plan.keyPair}.pub`, 'utf8'));
  }
  fs.chmodSync(path.join(paths.root, home, '.ssh'), 0o700);
  await run('chroot', [paths.root, 'chown', '--recursive', `${plan.account}:`, `/${home}`]);
}

/** The record of a host whose root was just created. */
export function newRecord(paths: HostPaths, plan: HostPlan): HostRecord {
  const id = fs.readFileSync(path.join(paths.root, 'etc/machine-id'), 'utf8').trim();
  const publicKey = fs.readFileSync(path.join(paths.root, `${hostKeyFile}.pub`), 'utf8');
  const [type, key] = publicKey.split(' ');
  return {
    name: plan.name,
    instanceId: id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    hostKey: `${type} ${key}`,
    site: plan.site,
    rack: plan.rack,
    addresses: plan.addresses,
    disks: plan.disks,
    rotational: plan.rotational,
    image: plan.image,
    containers: plan.containers,
  };
}

import * as fs from 'node:fs';
import * as path from 'node:path';
import { inHost } from '../../sandbox/hosts/container';
import { podman } from '../../sandbox/hosts/podman';
import type { SandboxPaths } from '../../sandbox/paths';
import { run } from '../../sandbox/run';

/*
 * The kit's folder on the undercloud is on a small disk of its own, so that the disk can be filled: the roots of all hosts
 * share the machine's disk.
 */

const host = 'undercloud';
const folder = '/home/stack/dcn';
/** The check of the undercloud wants 5 GiB free. The disk's file has only what is written. */
const bytes = 6 * 2 ** 30;

/** Mounts the disk, made if it does not exist. A host that starts again has lost the mount. */
export async function mountSmallDisk(paths: SandboxPaths): Promise<void> {
  const file = path.join(paths.state, 'small-disk');
  const exists = fs.existsSync(file);
  if (!exists) {
    fs.writeFileSync(file, '', { mode: 0o600 });
    fs.truncateSync(file, bytes);
    await run('mkfs.ext4', ['-q', '-m', '0', file]);
  }
  const device = await run('losetup', ['--find', '--show', file]);
  try {
    const number = /\d+$/.exec(device)![0];
    await inMounts(paths, [
      // The kernel opens no devices below /run. Without /proc of these processes, mknod cannot set a mode.
      `(umask 077; mknod /small-disk b 7 ${number})`,
      `install -d -o stack -g stack -m 700 ${folder}`,
      `mount /small-disk ${folder}`,
      'rm /small-disk',
      ...(exists ? [] : [`chown stack:stack ${folder}`, `chmod 700 ${folder}`]),
    ]);
  } finally {
    // The kernel detaches the device when the mount ends, with the host.
    await run('losetup', ['--detach', device]);
  }
}

/** Fills the disk; the end frees it. */
export async function fillSmallDisk(paths: SandboxPaths): Promise<() => Promise<string>> {
  const filler = `${folder}/filler`;
  const commands = [
    `free=$(df --block-size=1M --output=avail ${folder} | tail -n 1)`,
    // Without a write of each block.
    `fallocate --length "$((free - 8))M" ${filler}`,
    `cat /dev/zero >> ${filler} 2>/dev/null || true`,
  ];
  await inHost(paths, host, ['bash', '-ec', commands.join('\n')]);
  return () => inHost(paths, host, ['rm', '-f', filler]);
}

/** Runs commands as this machine's root among the undercloud's mounts: the host itself may open no loop device. */
async function inMounts(paths: SandboxPaths, commands: string[]): Promise<void> {
  const pid = await podman(paths, `host ${host}`, ['inspect', '--format', '{{.State.Pid}}', host]);
  await run('nsenter', ['--target', pid.trim(), '--mount', 'bash', '-ec', commands.join('\n')]);
}

import * as fs from 'node:fs';
import * as path from 'node:path';
import { run } from '../run';
import type { HostRecord } from './record';

/** A disk of a host. */
export interface Disk {
  /** The machine's loop device. */
  device: string;
  /** The host's name for the disk (`/dev/vdb`). */
  name: string;
}

/** Size of a host's OSD disk in bytes. The file is sparse: it occupies what is written to it. */
const diskSize = 20 * 1024 ** 3;

interface LoopDevice {
  name: string;
  'back-file': string;
}

/**
 * Attaches a host's disks: loop devices over files in `directory`. A missing file is created blank; an attached file
 * stays attached.
 */
export async function attachDisks(
  directory: string,
  { disks: names, rotational = {} }: Pick<HostRecord, 'disks' | 'rotational'>,
): Promise<Disk[]> {
  fs.mkdirSync(directory, { recursive: true });
  const disks: Disk[] = [];
  for (const name of names) {
    const file = diskFile(directory, name);
    if (!fs.existsSync(file)) {
      fs.writeFileSync(file, '', { mode: 0o600 });
      fs.truncateSync(file, diskSize);
    }
    const attached = (await loopDevices()).find((loop) => loop['back-file'] === file);
    const device = attached?.name ?? (await run('losetup', ['--find', '--show', file]));
    const rotates = rotational[name];
    if (rotates !== undefined) {
      fs.writeFileSync(`/sys/block/${path.basename(device)}/queue/rotational`, rotates ? '1' : '0');
    }
    disks.push({ device, name });
  }
  return disks;
}

/** Detaches every loop device whose file is below `directory`, even if the file was removed. */
export async function detachDisks(directory: string): Promise<void> {
  for (const loop of await loopDevices()) {
    if (loop['back-file'].startsWith(`${directory}/`)) {
      await run('losetup', ['--detach', loop.name]);
    }
  }
}

async function loopDevices(): Promise<LoopDevice[]> {
  const listed = await run('losetup', ['--list', '--json', '--output', 'NAME,BACK-FILE']);
  if (!listed) {
    return [];
  }
  return (JSON.parse(listed) as { loopdevices: LoopDevice[] }).loopdevices;
}

function diskFile(directory: string, name: string): string {
  return path.join(directory, `${name.replace(/^\/dev\//, '').replaceAll('/', '-')}.img`);
}

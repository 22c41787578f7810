import * as fs from 'node:fs';
import * as path from 'node:path';
import { run } from '../run';

/** Size of a host's disk for an OSD, in bytes. The file is sparse: it takes what is written. */
const diskSize = 20 * 1024 ** 3;

interface LoopDevice {
  name: string;
  'back-file': string;
}

/**
 * A host's disks, as loop devices over files in `directory`: made blank where the file is missing, attached where they are not.
 * @param names what the host calls them (`/dev/vdb`)
 * @returns pairs of the machine's device and the host's name for it
 */
export async function attachDisks(
  directory: string,
  names: string[],
): Promise<{ device: string; name: string }[]> {
  fs.mkdirSync(directory, { recursive: true });
  const disks: { device: string; name: string }[] = [];
  for (const name of names) {
    const file = diskFile(directory, name);
    if (!fs.existsSync(file)) {
      fs.writeFileSync(file, '', { mode: 0o600 });
      fs.truncateSync(file, diskSize);
    }
    const attached = (await loopDevices()).find((loop) => loop['back-file'] === file);
    disks.push({ device: attached?.name ?? (await run('losetup', ['--find', '--show', file])), name });
  }
  return disks;
}

/** Detaches every loop device whose file lies under `directory`, those of removed files too. */
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

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { generated } from './imageLab';
import { type Ended, python, type TestUndercloud } from './undercloud';

/* Sources of images for tests: disks, qcow2 images, and documents of images from files and URLs. */

export const mib = 1 << 20;
/** A raw disk: a boot sector, then a MiB of bytes without a signature. */
export const disk = Buffer.alloc(mib, 'sector of a disk ');
disk.writeUInt16LE(0xaa55, 510);

interface Qcow2 {
  version?: number;
  size?: number;
  backing?: string;
  /** Incompatible features: 2 corrupt, 4 data in another file. */
  features?: number;
  dataFile?: string;
  encryption?: number;
}

/** The header of a qcow2 image (QEMU docs/interop/qcow2.txt), with the data of `disk` where the fake qemu-img has it. */
export function qcow2({
  version = 3,
  size = mib,
  backing,
  features = 0,
  dataFile,
  encryption = 0,
}: Qcow2 = {}): Buffer {
  const header = Buffer.alloc(1 << 16);
  header.write('QFI\xfb', 'latin1');
  header.writeUInt32BE(version, 4);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(BigInt(size), 24);
  header.writeUInt32BE(encryption, 32);
  header.writeBigUInt64BE(BigInt(features), 72);
  header.writeUInt32BE(104, 100);
  if (dataFile) {
    header.writeUInt32BE(0x44415441, 104);
    header.writeUInt32BE(dataFile.length, 108);
    header.write(dataFile, 112);
  }
  if (backing) {
    header.writeBigUInt64BE(1024n, 8);
    header.writeUInt32BE(backing.length, 16);
    header.write(backing, 1024);
  }
  return Buffer.concat([header, disk]);
}

/** Runs `work` with the URL of a server on this machine. */
export async function served(
  answer: http.RequestListener,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const server = http.createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/image?signature=s3cr3t`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Writes a file on the undercloud, and gives the document of an image from it. */
export function fromFile(here: TestUndercloud, name: string, data: Buffer, more: object = {}): object {
  fs.writeFileSync(here.path(name), data);
  return generated(name, { source: { file: here.path(name) }, stores: ['central'], ...more });
}

export const fromUrl = (url: string, more: object = {}): object =>
  generated('url', { source: { url }, stores: ['central'], ...more });
export const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
export const workFiles = (here: TestUndercloud): string[] =>
  fs
    .readdirSync(here.path('dcn/dev/images'), { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.endsWith('.lock'));
/** Lets Python run code when it starts. */
export function customize(here: TestUndercloud, code: string[]): void {
  const site = execFileSync(python(), ['-m', 'site', '--user-site'], {
    env: { HOME: here.home },
    encoding: 'utf8',
  }).trim();
  fs.mkdirSync(site, { recursive: true });
  fs.writeFileSync(path.join(site, 'usercustomize.py'), code.join('\n'));
}

/** Gives the kit a disk with `free` bytes for work on images. */
function leaveFree(here: TestUndercloud, free: number): void {
  customize(here, [
    'import os, shutil, types',
    'def disk_usage(path):',
    '    used = sum(entry.stat().st_size for entry in os.scandir(path))',
    `    return types.SimpleNamespace(free=${free} - used)`,
    'shutil.disk_usage = disk_usage',
  ]);
}

/** Ensures an image where the disk has 2 MiB above the kit's reserve: the image is refused, and leaves no files. */
export async function expectNoRoom(
  here: TestUndercloud,
  name: string,
  ensured: () => Promise<Ended>,
): Promise<void> {
  leaveFree(here, 514 * mib);
  const { code, stderr } = await ensured();
  expect(code).toBe(1);
  expect(stderr).toMatch(
    new RegExp(
      `image ${name}: needs at least \\d+ MiB in .*/${name}\\.work, of which 51[0-4] MiB are free; make room`,
    ),
  );
  expect(workFiles(here)).toEqual([]);
}

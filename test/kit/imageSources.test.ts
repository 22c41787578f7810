import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import { stringify } from 'yaml';
import { ensureSystemPackages } from '../../lib/debianPackages';
import { ensure, generated, lab } from './imageLab';
import { python, type TestUndercloud, until } from './undercloud';

// `xz` and `zstd` pack the sources of tests, `prlimit` and `setpriv` limit the kit's qemu-img.
beforeAll(() => ensureSystemPackages(['xz-utils', 'zstd', 'util-linux'], () => undefined));

jest.setTimeout(90_000);

const mib = 1 << 20;
/** A raw disk: a boot sector, then a MiB of bytes without a signature. */
const disk = Buffer.alloc(mib, 'sector of a disk ');
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
function qcow2({
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
async function served(answer: http.RequestListener, work: (url: string) => Promise<void>): Promise<void> {
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
function fromFile(here: TestUndercloud, name: string, data: Buffer, more: object = {}): object {
  fs.writeFileSync(here.path(name), data);
  return generated(name, { source: { file: here.path(name) }, stores: ['central'], ...more });
}

const fromUrl = (url: string, more: object = {}): object =>
  generated('url', { source: { url }, stores: ['central'], ...more });
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
const workFiles = (here: TestUndercloud): string[] =>
  fs
    .readdirSync(here.path('dcn/dev/images'), { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.endsWith('.lock'));
/** Lets Python run code when it starts. */
function customize(here: TestUndercloud, code: string[]): void {
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

describe('the content of a source', () => {
  const packings: [string, (data: Buffer) => Buffer][] = [
    ['gzip', (data) => gzipSync(data)],
    ['xz', (data) => execFileSync('xz', ['-c'], { input: data })],
    ['zstd', (data) => execFileSync('zstd', ['-cq'], { input: data })],
  ];
  test.concurrent.each(packings)('is unpacked from %s, a raw disk and qcow2 alike', (packing, pack) =>
    lab(async (here, glance) => {
      const data = Buffer.concat([disk, Buffer.alloc(8 * mib), disk]);
      const images = [
        fromFile(here, 'plain', pack(data)),
        fromFile(here, 'packed', pack(qcow2()), { diskFormat: 'qcow2' }),
      ];
      const { code, stderr } = await ensure(here, { images });
      expect({ packing, code, stderr }).toMatchObject({ packing, code: 0 });
      expect(glance.data('plain').equals(data)).toBe(true);
      expect(glance.data('packed').equals(disk)).toBe(true);
      expect(workFiles(here)).toEqual([]);
    })(),
  );

  test.concurrent(
    'is refused where it is packed data that was cut off, or packed twice',
    lab(async (here, glance) => {
      const random = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7919) % 251));
      const images = packings.flatMap(([name, pack]) => [
        fromFile(here, `${name}-cut`, pack(random).subarray(0, -20)),
        fromFile(here, `${name}-twice`, pack(pack(disk))),
      ]);
      const { code, stderr } = await ensure(here, { images });
      expect(code).toBe(1);
      for (const [name] of packings) {
        expect(stderr).toMatch(
          new RegExp(`image ${name}-cut: its source is packed by ${name} and cannot be unpacked: .*whole`),
        );
        expect(stderr).toContain(`image ${name}-twice: its source is ${name}, neither`);
      }
      expect(glance.calls(/^(POST|PUT)/)).toEqual([]);
      expect(workFiles(here)).toEqual([]);
    }),
  );

  test.concurrent(
    'is refused where its program is missing, with the package to install',
    lab(async (here) => {
      customize(here, [
        'import shutil',
        'which = shutil.which',
        'shutil.which = lambda name: name != "zstd" and which(name)',
      ]);
      const image = fromFile(here, 'plain', Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), disk]));
      const { code, stderr } = await ensure(here, image);
      expect([code, stderr]).toEqual([
        1,
        'image plain: its source is packed by zstd, and zstd is missing; install the package zstd on the undercloud\n',
      ]);
    }),
  );

  test.concurrent(
    'is refused by its name where it is no raw disk',
    lab(async (here, glance) => {
      const at = (offset: number, text: string): Buffer => {
        const data = Buffer.from(disk);
        data.write(text, offset, 'latin1');
        return data;
      };
      const foreign: Record<string, [Buffer, string]> = {
        vmdk: [at(0, 'KDMV'), 'a VMDK disk'],
        descriptor: [Buffer.from('# Disk DescriptorFile\nversion=1\n'), 'the descriptor of a VMDK disk'],
        vhdx: [at(0, 'vhdxfile'), 'a VHDX disk'],
        vhd: [at(mib - 512, 'conectix'), 'a VHD disk'],
        vdi: [at(64, '\x7f\x10\xda\xbe'), 'a VDI disk'],
        ova: [at(257, 'ustar'), 'a tar archive'],
        zip: [at(0, 'PK\x03\x04'), 'a zip archive'],
        page: [Buffer.from('\n<!DOCTYPE html><html>Sign in</html>'.padEnd(2000)), 'a web page'],
        error: [Buffer.from('<?xml version="1.0"?><Error>NoSuchKey</Error>'), 'a web page'],
        empty: [Buffer.alloc(0), 'an empty file'],
        short: [Buffer.alloc(511, 1), 'a file of 511 bytes, less than a sector'],
      };
      const images = Object.entries(foreign).map(([name, [data]]) => fromFile(here, name, data));
      const { code, stderr } = await ensure(here, { images });
      expect(code).toBe(1);
      for (const [name, [, found]] of Object.entries(foreign)) {
        expect(stderr).toContain(
          `image ${name}: its source is ${found}, neither a raw disk nor qcow2; give another source, or convert a disk (qemu-img convert -O qcow2) and write \`format: qcow2\` for it in the lab file\n`,
        );
      }
      expect(glance.calls(/^(POST|PUT)/)).toEqual([]);
    }),
  );

  test.concurrent(
    'is refused where it has the other format, with the key to write',
    lab(async (here, glance) => {
      const images = [
        fromFile(here, 'disguised', qcow2()),
        fromFile(here, 'raw', disk, { diskFormat: 'qcow2' }),
        fromFile(here, 'vmdk', Buffer.from(`KDMV${String(disk)}`), { diskFormat: 'qcow2' }),
      ];
      const { code, stderr } = await ensure(here, { images });
      expect(code).toBe(1);
      expect(stderr).toContain(
        'image disguised: its source is qcow2, not raw; write `format: qcow2` for it in the lab file\n',
      );
      expect(stderr).toContain(
        'image raw: its source is raw, not qcow2; write `format: raw` for it in the lab file\n',
      );
      expect(stderr).toContain('image vmdk: its source is a VMDK disk, neither');
      expect(here.exists('qemu-img-calls')).toBe(false);
      expect(glance.calls(/^(POST|PUT)/)).toEqual([]);
    }),
  );

  test.concurrent(
    'is accepted as raw where it is an ISO 9660, a filesystem, or of no known kind',
    lab(async (here, glance) => {
      const iso = Buffer.alloc(mib);
      iso.write('CD001', 32769);
      const ext4 = Buffer.alloc(mib);
      ext4.writeUInt16LE(0xef53, 1080);
      const images = [
        fromFile(here, 'iso', iso),
        fromFile(here, 'ext4', ext4),
        fromFile(here, 'unknown', Buffer.alloc(512, 'x')),
      ];
      expect(await ensure(here, { images })).toMatchObject({ code: 0 });
      expect(glance.data('iso').equals(iso)).toBe(true);
      expect(glance.data('unknown').equals(Buffer.alloc(512, 'x'))).toBe(true);
    }),
  );
});

describe('a qcow2 source', () => {
  test.concurrent(
    'is refused by its header where it refers to another file, is encrypted, corrupt or cut: qemu-img never opens it',
    lab(async (here, glance) => {
      const cases: Record<string, [Buffer, string]> = {
        backed: [
          qcow2({ backing: '/etc/shadow' }),
          'its source refers to another file, /etc/shadow; flatten',
        ],
        json: [
          qcow2({ backing: 'json:{"driver":"file"}' }),
          'refers to another file, json:{"driver":"file"};',
        ],
        old: [qcow2({ version: 2, backing: '/etc/shadow' }), 'refers to another file, /etc/shadow;'],
        split: [qcow2({ features: 4, dataFile: '/etc/shadow' }), 'refers to another file, /etc/shadow;'],
        nameless: [qcow2({ features: 4 }), 'refers to another file, (a name further back);'],
        locked: [qcow2({ encryption: 2 }), 'its source is encrypted; decrypt it first'],
        corrupt: [qcow2({ features: 2 }), 'its source is marked corrupt; repair it first'],
        cut: [qcow2().subarray(0, 90), 'its qcow2 header has version 3 or is cut off'],
        future: [qcow2({ version: 4 }), 'its qcow2 header has version 4 or is cut off'],
      };
      const images = Object.entries(cases).flatMap(([name, [data]]) => [
        fromFile(here, name, data, { diskFormat: 'qcow2' }),
        fromFile(here, `${name}-kept`, data, { diskFormat: 'qcow2', keepFormat: 'true' }),
      ]);
      const { code, stderr } = await ensure(here, { images });
      expect(code).toBe(1);
      for (const [name, [, fault]] of Object.entries(cases)) {
        for (const label of [name, `${name}-kept`]) {
          const line = stderr.split('\n').find((text) => text.startsWith(`image ${label}: `));
          expect(line).toContain(fault);
        }
      }
      expect(here.exists('qemu-img-calls')).toBe(false);
      expect(glance.calls(/^(POST|PUT)/)).toEqual([]);
    }),
  );

  test.concurrent(
    'is converted under limits of memory and processor time',
    lab(async (here, glance) => {
      const image = fromFile(here, 'plain', qcow2(), { diskFormat: 'qcow2' });
      expect(await ensure(here, image)).toMatchObject({ code: 0 });
      expect(glance.data('plain').equals(disk)).toBe(true);
      expect(here.read('qemu-img-calls')).toBe('convert qcow2 raw 2147483648 60\n');
    }),
  );

  test.concurrent(
    'is refused where its disk is larger than the room on the undercloud',
    lab(async (here) => {
      const image = fromFile(here, 'vast', qcow2({ size: 2 ** 50 }), { diskFormat: 'qcow2' });
      const { code, stderr } = await ensure(here, image);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(
          /image vast: needs at least 1073742336 MiB in .*\/vast\.work, of which \d+ MiB are free; make room there\n$/,
        ) as string,
      });
      expect(here.exists('qemu-img-calls')).toBe(false);
    }),
  );
});

describe('a URL', () => {
  /** Answers with the disk, as a server that continues downloads, and cuts each answer after `most` bytes. */
  const cutting =
    (
      most: number,
      requests: http.IncomingHttpHeaders[],
      headers: http.OutgoingHttpHeaders,
    ): http.RequestListener =>
    (request, response) => {
      requests.push(request.headers);
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(from > 0 ? 206 : 200, {
        ...headers,
        'Content-Length': disk.length - from,
        ...(from > 0 && { 'Content-Range': `bytes ${from}-${disk.length - 1}/${disk.length}` }),
      });
      response.write(disk.subarray(from, from + most), () => response.destroy());
    };

  test.concurrent(
    'is continued where its transfer was cut, if the server names its version',
    lab(async (here, glance) => {
      const requests: http.IncomingHttpHeaders[] = [];
      await served(cutting(400_000, requests, { ETag: '"v1"' }), async (url) => {
        const { code, stderr } = await ensure(here, fromUrl(url, { source: { url, sha256: sha256(disk) } }));
        expect({ code, stderr }).toMatchObject({ code: 0 });
        expect(stderr).toMatch(/image url: .*: ended after 400000 of 1048576 bytes; attempt 1 of 5/);
      });
      expect(requests.map(({ range, 'if-range': version }) => [range, version])).toEqual([
        [undefined, undefined],
        ['bytes=400000-', '"v1"'],
        ['bytes=800000-', '"v1"'],
      ]);
      expect(glance.data('url').equals(disk)).toBe(true);
    }),
  );

  test.concurrent(
    'is refused where its data stays shorter than announced, and nothing is left on the disk',
    lab(async (here, glance) => {
      const requests: http.IncomingHttpHeaders[] = [];
      await served(cutting(1000, requests, {}), async (url) => {
        const { code, stderr } = await ensure(here, fromUrl(url));
        expect(code).toBe(1);
        expect(stderr).toMatch(
          /image url: http:\/\/127\.0\.0\.1:\d+\/image: ended after 1000 of 1048576 bytes; can the undercloud reach it\?\n$/,
        );
        expect(stderr).not.toContain('s3cr3t');
      });
      // Without a version of the data, each attempt starts at its beginning.
      expect(requests.map(({ range }) => range)).toEqual(Array(5).fill(undefined));
      expect(glance.calls(/^(POST|PUT)/)).toEqual([]);
      expect(workFiles(here)).toEqual([]);
    }),
  );

  test.concurrent(
    'is refused at once where the server does not have it, and its files are removed',
    lab(async (here) => {
      let requests = 0;
      const answer: http.RequestListener = (_, response) => {
        requests += 1;
        response.writeHead(404).end('<html>no such image</html>');
      };
      await served(answer, async (url) => {
        const { code, stderr } = await ensure(here, fromUrl(url));
        expect(code).toBe(1);
        expect(stderr).toMatch(
          /image url: .*\/image: HTTP Error 404: Not Found; can the undercloud reach it\?\n$/,
        );
      });
      expect(requests).toBe(1);
      expect(workFiles(here)).toEqual([]);
    }),
  );

  test.concurrent(
    'without a length fills the disk only up to its reserve',
    lab(async (here) => {
      leaveFree(here, 514 * mib);
      const answer: http.RequestListener = (_, response) => {
        const send = (): void => void (response.destroyed || response.write(disk, () => setImmediate(send)));
        send();
      };
      await served(answer, async (url) => {
        const { code, stderr } = await ensure(here, fromUrl(url));
        expect(code).toBe(1);
        expect(stderr).toMatch(
          /image url: needs at least \d+ MiB in .*\/url\.work, of which 51[0-4] MiB are free; make room/,
        );
      });
      expect(workFiles(here)).toEqual([]);
    }),
  );

  test.concurrent(
    'by http needs its sha256, but on the undercloud itself',
    lab(async (here, glance) => {
      const data = createHash('sha256').update('').digest('hex');
      const images = [
        fromUrl('http://images.example.org/a?key=s3cr3t', { name: 'bare' }),
        fromUrl('http://images.example.org/a', {
          name: 'summed',
          source: { url: 'http://images.example.org/a', sha256: data },
        }),
        fromUrl('http://127.0.0.1.example.org/a', { name: 'lookalike' }),
        fromUrl('https://images.example.org/a', { name: 'encrypted' }),
        fromUrl('http://localhost:8088/a', { name: 'local' }),
        fromUrl('http://[::1]/a', { name: 'local6' }),
      ];
      const { code, stderr } = await ensure(here, { images });
      expect(code).toBe(2);
      expect(stderr.split('\n').filter(Boolean)).toEqual([
        'image bare: http://images.example.org/a is http without sha256, and hosts between could change its data; write its sha256, or an https:// URL',
        'image lookalike: http://127.0.0.1.example.org/a is http without sha256, and hosts between could change its data; write its sha256, or an https:// URL',
      ]);
      expect(glance.calls(/^(POST|PUT)/)).toEqual([]);
    }),
  );

  test.concurrent(
    'that gets a sha256 later keeps its image, if the data is the same',
    lab(async (here, glance) => {
      let data = disk;
      await served(
        (_, response) => response.end(data),
        async (url) => {
          const withSum = (sum: string): object => fromUrl(url, { source: { url, sha256: sum } });
          expect(await ensure(here, fromUrl(url))).toMatchObject({ code: 0 });
          const [id, source] = ['id', 'glance_dcn_source'].map((key) => glance.property('url', key));
          data = Buffer.alloc(mib, 'another disk ');
          const other = await ensure(here, withSum(sha256(data)));
          expect(other.code).toBe(1);
          expect(other.stderr).toContain(
            `image url (${String(id)}): has other data than the source with this sha256`,
          );
          expect(glance.property('url', 'glance_dcn_source')).toBe(source);
          data = disk;
          for (const changes of [1, 0]) {
            const before = glance.calls(/^PATCH/).length;
            expect(await ensure(here, withSum(sha256(disk)))).toMatchObject({ code: 0 });
            expect(glance.calls(/^PATCH/)).toHaveLength(before + changes);
          }
          expect(glance.property('url', 'id')).toBe(id);
          expect(glance.property('url', 'glance_dcn_source')).not.toBe(source);
          expect(workFiles(here)).toEqual([]);
        },
      );
    }),
  );

  test.concurrent(
    'is not followed to where its data could be changed unnoticed',
    lab(async (here) => {
      const answer: http.RequestListener = (_, response) =>
        void response.writeHead(302, { Location: 'http://images.example.org/a?key=s3cr3t' }).end();
      await served(answer, async (url) => {
        const { code, stderr } = await ensure(here, fromUrl(url));
        expect(code).toBe(1);
        expect(stderr).toMatch(
          /image url: http:.*\/image: is redirected to http:\/\/images\.example\.org\/a, where its data could be changed unnoticed; write sha256, or an https:\/\/ URL\n$/,
        );
      });
    }),
  );
});

describe('work on a source', () => {
  test.concurrent(
    'leaves no files when qemu-img fails, and names the cause',
    lab(async (here) => {
      here.write('full', '');
      const image = fromFile(here, 'plain', qcow2(), { diskFormat: 'qcow2' });
      const { code, stderr } = await ensure(here, image);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /image plain: qemu-img convert: .*No space left on device; .* room in .*\/plain\.work\?/,
      );
      expect(workFiles(here)).toEqual([]);
    }),
  );

  test.concurrent(
    'leaves no files when the disk fills up while data is unpacked',
    lab(async (here) => {
      leaveFree(here, 514 * mib);
      const image = fromFile(here, 'plain', gzipSync(Buffer.concat([disk, disk, disk, disk])));
      const { code, stderr } = await ensure(here, image);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /image plain: needs at least \d+ MiB in .*\/plain\.work, of which 51[0-4] MiB are free; make room/,
      );
      expect(workFiles(here)).toEqual([]);
    }),
  );

  test.concurrent(
    'that was killed leaves no process, and its files go with the next work on any image',
    lab(async (here) => {
      here.write('hang', '');
      const image = fromFile(here, 'plain', qcow2(), { diskFormat: 'qcow2' });
      const running = here.start(['images', 'ensure'], stringify(image));
      const files = (): string[] => workFiles(here).sort();
      await until(() => here.exists('dcn/dev/images/plain.work/raw'), 'the conversion');
      running.kill('SIGKILL');
      await running.ended;
      expect(files()).toEqual(['plain.work', 'plain.work/raw']);
      // The kit of version 0.1.0 had its files beside the locks.
      here.write('dcn/dev/images/old.source', 'data');
      fs.rmSync(here.path('hang'));
      expect(await ensure(here, generated('other', { stores: ['central'] }))).toMatchObject({ code: 0 });
      expect(files()).toEqual([]);
    }),
  );

  test.concurrent(
    'does not touch the files of work on another image',
    lab(async (here) => {
      here.write('hang', '');
      const image = fromFile(here, 'plain', qcow2(), { diskFormat: 'qcow2' });
      here.start(['images', 'ensure'], stringify(image));
      await until(() => here.exists('dcn/dev/images/plain.work/raw'), 'the conversion');
      expect(await ensure(here, generated('other', { stores: ['central'] }))).toMatchObject({ code: 0 });
      expect(here.exists('dcn/dev/images/plain.work/raw')).toBe(true);
    }),
  );
});

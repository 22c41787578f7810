import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { gzipSync } from 'node:zlib';
import { stringify } from 'yaml';
import { ensureSystemPackages } from '../../lib/debianPackages';
import { ensure, generated, lab } from './imageLab';
import { customize, disk, expectNoRoom, fromFile, mib, qcow2, workFiles } from './imageSource';
import { until } from './undercloud';

// `xz` and `zstd` pack the sources of tests, `prlimit` and `setpriv` limit the kit's qemu-img.
beforeAll(() => ensureSystemPackages(['xz-utils', 'zstd', 'util-linux'], () => undefined));

jest.setTimeout(90_000);

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
      const image = fromFile(here, 'plain', gzipSync(Buffer.concat([disk, disk, disk, disk])));
      await expectNoRoom(here, 'plain', () => ensure(here, image));
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

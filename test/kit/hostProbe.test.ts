import * as path from 'node:path';
import execa from 'execa';
import { projectRoot } from '../../lib/paths';

describe('packages of a host of a Ceph cluster', () => {
  /** The lines of probe.sh about packages. @param missing programs that the host does not have */
  async function lines(missing: string[], ceph: string, inContainer: boolean): Promise<string[]> {
    const host = `command() { [[ " ${missing.join(' ')} " != *" $2 "* ]]; }; systemd-detect-virt() { ${inContainer}; }`;
    const probe = path.join(projectRoot, 'kit/hosts/onnode/probe.sh');
    const { stdout } = await execa('bash', [
      '-c',
      `${host}; . ${probe}`,
      'kit',
      'name',
      '',
      ...['', '', '', '', '', ''],
      ceph,
    ]);
    return stdout.split('\n').filter((line) => line.includes('cephadm needs'));
  }

  const programs = ['lvcreate', 'podman', 'chronyd'];
  const fault = (packages: string) =>
    `lacks packages that cephadm needs on a host of a Ceph cluster: dnf install ${packages}`;

  test.each([
    [programs, 'ceph', false, [fault('lvm2 podman chrony')]],
    [['chronyd'], 'ceph', false, [fault('chrony')]],
    [['chronyd'], 'ceph', true, []],
    [['lvcreate'], 'ceph', true, [fault('lvm2')]],
    [[], 'ceph', false, []],
    [programs, '', false, []],
  ])('without %j, "%s", in a container: %s', async (missing, ceph, inContainer, expected) => {
    expect(await lines(missing, ceph, inContainer)).toEqual(expected);
  });
});

describe('the clock of a host', () => {
  /** The lines of probe.sh about the clock. @param synchronised what timedatectl prints; empty: it fails */
  async function lines(synchronised: string, inContainer: boolean, servers = ''): Promise<string[]> {
    const host = `
      timedatectl() { [ "$*" = 'show --property=NTPSynchronized --value' ] && echo '${synchronised}'; }
      systemd-detect-virt() { ${inContainer}; }`;
    const probe = path.join(projectRoot, 'kit/hosts/onnode/probe.sh');
    const words = `name '' '' '' '' '' '' '${servers}'`;
    const { stdout } = await execa('bash', ['-c', `${host}; set -- ${words}; . ${probe}`]);
    return stdout.split('\n').filter((line) => line.includes('clock'));
  }

  test('is synchronised, or gets time servers from TripleO', async () => {
    const fault = /^has a clock that is not synchronised, .* write glance-dcn:hosts: \{ ntpServers: \[…\] \}/;
    expect(await lines('no', false)).toEqual([expect.stringMatching(fault)]);
    expect(await lines('no', false, 'ntp.example.com 192.0.2.123')).toEqual([]);
    expect(await lines('yes', false)).toEqual([]);
    expect(await lines('', false)).toEqual([]);
  });

  test('is that of the machine in a container', async () => {
    expect(await lines('no', true)).toEqual([]);
  });
});

describe('a host whose blank disks all become OSDs', () => {
  /**
   * The lines of probe.sh about disks, on a host with the disk /dev/sda, which has a partition, and perhaps a second disk.
   * @param second the start of the second disk; undefined: there is none
   * @param devices those of the plan
   * @param accepted devices of this host in the inventory; empty: the inventory does not have the host
   * @param type what lsblk does for a whole disk
   * @param known machine-id of the host in the inventory
   */
  async function lines(
    second: string | undefined,
    devices: string,
    accepted = '',
    type = 'echo disk',
    known = accepted ? '$(cat /etc/machine-id)' : '',
  ): Promise<string[]> {
    const host = `
      find() { printf '%s\n' /dev/sda /dev/sda1 ${second === undefined ? '' : '/dev/sdb'}; }
      lsblk() {
        case "$1 \${@: -1}" in
          '--nodeps /dev/sda1') echo part ;;
          '--noheadings /dev/sda') printf 'disk\\npart\\n' ;;
          *) ${type} ;;
        esac
      }
      sudo() {
        case $2 in
          wipefs) ;;
          head) head --bytes=65536 <(printf '%s' '${second ?? ''}'; head --bytes=65536 /dev/zero) ;;
        esac
      }`;
    const probe = path.join(projectRoot, 'kit/hosts/onnode/probe.sh');
    const { stdout } = await execa('bash', [
      '-c',
      `${host}; set -- name '' '${devices}' '' "${known}" '${accepted}'; . ${probe}`,
    ]);
    return stdout.split('\n').filter((line) => line.includes('blank'));
  }

  test('has a blank disk, or says what to do', async () => {
    expect(await lines('', 'all')).toEqual([]);
    const fault = /^has no blank disk for an OSD: add one, or clear a disk/;
    expect(await lines(undefined, 'all')).toEqual([expect.stringMatching(fault)]);
    expect(await lines('data', 'all')).toEqual([expect.stringMatching(fault)]);
  });

  test('has one on the sandbox, where lsblk knows nothing of the disks', async () => {
    expect(await lines('', 'all', '', 'return 32')).toEqual([]);
  });

  test('needs none later, because its disks have become OSDs', async () => {
    expect(await lines('osd', 'all', 'all')).toEqual([]);
  });

  test('needs none in an adoption, whatever its machine-id is', async () => {
    expect(await lines('osd', 'all', 'all', 'echo disk', 'any')).toEqual([]);
    expect(await lines('osd', 'all', 'all', 'echo disk', 'another')).toHaveLength(1);
  });
});

describe('a host whose OSDs are on disks found by their properties', () => {
  interface FoundDisk {
    rotates: boolean;
    bytes: number;
    model?: string;
    vendor?: string;
    /** Start of its content; absent: it is blank. */
    content?: string;
  }

  /**
   * The lines of probe.sh about disks, on a host with these disks, /dev/sda first.
   * @param selections lines of the probe's argument
   * @param known whether the inventory has the host
   */
  async function lines(disks: FoundDisk[], selections: string[], known = false): Promise<string[]> {
    const paths = disks.map((_, number) => `/dev/sd${'abcdefgh'[number]}`);
    const facts = disks.flatMap(({ rotates, bytes, model = '', vendor = '' }, number) => {
      const values = {
        'queue/rotational': rotates ? 1 : 0,
        size: bytes / 512,
        'device/model': model,
        'device/vendor': vendor,
      };
      return Object.entries(values).map(
        ([file, value]) => `/sys/dev/block/8:${number}/${file}) echo '${value}' ;;`,
      );
    });
    const contents = disks.map(({ content = '' }, number) => `${paths[number]}) printf '%s' '${content}' ;;`);
    const host = `
      find() { printf '%s\\n' ${paths.join(' ')}; }
      lsblk() { echo disk; }
      stat() { case "\${@: -1}" in ${paths.map((disk, number) => `${disk}) echo '0x8 0x${number}' ;;`).join(' ')} esac; }
      head() { case "\${@: -1}" in ${facts.join(' ')} *) command head "$@" ;; esac; }
      sudo() {
        case $2 in
          head) command head --bytes=65536 <(case "\${@: -1}" in ${contents.join(' ')} esac; command head --bytes=65536 /dev/zero) ;;
        esac
      }`;
    const probe = path.join(projectRoot, 'kit/hosts/onnode/probe.sh');
    const identity = known ? '$(cat /etc/machine-id)' : '';
    const { stdout } = await execa('bash', [
      '-c',
      `${host}; set -- name '' '' '' "${identity}" '' '' '' '' '' "$1"; . ${probe}`,
      'kit',
      selections.join('\n'),
    ]);
    return stdout.split('\n').filter((line) => line.includes('blank'));
  }

  const tb = 10 ** 12;
  const slow = { rotates: true, bytes: 2 * tb, model: 'ST2000NM0055', vendor: 'ATA     ' };
  const fast = { rotates: false, bytes: 960 * 10 ** 9, model: 'INTEL SSDPE2KE', vendor: 'INTEL' };
  const data = (filters: string) => `data_devices|${filters}`;
  const db = (filters: string) => `db_devices|${filters}`;

  test('has a blank disk of each kind', async () => {
    expect(await lines([slow, fast], [data('|true||||'), db('|false||||')])).toEqual([]);
  });

  test('lacks a kind of disk, and has others', async () => {
    const [fault, ...others] = await lines([slow, slow], [data('|true||||'), db('|false||INTEL||')]);
    expect(fault).toMatch(
      /^has no blank disk for db_devices with rotational: false, model: INTEL \(blank are: none\): add one/,
    );
    expect(others).toEqual([]);
    expect(await lines([fast], [data('|true||||')])).toEqual([
      expect.stringContaining('(blank are: /dev/sda: not rotating, 894.07 GB, INTEL INTEL SSDPE2KE)'),
    ]);
  });

  test('has a disk of the kind that is not blank', async () => {
    const [fault] = await lines([{ ...slow, content: 'data' }, fast], [data('|true||||')]);
    expect(fault).toMatch(/data_devices with rotational: true \(blank are: \/dev\/sdb/);
  });

  test('leaves disks to later selections by a limit', async () => {
    expect(await lines([fast, fast], [data('|false||||1'), db('|false||||')])).toEqual([]);
    expect(await lines([fast, fast], [data('|false||||'), db('|false||||')])).toHaveLength(1);
    expect(await lines([slow], [data('|||||1')])).toEqual([]);
  });

  // Ceph writes 2 TB as 1.82 TB, and then reads 1 TB as 10^12 bytes.
  test.each([
    ['2T:', false],
    ['1T:', true],
    ['1800G:1900G', true],
    [':2TB', true],
    [':1T', false],
    ['1.82TB', true],
    ['2TB', false],
  ])('compares sizes as Ceph does: %s', async (size, found) => {
    expect(await lines([slow], [data(`||${size}|||`)])).toHaveLength(found ? 0 : 1);
  });

  test('has a disk with a part of the name of model and vendor', async () => {
    expect(await lines([slow, fast], [data('|||SSDPE|INTEL|')])).toEqual([]);
    expect(await lines([slow, fast], [data('|||SSDPE|ATA|')])).toHaveLength(1);
    expect(await lines([slow, fast], [data('OR|||SSDPE|ATA|'), db('||||INTEL|')])).toHaveLength(1);
  });

  test('needs none later, because its disks have become OSDs', async () => {
    expect(await lines([], [data('|true||||')], true)).toEqual([]);
  });
});

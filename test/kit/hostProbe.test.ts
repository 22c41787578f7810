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
   */
  async function lines(
    second: string | undefined,
    devices: string,
    accepted = '',
    type = 'echo disk',
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
    const known = accepted ? '$(cat /etc/machine-id)' : '';
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
});

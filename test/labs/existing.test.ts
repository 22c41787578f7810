import * as fs from 'node:fs';
import * as path from 'node:path';
import { controlPlane, undercloudAddress } from '../../model';
import { type HostIdentity, endpoint, nodeCreate, nodeDestroy, sandboxDown, sandboxUp } from '../../sandbox';
import { quote } from '../../lib/quote';
import { pathsOf } from '../../sandbox/paths';
import { inHost } from '../../sandbox/hosts/container';
import { LabUnderTest } from '../sandbox/labUnderTest';
import { writeLab } from '../sandbox/machine';

/*
 * `provisioner: existing`: the test creates hosts and an undercloud with the sandbox's functions, as another lab; the program
 * knows them only from the lab file. The undercloud is its own bastion. Each test builds on the tests before it.
 */
const minutes = 60_000;
const silent = () => undefined;
const lab = new LabUnderTest(`existing${process.pid}`);
process.env.GLANCE_DCN_STATE = path.dirname(lab.state);
const hostLab = writeLab(
  lab.directory,
  `made${process.pid}`,
  `config:
  glance-dcn:sites:
    control-plane: { nodes: { far-ctl-0: Controller, far-ceph-0: CephStorage } }
`,
).lab;
const hosts: Record<string, HostIdentity & { user?: string }> = {};

/** Runs a script as root on one of the hosts. */
const onHost = (name: string, script: string) =>
  inHost(pathsOf(hostLab.name), name, ['bash', '-euc', script]);

/** Writes the lab file with the hosts' present addresses and keys. */
function writeLabFile(): void {
  const { host, port, user, hostKey, privateKeyFile } = endpoint(hostLab);
  const node = (name: string, role: string) => {
    const { hostKey: key, user: account } = hosts[name] as (typeof hosts)[string];
    return `        ${name}: ${JSON.stringify({ role, hostKey: key, user: account })}\n`;
  };
  lab.write(
    () => `config:
  glance-dcn:provisioner: existing
  glance-dcn:undercloud:
    host: ${undercloudAddress(hostLab.sites[controlPlane]!.subnets[0]!)}
    hostKey: ${hostKey}
    privateKeyFile: ${path.relative(lab.directory, privateKeyFile)}
    bastion: ${JSON.stringify({ host, port, user, hostKey })}
  glance-dcn:sites:
    control-plane:
      nodes:
${node('far-ctl-0', 'Controller')}${node('far-ceph-0', 'CephStorage')}  glance-dcn:images:
    small: { source: { generated: { sizeMiB: 16, seed: existing } } }
`,
  );
}

/** The faults of hosts that `./dcn up` prints, sorted. */
async function faults(): Promise<string[]> {
  const { code, stdout, stderr } = await lab.run('./dcn', ['--lab', lab.file, 'up']);
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('node far-') as unknown,
  });
  const lines = (stdout + stderr).split('\n').map((line) => line.trim());
  return [...new Set(lines.filter((line) => line.startsWith('node far-')))].sort();
}

/** Interfaces, MTU, addresses and routes of the hosts, without the virtual addresses that TripleO adds. */
const networkOfHosts = () =>
  Promise.all(
    ['far-ctl-0', 'far-ceph-0'].map((name) =>
      onHost(
        name,
        'ip -br link; cat /sys/class/net/*/mtu; ip -4 -br address | sed "s: [0-9.]*/32::g"; ip -4 route; ip -4 rule',
      ),
    ),
  );

const identity = async (name: string) => {
  hosts[name] = await nodeCreate(hostLab, name, silent);
};

beforeAll(async () => {
  await sandboxUp(hostLab, silent);
  await Promise.all([identity('far-ctl-0'), identity('far-ceph-0')]);
  writeLabFile();
}, 30 * minutes);

afterAll(async () => {
  await lab.run('./dcn', ['--lab', lab.file, 'destroy', '--yes']);
  await sandboxDown(hostLab, silent);
  lab.remove();
}, 5 * minutes);

it(
  'lists the faults of all hosts in one message, also a host that was reinstalled',
  async () => {
    await nodeDestroy(hostLab, 'far-ctl-0', silent);
    const before = hosts['far-ctl-0'] as HostIdentity;
    await identity('far-ctl-0');
    const breakHost = [
      'rm /etc/sudoers.d/tripleo-admin',
      'mv /usr/bin/python3 /usr/bin/python3.away',
      'hostname far-ceph-0.localdomain',
      'ip address delete 10.12.0.30/24 dev eth0',
      'cp /etc/hosts /etc/hosts.away',
      'sed -i "/far-ctl-0/d; s/^10.0.0.30 /127.0.1.1 /" /etc/hosts',
    ];
    await onHost('far-ceph-0', breakHost.join('\n'));
    const ceph = 'node far-ceph-0 (10.0.0.30): ';
    expect(await faults()).toEqual([
      `${ceph}does not have address 10.12.0.30: give it to an interface, so that it stays over a restart`,
      `${ceph}does not resolve the name far-ctl-0: put '10.0.0.10 far-ctl-0' into its /etc/hosts or the DNS`,
      `${ceph}has no python3, which Ansible needs: install it`,
      `${ceph}has the hostname far-ceph-0.localdomain: hostnamectl set-hostname far-ceph-0`,
      `${ceph}resolves the name far-ceph-0 to 127.0.1.1 instead of 10.0.0.30: correct its /etc/hosts or the DNS`,
      `${ceph}user tripleo-admin has no sudo without a password: give it 'tripleo-admin ALL=(ALL) NOPASSWD: ALL' in /etc/sudoers.d`,
      expect.stringMatching(
        new RegExp(
          `^node far-ctl-0 \\(10\\.0\\.0\\.10\\): has another SSH host key \\(SHA256:\\S{43}\\) than the ` +
            `known one, ${before.hostKey.slice(0, 40).replace(/[+.]/g, '\\$&')}.*if it was reinstalled, compare`,
        ),
      ),
    ]);
    const repairHost = [
      "echo 'tripleo-admin ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/tripleo-admin",
      'mv /usr/bin/python3.away /usr/bin/python3',
      'hostname far-ceph-0',
      'ip address add 10.12.0.30/24 dev eth0',
      'cat /etc/hosts.away > /etc/hosts',
    ];
    await onHost('far-ceph-0', repairHost.join('\n'));
    writeLabFile();
  },
  8 * minutes,
);

it(
  'refuses disks that are not blank, the remains of a cluster, and a login that is denied',
  async () => {
    await onHost('far-ceph-0', 'printf somebody | dd of=/dev/vdb bs=1 seek=512 conv=notrunc status=none');
    await onHost('far-ceph-0', 'touch /etc/ceph/old.conf');
    await onHost('far-ctl-0', 'mv /home/tripleo-admin/.ssh/authorized_keys /root/');
    const ceph = 'node far-ceph-0 (10.0.0.30): ';
    expect(await faults()).toEqual([
      expect.stringContaining(`${ceph}has /dev/vdb that is not blank (data without a signature): if nothing`),
      `${ceph}has /etc/ceph/old.conf of an earlier Ceph cluster: reinstall the host`,
      'node far-ctl-0 (10.0.0.10): does not let tripleo-admin log in: put /home/stack/.ssh/id_rsa.pub into ' +
        "that user's authorized_keys on the node",
    ]);
    await onHost('far-ctl-0', 'mv /root/authorized_keys /home/tripleo-admin/.ssh/');
    await onHost('far-ceph-0', 'mkfs.ext4 -q /dev/vdb; rm /etc/ceph/old.conf');
    const id = await onHost('far-ceph-0', 'cat /etc/machine-id');
    const own = await onHost('far-ctl-0', `cat /etc/machine-id; echo ${id} > /etc/machine-id`);
    expect(await faults()).toEqual([
      expect.stringContaining(`${ceph}has /dev/vdb that is not blank (ext4): if nothing`),
    ]);
    const remedy = 'wipefs --all --quiet /dev/vdb; dd if=/dev/zero of=/dev/vdb bs=1M count=10 status=none';
    await onHost('far-ceph-0', remedy);
    expect(await faults()).toEqual([
      expect.stringContaining(
        'node far-ctl-0 (10.0.0.10): has the machine-id of far-ceph-0: is it the same host?',
      ),
    ]);
    await onHost('far-ctl-0', `echo ${own} > /etc/machine-id`);
  },
  8 * minutes,
);

it(
  'brings a site up on hosts that pass the checks, through another account and a bastion, and leaves their network as it was',
  async () => {
    // An account as cloud images have it; TripleO's own account does not exist.
    const account = [
      'useradd --create-home --shell /bin/bash --password "*" cloud-user',
      'cp -r /home/tripleo-admin/.ssh /home/cloud-user/ && chown -R cloud-user: /home/cloud-user/.ssh',
      "echo 'cloud-user ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/cloud-user",
      'rm /etc/sudoers.d/tripleo-admin && userdel --remove tripleo-admin',
    ];
    await onHost('far-ceph-0', account.join('\n'));
    (hosts['far-ceph-0'] as (typeof hosts)[string]).user = 'cloud-user';
    writeLabFile();
    const before = await networkOfHosts();
    const { stdout } = await lab.dcn('up');
    expect(stdout).toMatch(/small.*central.*images\/[0-9a-f-]{36}@snap/);
    await lab.dcn('images', 'verify');
    expect(await lab.onNode('far-ceph-0', 'id -un; ls /var/lib/ceph/osd')).toBe('root\ncentral-0\n');
    expect(await networkOfHosts()).toEqual(before);
  },
  15 * minutes,
);

it(
  'changes nothing when run again, and accepts its own data on the disks when the hosts are checked again',
  async () => {
    expect((await lab.dcn('up')).stdout).toContain('Nothing changed.');
    (hosts['far-ceph-0'] as (typeof hosts)[string]).user = undefined;
    writeLabFile();
    expect((await lab.dcn('up')).stdout).toMatch(/\n1 command ran in .*\.\n/);
  },
  5 * minutes,
);

it(
  'finds in a requested check that a host was reinstalled with its old host key',
  async () => {
    const options = `--yes --skip-preview --non-interactive --replace '**::control-plane-hosts'`;
    const check = () =>
      lab.run('bash', [
        '-c',
        `eval "$(./dcn --lab ${quote(lab.file)} env)" && pulumi up -s ${lab.name}-control-plane ${options}`,
      ]);
    const own = await onHost(
      'far-ceph-0',
      'cat /etc/machine-id; echo 0123456789abcdef0123456789abcdef > /etc/machine-id',
    );
    const refused = await check();
    expect(refused.code).not.toBe(0);
    expect(refused.stdout).toContain(
      'node far-ceph-0 (10.0.0.30): has /dev/vdb that is not blank (ceph_bluestore)',
    );
    await onHost('far-ceph-0', `echo ${own} > /etc/machine-id`);
    expect(await check()).toMatchObject({ code: 0 });
  },
  5 * minutes,
);

it(
  'leaves the hosts unchanged when the lab is destroyed, and then refuses to use them again',
  async () => {
    await lab.dcn('destroy', '--yes');
    expect(fs.existsSync(lab.state)).toBe(false);
    expect(await onHost('far-ceph-0', 'systemctl is-active ceph-osd@0')).toBe('active');
    const found = await faults();
    for (const fault of [
      'node far-ceph-0 (10.0.0.30): has /dev/vdb that is not blank (ceph_bluestore)',
      'node far-ceph-0 (10.0.0.30): has /etc/ceph/central.conf of an earlier Ceph cluster: reinstall the host',
      'node far-ctl-0 (10.0.0.10): has /etc/ceph/central.conf of an earlier Ceph cluster: reinstall the host',
    ]) {
      expect(found.join('\n')).toContain(fault);
    }
  },
  8 * minutes,
);

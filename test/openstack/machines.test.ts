import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { settingsFile } from '../../cli/run/pulumi';
import { parseLab, planCloud, planSite } from '../../model';
import { cloudLab } from '../model/labs';
import { ensureImages } from '../../sandbox/image/images';
import { type Ended, until } from '../sandbox/labUnderTest';
import { BareUndercloud } from './cloud/bareUndercloud';
import { TestCloud } from './cloud/cloud';
import { ensureHost, ensureMachine, machineImages } from './cloud/images';
import { LabInCloud, someId, timer, writeClouds } from './cloud/labInCloud';

/*
 * Servers that are virtual machines of QEMU, with their own kernel and udev: a site's stack creates them and waits until they
 * can be used as hosts, without TripleO. The undercloud, the security group and one network exist before. Each test builds
 * on the tests before it.
 */
const minutes = 60_000;
const name = `vmlab${process.pid}`;
const site = 'control-plane';
const password = 'only-the-clouds-yaml-knows-it';
const timed = timer('machines');
const report = (line: string) => process.stderr.write(`${line}\n`);
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-machines-'));
process.env.OS_CLIENT_CONFIG_FILE = path.join(directory, 'clouds.yaml');
const lab = new LabInCloud(name);
const cloud = new TestCloud(path.join(directory, 'cloud'), `vm${process.pid}`, 'qemu');
const undercloud = new BareUndercloud(path.join(directory, 'undercloud'));
const events = path.join(directory, 'events');
let text: string;

/** Runs a verb of Pulumi on a stack of the lab. */
const pulumi = (stack: string, ...args: string[]): Promise<Ended> =>
  lab.run('pulumi', [...args, '--non-interactive', '-s', stack]);

/** The resources of the site's stack that are brought up: servers, ports, volumes, and the wait for the servers. */
const targets = ['**nodes:Openstack**', '**:providers:openstack::*', `**::${site}`].flatMap((pattern) => [
  '--target',
  pattern,
]);

const upWords = ['up', '--yes', '--skip-preview', '--non-interactive', '-s', `${name}-${site}`, ...targets];
const upOfServers = (...args: string[]) => lab.run('pulumi', [...upWords, ...args]);

/** Runs a command line on a node as TripleO's account, through the undercloud; returns standard output. */
const onNode = async (node: string, command: string) => (await lab.dcn('ssh', node, command)).stdout.trim();

/** The loop device of a volume on the cloud's host; undefined until the volume is attached. */
async function deviceOf(volume: string): Promise<string | undefined> {
  const script = `
volume = next(cloud.block_storage.volumes(all_projects=True, name='${volume}'), None)
print(volume.id if volume and volume.status == 'in-use' else '')`;
  const id = await cloud.asAdmin(script);
  if (!id) {
    return undefined;
  }
  return cloud.inHost(['losetup', '--noheadings', '--output', 'NAME', '--associated', file(id)]);
}

/** Ids of all volumes by name. */
async function volumeIds(): Promise<Record<string, string>> {
  const script = `
import json
print(json.dumps({v.name: v.id for v in cloud.block_storage.volumes(all_projects=True)}))`;
  return JSON.parse(await cloud.asAdmin(script)) as Record<string, string>;
}

const file = (id: string) => `/srv/cloud/volumes/volume-${id}`;

beforeAll(async () => {
  const base = await ensureImages(report);
  const host = await ensureHost(base, report);
  const machine = await timed('image', () => ensureMachine(report));
  await timed('cloud', () => cloud.up({ host, guestLayers: [] }, report));
  await lab.ok('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(lab.directory, 'operator')]);
  const operator = fs.readFileSync(path.join(lab.directory, 'operator.pub'), 'utf8').trim();
  const hostKey = await undercloud.up(cloud, base.undercloud, operator);
  const images = await timed('image, as a disk', () => machineImages(cloud.state, machine));
  const seeded = await timed('upload', () =>
    cloud.seed({
      user: 'operator',
      password,
      keyPair: operator,
      flavors: { machine: { ram: 1024, vcpus: 1, disk: 2 } },
      images,
      quotas: {},
    }),
  );
  const labText = (networks = '') => `config:
  glance-dcn:provisioner: openstack
  glance-dcn:openstack:
    cloud: dcn
    image: ${seeded.images.machine}
    user: debian
    flavor: machine
    volumes: { perNode: 2, sizeGiB: 1 }
    externalNetwork: ${seeded.externalNetwork}
    securityGroups: [${existing.group}]
  glance-dcn:undercloud:
    host: ${BareUndercloud.address}
    hostKey: ${hostKey}
    privateKeyFile: ./operator
  # The machines have no time service.
  glance-dcn:hosts: { ntpServers: [192.0.2.123] }
  glance-dcn:sites:
    ${site}:
      ceph: { cluster: central }
      nodes: { oc0-controller-0: Controller, oc0-ceph-0: CephStorage }
${networks}`;
  let existing = { group: someId, network: someId, subnet: someId };
  const [planned] = planCloud(cloudLab(labText(), name)).networks;
  const tenant = planned?.subnets.find(({ network }) => network === 'tenant');
  existing = JSON.parse(
    await cloud.asAdmin(`
import json
project = cloud.identity.find_project('operator').id
group = cloud.network.create_security_group(name='there-before', project_id=project)
for prefix in ('172.24.4.0/24', '10.0.0.0/8'):
    cloud.network.create_security_group_rule(security_group_id=group.id, project_id=project,
        direction='ingress', ethertype='IPv4', remote_ip_prefix=prefix)
network = cloud.network.create_network(name='there-before', project_id=project)
subnet = cloud.network.create_subnet(network_id=network.id, project_id=project, ip_version=4,
    cidr='${tenant?.cidr}', gateway_ip=None, is_dhcp_enabled=False)
print(json.dumps({'group': group.id, 'network': network.id, 'subnet': subnet.id}))`),
  ) as typeof existing;
  const { network, subnet } = existing;
  text = labText(`      openstack: { networks: { tenant: { network: ${network}, subnet: ${subnet} } } }\n`);
  writeClouds(process.env.OS_CLIENT_CONFIG_FILE as string, password);
  lab.write(() => text);
  // Outside the cloud's network: the first ./dcn of a checkout installs npm packages, for which it needs the registry.
  await lab.adoptEnvironment();
  lab.within = cloud.withinNetwork;
  for (const stack of [name, `${name}-${site}`]) {
    await lab.ok('pulumi', ['stack', 'init', stack, '--no-select', '--non-interactive']);
    await lab.ok('pulumi', ['config', 'set', 'glance-dcn:lab', lab.file, '-s', stack]);
  }
}, 30 * minutes);

afterAll(async () => {
  await undercloud.down();
  await cloud.down();
  for (const stack of [name, `${name}-${site}`]) {
    fs.rmSync(settingsFile(stack), { force: true });
  }
  lab.remove();
  fs.rmSync(directory, { recursive: true, force: true });
}, 5 * minutes);

it(
  'creates what the sites share, with an undercloud, a security group and a network that exist already',
  async () => {
    const up = await timed('up of what sites share', () => pulumi(name, 'up', '--yes', '--skip-preview'));
    expect(up).toMatchObject({ code: 0 });
    const networks = await cloud.asAdmin(
      "print(*sorted(network.name for network in cloud.network.networks() if 'tenant' in network.name))",
    );
    expect(networks).toBe('');
    // An undercloud outside the cloud needs a route to the nodes.
    const router = await cloud.asAdmin(
      `print(cloud.network.find_router('${name}').external_gateway_info['external_fixed_ips'][0]['ip_address'])`,
    );
    await lab.ok('ip', ['route', 'add', '10.0.0.0/8', 'via', router]);
  },
  10 * minutes,
);

it(
  'waits until servers can be used as hosts, prints the fault of one meanwhile, and ends once it is corrected',
  async () => {
    const started = Date.now();
    // Pulumi's CLI has this option only with PULUMI_DEBUG_COMMANDS.
    const up = lab.run('env', ['PULUMI_DEBUG_COMMANDS=true', 'pulumi', ...upWords, '--event-log', events]);
    const seconds = () => ((Date.now() - started) / 1000).toFixed(0);
    let ended = false;
    void up.then(() => (ended = true));
    const whileUp = async (what: string, limit: number, condition: () => Promise<boolean>) => {
      await until(what, limit, async () => ended || condition());
      if (ended) {
        throw new Error(`up has ended before: ${what}\n${JSON.stringify(await up, undefined, 1)}`);
      }
      report(`machines: ${what}: after ${seconds()} s`);
    };
    let device: string | undefined;
    await whileUp('servers exist, volumes are attached', 600, async () =>
      Boolean((device = await deviceOf('oc0-ceph-0-osd1'))),
    );
    await cloud.inHost(['mkfs.ext4', '-q', String(device)]);
    const printed = () => fs.readFileSync(events, 'utf8');
    await whileUp('up prints that a disk is not blank', 900, () =>
      Promise.resolve(printed().includes('not blank')),
    );
    expect(printed()).toMatch(
      /nodes of control-plane: \d of 2 not ready, [^:]+: (.*; )?oc0-ceph-0 has \/dev\/glance-dcn\/osd1 that is not blank \(ext4\): if nothing/,
    );
    // The remedy of the message.
    await cloud.inHost(['wipefs', '--quiet', '--all', String(device)]);
    await cloud.inHost(['dd', 'if=/dev/zero', `of=${device}`, 'bs=1M', 'count=10', 'conv=fsync']);
    const { code, stdout, stderr } = await up;
    report(`machines: up of servers: ${seconds()} s`);
    expect({ code, output: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, output: '' });
  },
  40 * minutes,
);

it(
  'has created virtual machines whose volumes have the links of udev',
  async () => {
    const ids = await volumeIds();
    for (const node of planSite(parseLab(name, text), site).nodes) {
      expect(await onNode(node.name, 'systemd-detect-virt')).toBe('qemu');
      expect(await onNode(node.name, 'id -un; hostname; sudo -n id -un')).toBe(
        `tripleo-admin\n${node.name}\nroot`,
      );
      const addresses = await onNode(node.name, 'ip -4 -oneline address show scope global');
      for (const address of Object.values(node.addresses)) {
        expect(addresses).toContain(` ${address}/24 `);
      }
      const devices = (node.server?.volumes ?? []).map(({ device }) => device);
      expect(node.osdDevices).toEqual(devices);
      expect(devices).toHaveLength(node.name === 'oc0-ceph-0' ? 2 : 0);
      for (const [number, device] of devices.entries()) {
        const id = ids[`${node.name}-osd${number}`] as string;
        const link = `/dev/disk/by-id/virtio-${id.slice(0, 20)}`;
        expect(await onNode(node.name, `readlink ${device}`)).toBe(link);
        // udev's own link leads to the disk, and the disk has the volume's data.
        const disk = await onNode(node.name, `readlink --canonicalize ${device}`);
        expect(disk).toMatch(/^\/dev\/vd[b-z]$/);
        expect(
          await onNode(node.name, `udevadm info --query=property --property=DEVLINKS ${disk}`),
        ).toContain(link);
        await onNode(node.name, `echo ${id} | sudo tee ${device} >/dev/null; sync`);
        expect(await cloud.inHost(['head', '--lines=1', file(id)])).toBe(id);
      }
    }
  },
  10 * minutes,
);

it(
  'changes nothing when run again, and a refresh finds nothing',
  async () => {
    const again = await timed('no-op up of servers', () => upOfServers('--expect-no-changes'));
    expect(again).toMatchObject({ code: 0 });
    for (const stack of [name, `${name}-${site}`]) {
      const refreshed = await pulumi(stack, 'refresh', '--yes', '--skip-preview', '--expect-no-changes');
      expect(refreshed).toMatchObject({ code: 0 });
    }
  },
  10 * minutes,
);

it(
  'finds the volumes again after a restart, and leaves nothing in the cloud after destroy',
  async () => {
    const node = 'oc0-ceph-0';
    const boot = () => onNode(node, 'cat /proc/sys/kernel/random/boot_id').catch(() => '');
    const before = await boot();
    await cloud.asAdmin(`
server = next(cloud.compute.servers(all_projects=True, name='${node}'))
cloud.compute.reboot_server(server, 'HARD')`);
    await timed('restart', () =>
      until('the server is back', 600, async () => !['', before].includes(await boot())),
    );
    const ids = await volumeIds();
    for (const number of [0, 1]) {
      expect(await onNode(node, `sudo head --lines=1 /dev/glance-dcn/osd${number}`)).toBe(
        ids[`${node}-osd${number}`],
      );
    }
    await timed('destroy', () => lab.dcn('destroy', '--yes'));
    expect(await cloud.left()).toEqual({
      networks: ['there-before'],
      'security groups': ['there-before'],
    });
  },
  20 * minutes,
);

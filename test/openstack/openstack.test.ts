import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { parseLab } from '../../model';
import { filesUnder } from '../../lib/filesUnder';
import { projectRoot } from '../../lib/paths';
import { withoutServers } from '../shipped';
import { type Seeded, TestCloud } from './cloud/cloud';
import { containerImage, ensureCloudImages, writeUndercloudLayer } from './cloud/images';
import { LabInCloud, someId, timer, writeClouds } from './cloud/labInCloud';

/*
 * `provisioner: openstack` on a cloud that this test brings up, with containers as servers: the shipped collapsed
 * arrangement, with the undercloud as one of the servers. Each test builds on the tests before it.
 */
const minutes = 60_000;
const name = `oslab${process.pid}`;
const password = 'only-the-clouds-yaml-knows-it';
const timed = timer('openstack');
const report = (line: string) => process.stderr.write(`${line}\n`);

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-cloud-'));
const clouds = path.join(directory, 'clouds.yaml');
process.env.OS_CLIENT_CONFIG_FILE = clouds;
const lab = new LabInCloud(name);
const cloud = new TestCloud(path.join(directory, 'cloud'), `${process.pid}`, 'lxc');
let seeded: Seeded;
/** A site that is added later. */
const further = '    dcn2: { nodes: { oc0-ceph-6: DistributedComputeHCI } }\n';

/** The shipped lab file of the collapsed arrangement, on the cloud; `sites`: further sites; `image`: of nodes. */
function labText({ sites = '', image = seeded.images.node } = {}): string {
  const provisioner = `  glance-dcn:provisioner: openstack
  glance-dcn:openstack:
    cloud: dcn
    image: ${image}
    user: debian
    flavor: node
    volumes: { sizeGiB: 3 }
    externalNetwork: ${seeded.externalNetwork}
    undercloud: { image: ${seeded.images.undercloud}, flavor: undercloud, keyPair: operator }
  glance-dcn:undercloud: { privateKeyFile: ./operator }
`;
  return withoutServers(fs.readFileSync(path.join(projectRoot, 'Pulumi.dev.yaml'), 'utf8'))
    .replace('  glance-dcn:provisioner: sandbox\n', provisioner)
    .replace('  glance-dcn:images:\n', `${sites}  glance-dcn:images:\n`);
}

/** `pulumi up` of a stack that must change nothing. */
const unchanged = (part: string) =>
  lab.run('pulumi', [
    'up',
    '--yes',
    '--skip-preview',
    '--expect-no-changes',
    '--non-interactive',
    '-s',
    stack(part),
  ]);
const stack = (part: string) => (part ? `${name}-${part}` : name);
const pulumi = (part: string, ...args: string[]) =>
  lab.run('pulumi', [...args, '--non-interactive', '-s', stack(part)]);

/** Runs a Python script as the cloud's administrator. */
const admin = (script: string) => cloud.asAdmin(script);

beforeAll(async () => {
  // Placeholders: the ids are known once the cloud has the images and the network.
  const undercloud = path.join(directory, 'undercloud');
  seeded = { images: { node: someId, undercloud: someId }, externalNetwork: someId };
  // The undercloud needs a ctlplane subnet for every site, also for a site that is added later.
  writeUndercloudLayer(undercloud, parseLab(name, labText({ sites: further })));
  const images = await timed('images', () => ensureCloudImages(directory, undercloud, report));
  await timed('cloud', () => cloud.up(images, report));
  await lab.ok('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(lab.directory, 'operator')]);
  seeded = await cloud.seed({
    user: 'operator',
    password,
    keyPair: fs.readFileSync(path.join(lab.directory, 'operator.pub'), 'utf8').trim(),
    flavors: {
      node: { ram: 4096, vcpus: 1, disk: 8 },
      undercloud: { ram: 6144, vcpus: 2, disk: 10 },
    },
    images: {
      node: await containerImage(path.join(cloud.state, 'node.raw'), images.node),
      undercloud: await containerImage(path.join(cloud.state, 'undercloud.raw'), images.undercloud),
    },
    quotas: { 'compute.instances': 20, 'compute.cores': 40, 'compute.ram': 100_000, 'network.port': 200 },
  });
  writeClouds(clouds, password);
  lab.within = cloud.withinNetwork;
  lab.write(() => labText());
}, 20 * minutes);

afterAll(async () => {
  await cloud.down();
  lab.remove();
  fs.rmSync(directory, { recursive: true, force: true });
}, 5 * minutes);

it(
  'reports refused credentials and a missing image or flavor before the first resource',
  async () => {
    writeClouds(clouds, 'another');
    const refused = await lab.run('./dcn', ['--lab', lab.file, 'up']);
    expect(refused.code).toBe(1);
    expect(refused.stdout + refused.stderr).toContain(
      'cloud dcn of clouds.yaml: Authentication failed: correct',
    );
    writeClouds(clouds, password);
    lab.write(() => labText({ image: someId }));
    const missing = await lab.run('./dcn', ['--lab', lab.file, 'up']);
    expect(missing.stdout + missing.stderr).toContain(
      `glance-dcn:openstack.image: cloud dcn has no image ${someId}`,
    );
    lab.write(() => labText());
    expect(await cloud.left()).toEqual({});
  },
  5 * minutes,
);

it(
  'comes up with clones of images at both sites, and with the undercloud as one of the servers',
  async () => {
    const { stdout } = await timed('up', () => lab.dcn('up'));
    for (const image of ['plain-256', 'packed-128']) {
      for (const site of ['dcn0', 'dcn1']) {
        expect(stdout).toMatch(new RegExp(`${image}.*${site}.*images/[0-9a-f-]{36}@snap`));
      }
    }
    await lab.dcn('images', 'verify');
  },
  45 * minutes,
);

it(
  'changes nothing when run again, and a refresh finds nothing',
  async () => {
    await lab.adoptEnvironment();
    await timed('no-op up', async () => {
      expect((await lab.dcn('up')).stdout).toContain('Nothing changed.');
    });
    for (const part of ['', 'control-plane', 'dcn0', 'dcn1']) {
      expect(await pulumi(part, 'refresh', '--yes', '--skip-preview', '--expect-no-changes')).toMatchObject({
        code: 0,
      });
      expect(await unchanged(part)).toMatchObject({ code: 0 });
    }
  },
  15 * minutes,
);

it(
  'finds resources that were changed by hand, and restores them',
  async () => {
    await admin(`
server = next(cloud.compute.servers(all_projects=True, name='oc0-ceph-4'))
cloud.compute.put(f'/servers/{server.id}', json={'server': {'name': 'renamed'}})
port = next(cloud.network.ports(name='oc0-ceph-4-storage'))
cloud.network.update_port(port, security_groups=[])
volume = next(cloud.block_storage.volumes(all_projects=True, name='oc0-ceph-5-osd0'))
cloud.compute.delete(f"/servers/{volume.attachments[0]['server_id']}/os-volume_attachments/{volume.id}")
cloud.block_storage.wait_for_status(volume, 'available', wait=120, interval=1)
`);
    for (const part of ['dcn0', 'dcn1']) {
      expect((await pulumi(part, 'refresh', '--yes', '--skip-preview', '--expect-no-changes')).code).not.toBe(
        0,
      );
      expect(await pulumi(part, 'up', '--yes', '--skip-preview', '--refresh')).toMatchObject({ code: 0 });
      expect(await unchanged(part)).toMatchObject({ code: 0 });
    }
    const found = await admin(`
server = next(cloud.compute.servers(all_projects=True, name='oc0-ceph-4'))
port = next(cloud.network.ports(name='oc0-ceph-4-storage'))
volume = next(cloud.block_storage.volumes(all_projects=True, name='oc0-ceph-5-osd0'))
print(server.name, len(port.security_group_ids), volume.status)`);
    expect(found).toBe('oc0-ceph-4 1 in-use');
  },
  15 * minutes,
);

it(
  'reports in one sentence the fault that prevents a further site, and continues once it is corrected',
  async () => {
    const up = async (text: string) => {
      lab.write(() => text);
      const { code, stdout, stderr } = await lab.run('./dcn', ['--lab', lab.file, 'up']);
      expect(code).toBe(1);
      return stdout + stderr;
    };
    const huge = further.replace(' }\n', ', openstack: { flavor: huge } }\n');
    expect(await up(labText({ sites: huge }))).toContain(
      'glance-dcn:openstack.flavor: cloud dcn has no flavor huge',
    );
    // Another port has the new node's address.
    const taken = await admin(`
network = cloud.network.find_network('${name}-dcn2-storage')
subnet = next(cloud.network.subnets(network_id=network.id))
print(cloud.network.create_port(network_id=network.id, name='somebody',
  fixed_ips=[{'subnet_id': subnet.id, 'ip_address': '10.8.18.76'}]).id)`);
    expect(await up(labText({ sites: further }))).toMatch(
      /\noc0-ceph-6-storage: IP address 10\.8\.18\.76 already allocated in subnet \S+\n/,
    );
    await admin(`cloud.network.delete_port('${taken}')`);
    await cloud.setQuotas({ 'compute.instances': 10 });
    expect(await up(labText({ sites: further }))).toMatch(
      /\noc0-ceph-6: Quota exceeded for instances: Requested 1, but already used 10 of 10 instances\n/,
    );
    await cloud.setQuotas({ 'compute.instances': 20 });
    const { stdout } = await timed('up of a further site', () => lab.dcn('up'));
    expect(stdout).toContain('dcn2');
    expect((await lab.dcn('up')).stdout).toContain('Nothing changed.');
  },
  40 * minutes,
);

it(
  'replaces one server, and runs again the jobs that depend on it',
  async () => {
    const before = await servers();
    const replaced = `**::oc0-ceph-6`;
    const { code, stdout } = await pulumi('dcn2', 'up', '--yes', '--skip-preview', '--replace', replaced);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    const after = await servers();
    expect(Object.keys(before).filter((server) => before[server] !== after[server])).toEqual(['oc0-ceph-6']);
  },
  25 * minutes,
);

it(
  'has no password and no private key in state or in the output of commands',
  async () => {
    const files = filesUnder(path.join(lab.state, 'pulumi')).map((file) => fs.readFileSync(file, 'utf8'));
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((text) => text.includes(password) || text.includes('BEGIN OPENSSH'))).toEqual([]);
    expect(lab.transcript).not.toContain(password);
    expect(lab.transcript).not.toContain('BEGIN OPENSSH PRIVATE KEY');
  },
  minutes,
);

it(
  'leaves nothing in the cloud after destroy',
  async () => {
    await timed('destroy', () => lab.dcn('destroy', '--yes'));
    expect(await cloud.left()).toEqual({});
    expect(fs.existsSync(lab.state)).toBe(false);
  },
  25 * minutes,
);

/** Ids of all servers by name. */
async function servers(): Promise<Record<string, string>> {
  const script = `
import json
print(json.dumps({s.name: s.id for s in cloud.compute.servers(all_projects=True)}))`;
  return JSON.parse(await admin(script)) as Record<string, string>;
}

import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { wanBytes } from '../../sandbox';
import {
  controlPlaneDeploys,
  expectClones,
  expectEqualContent,
  expectGuestBoots,
  gitStatus,
  imageNamed,
  minutes,
} from '../sandbox/expectations';
import { itEnds, itIsComplete } from '../sandbox/everyLab';
import { LabUnderTest } from '../sandbox/labUnderTest';
import { ArgumentWatch } from '../sandbox/secrets';
import { Traces } from '../sandbox/traces';

/*
 * The example with an external Ceph cluster, end to end on the sandbox. The tests share one lab; each builds on the tests
 * before it.
 */
const lab = new LabUnderTest(`multi${process.pid}`, 'examples/multistore/Pulumi.multistore.yaml');
const machine = Traces.now();
const argumentLists = new ArgumentWatch();
const cephHosts = [
  { node: 'oc0-ceph-0', cluster: 'central' },
  { node: 'oc0-ceph-4', cluster: 'dcn0' },
  { node: 'oc0-ceph-5', cluster: 'dcn1' },
];
const images = ['plain-128', 'packed-64'];

/** `kit ceph adopt` of the lab's own external cluster, as if it had existed before; `more`: further options. */
const adopt = (fsid: string, ...more: string[]): string =>
  [
    `python3 ~/dcn/${lab.name}/kit ceph adopt --cluster central --fsid ${fsid} --user openstack`,
    '--monitor 10.8.2.30 --monitor 10.8.2.31 --monitor 10.8.2.32 --keyring ~/adopted/keyring',
    '--pool images --pool vms --pool volumes --client-conf ~/adopted/central.conf',
    '--client-keyring ~/adopted/client.keyring --export ~/adopted/export.yaml',
    ...more,
  ].join(' ');

/** MiB that the edge sites get over the WAN meanwhile: of dcn0, and of dcn1. */
async function sentToSites(work: () => Promise<unknown>): Promise<number[]> {
  const got = () => Promise.all(['dcn0', 'dcn1'].map(async (site) => (await wanBytes(lab.name, site)).to));
  const before = await got();
  await work();
  return (await got()).map((to, place) => (to - (before[place] ?? NaN)) / 2 ** 20);
}

describe('a multistore with an external Ceph cluster', () => {
  const before = gitStatus();

  afterAll(async () => {
    argumentLists.stop();
    await lab.cleanUp();
  }, minutes(3));

  it(
    'comes up by one command, with clones of images in the external cluster and at each edge site',
    async () => {
      await lab.adoptEnvironment();
      const { stdout } = await lab.dcn('up');
      expectClones(stdout, images, ['central', 'dcn0', 'dcn1']);
      expect(await controlPlaneDeploys(lab)).toBeLessThanOrEqual(2);
    },
    minutes(40),
  );

  itIsComplete(lab, images, cephHosts);

  it(
    'has no Ceph daemon at the control plane, whose Glance is a client of the external cluster',
    async () => {
      const seen = await lab.onNode(
        'oc0-controller-0',
        'ls /etc/ceph; find /var/lib/ceph -mindepth 2 -maxdepth 2 -name "*-*"; cat /etc/glance/glance-api.conf',
      );
      expect(seen).toMatch(/^central\.conf$/m);
      expect(seen).not.toMatch(/^ceph\.conf$|^\/var\/lib\/ceph|client\.admin/m);
      expect(seen).toMatch(/^default_backend *= *central$/m);
      for (const store of ['central', 'dcn0', 'dcn1']) {
        expect(seen).toMatch(new RegExp(`^rbd_store_ceph_conf *= */etc/ceph/${store}\\.conf$`, 'm'));
      }
      const edge = await lab.onNode('oc0-ceph-4', 'cat /etc/glance/glance-api.conf');
      expect(edge).toMatch(/^enabled_backends *= *dcn0:rbd, *central:rbd$/m);
    },
    minutes(2),
  );

  it(
    'lets a compute of the central site clone an image as Nova does, with the key that Ceph generated',
    async () => {
      const { id } = await imageNamed(lab, 'plain-128');
      const rbd = 'rbd --cluster central --id openstack';
      const seen = await lab.onNode(
        'oc0-ceph-3',
        `${rbd} clone images/${id}@snap vms/as-nova && ${rbd} info vms/as-nova; ${rbd} rm --no-progress vms/as-nova`,
      );
      expect(seen).toContain(`parent: images/${id}@snap`);
    },
    minutes(1),
  );

  it(
    'boots a server as a clone at each site, also on computes of the central site, and leaves no server',
    async () => {
      await expectGuestBoots(lab, ['central', 'dcn0', 'dcn1']);
    },
    minutes(5),
  );

  it(
    'sends an edge site no chunk of an image that is zero',
    async () => {
      const mebibyte = 2 ** 20;
      const file = path.join(lab.directory, 'hollow.raw');
      fs.writeFileSync(file, randomBytes(8 * mebibyte));
      fs.truncateSync(file, 64 * mebibyte);
      const hollow = `    hollow: { source: { file: ${file} }, sites: [dcn1] }\n`;
      lab.write((text) => text.replace('glance-dcn:images:\n', `$&${hollow}`));
      const sentBefore = await wanBytes(lab.name, 'dcn1');
      expect(await lab.pulumi('images', 'up', '--yes', '--skip-preview')).toMatchObject({ code: 0 });
      const sent = (await wanBytes(lab.name, 'dcn1')).to - sentBefore.to;
      expect(sent).toBeGreaterThan(8 * mebibyte);
      expect(sent).toBeLessThan(16 * mebibyte);
      await lab.dcn('images', 'verify', 'hollow');
      lab.write((text) => text);
      expect(await lab.pulumi('images', 'up', '--yes', '--skip-preview')).toMatchObject({ code: 0 });
    },
    minutes(4),
  );

  it(
    'sends an image to all sites by the direct way, and of its next version only the changed blocks',
    async () => {
      const make = 'openstack image create --disk-format raw --container-format bare -f value -c id --file';
      const copy = (name: string, ...more: string[]) =>
        sentToSites(() => lab.dcn('images', 'copy', name, '--to', 'dcn0', 'dcn1', '--direct', ...more));
      await lab.onUndercloud(
        '. ~/control-planerc; head -c 24M /dev/urandom > ~/first.raw; truncate -s 64M ~/first.raw; cp ~/first.raw ~/second.raw; ' +
          'head -c 1M /dev/urandom | dd of=$HOME/second.raw bs=1M seek=8 conv=notrunc status=none; ' +
          `${make} ~/first.raw first; ${make} ~/second.raw second; rm ~/first.raw ~/second.raw`,
      );
      const ids = [(await imageNamed(lab, 'first')).id, (await imageNamed(lab, 'second')).id];

      expect(Math.max(...(await copy('first', '--dry-run')))).toBeLessThan(1);
      for (const sent of await copy('first')) {
        expect(sent).toBeGreaterThan(24);
        expect(sent).toBeLessThan(28);
      }
      expect(Math.max(...(await copy('second')))).toBeLessThan(3);
      await expectEqualContent(lab, 'first', cephHosts);
      await expectEqualContent(lab, 'second', cephHosts);
      await lab.dcn('images', 'verify', 'first', 'second');
      const rbd = 'rbd --cluster dcn1 --id openstack';
      const clone = `${rbd} clone images/${ids[1]}@snap vms/direct && ${rbd} info vms/direct && ${rbd} rm --no-progress vms/direct`;
      expect(await lab.onNode('oc0-ceph-5', clone)).toContain(`parent: images/${ids[1]}@snap`);

      await lab.dcn('images', 'remove', 'first', '--from', 'dcn0');
      expect(await imageNamed(lab, 'first')).toMatchObject({ stores: ['central', 'dcn1'] });
      await lab.onUndercloud('. ~/control-planerc; openstack image delete first second');
      for (const { node, cluster } of cephHosts) {
        const left = await lab.onNode(node, `rbd --cluster ${cluster} ls images`);
        expect(left.split('\n').filter((line) => ids.some((id) => line.startsWith(id)))).toEqual([]);
      }
    },
    minutes(8),
  );

  it(
    'brings images of the lab file to their sites by the direct way; another way copies nothing again',
    async () => {
      const image = (name: string, copy: string): string =>
        `    ${name}: { source: { generated: { sizeMiB: 32, seed: direct } }, sites: [dcn0, dcn1], copy: ${copy} }\n`;
      const up = (...wanted: string[]) =>
        sentToSites(async () => {
          lab.write((text) => text.replace('glance-dcn:images:\n', `$&${wanted.join('')}`));
          expect(await lab.pulumi('images', 'up', '--yes', '--skip-preview')).toMatchObject({ code: 0 });
        });
      // Every fourth MiB of a generated image is zero.
      for (const sent of await up(image('direct-one', '{ direct: { rateMbit: 100 } }'))) {
        expect(sent).toBeGreaterThan(24);
        expect(sent).toBeLessThan(28);
      }
      // Only the direct way finds the blocks of the second image in the first one.
      const again = await up(image('direct-one', 'glance'), image('direct-two', 'direct'));
      expect(Math.max(...again)).toBeLessThan(3);
      await expectEqualContent(lab, 'direct-one', cephHosts);
      await expectEqualContent(lab, 'direct-two', cephHosts);
      await lab.dcn('images', 'verify', 'direct-one', 'direct-two');
      await up();
    },
    minutes(6),
  );

  it(
    'brings a new source of an image to its sites as its changed blocks, and goes back to the version before without an upload',
    async () => {
      const mebibyte = 2 ** 20;
      const file = path.join(lab.directory, 'versions.raw');
      const image = `    versions: { source: { file: ${file} }, sites: [dcn0, dcn1], copy: direct }\n`;
      const up = (text: string) =>
        sentToSites(async () => {
          lab.write((shipped) => shipped.replace('glance-dcn:images:\n', `$&${text}`));
          expect(await lab.pulumi('images', 'up', '--yes', '--skip-preview')).toMatchObject({ code: 0 });
        });
      const listed = async () => {
        const { stdout } = await lab.dcn('images', '--name', 'versions', '--json');
        const rows = JSON.parse(stdout) as { id: string; os_hidden: boolean; version?: string }[];
        return rows.map(({ id, os_hidden, version }) => ({ id, os_hidden, version }));
      };
      const first = Buffer.concat([randomBytes(24 * mebibyte), Buffer.alloc(40 * mebibyte)]);
      fs.writeFileSync(file, first);
      await up(image);
      const { id: old } = await imageNamed(lab, 'versions');
      const rbd = 'rbd --cluster dcn1 --id openstack';
      await lab.onNode('oc0-ceph-5', `${rbd} clone images/${old}@snap vms/of-the-first`);

      const second = Buffer.from(first);
      randomBytes(mebibyte).copy(second, 8 * mebibyte);
      fs.writeFileSync(file, second);
      expect(Math.max(...(await up(image)))).toBeLessThan(3);
      const { id: next } = await imageNamed(lab, 'versions');
      expect(await listed()).toEqual([
        { id: next, os_hidden: false },
        { id: old, os_hidden: true, version: 'earlier' },
      ]);
      await expectEqualContent(lab, 'versions', cephHosts);
      await lab.dcn('images', 'verify', 'versions', old);

      fs.writeFileSync(file, first);
      expect(Math.max(...(await up(image)))).toBeLessThan(1);
      expect(await listed()).toEqual([
        { id: old, os_hidden: false },
        { id: next, os_hidden: true, version: 'earlier' },
      ]);
      await lab.onNode('oc0-ceph-5', `${rbd} rm --no-progress vms/of-the-first`);
      await up('');
      expect(await listed()).toEqual([]);
    },
    minutes(6),
  );

  it(
    'adopts the cluster as if it had existed before, and lists all faults of a cluster that does not fit',
    async () => {
      const fsid = (await lab.onNode('oc0-ceph-0', 'ceph-conf --cluster central --lookup fsid')).trim();
      await lab.onUndercloud(
        "mkdir -m 700 -p ~/adopted; umask 077; python3 -c 'import sys, yaml\n" +
          'key = yaml.safe_load(open(sys.argv[1]))["keys"][0]\n' +
          'print("[%s]\\n\\tkey = %s" % (key["name"], key["key"]))\' ' +
          `~/dcn/${lab.name}/external-ceph/ceph_client.yml > ~/adopted/keyring`,
      );
      await lab.onUndercloud(adopt(fsid));
      const differences = await lab.onUndercloud(
        "python3 -c 'import sys, yaml\n" +
          'one, other = [yaml.safe_load(open(name))["parameter_defaults"]["CephExternalMultiConfig"][0] for name in sys.argv[1:]]\n' +
          "print([key for key in other if one[key] != other[key]])' " +
          `~/adopted/export.yaml ~/dcn/${lab.name}/external-ceph/central_ceph_external.yaml`,
      );
      // The addresses differ in form: a monitor's address alone, or its pair of v2 and v1 addresses.
      expect(differences.trim()).toBe("['external_cluster_mon_ips']");
      const other = '00000000-0000-0000-0000-000000000000';
      const refused = await lab.run('./dcn', [
        ...['--lab', lab.file, 'ssh', 'undercloud', adopt(other, '--pool', 'backups')],
      ]);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain(`its fsid is ${fsid}, not ${other}`);
      expect(refused.stderr).toContain('has no pool backups');
      expect((await lab.onNode('oc0-ceph-0', 'rbd --cluster central ls vms')).trim()).toBe('');
      await lab.onUndercloud('rm -r ~/adopted');
    },
    minutes(2),
  );

  it(
    'refuses to destroy the external cluster while the central store is in it',
    async () => {
      const refused = await lab.pulumi('external-ceph', 'destroy', '--yes', '--skip-preview');
      expect(refused.code).not.toBe(0);
      expect(refused.stdout + refused.stderr).toContain('holds the store central of control-plane');
      await lab.dcn('images', 'verify', 'plain-128');
    },
    minutes(3),
  );

  const otherHosts = ['oc0-controller-0', 'oc0-ceph-3'];
  itEnds(lab, { cephHosts, otherHosts, argumentLists, machine, before });
});

import * as path from 'node:path';
import { quote } from '../../lib/quote';
import { wanBytes } from '../../sandbox';
import {
  expectGoneAfterDestroy,
  filesBelow,
  gitStatus,
  minutes,
  serverLines,
  serversOf,
} from '../sandbox/expectations';
import { LabUnderTest, until } from '../sandbox/labUnderTest';
import { readableByOthers, secretsOf } from '../sandbox/secrets';
import { Traces } from '../sandbox/traces';

/*
 * The arrangement with Glance caches, end to end on the sandbox. The tests share one lab; each builds on the tests before it.
 */

const lab = new LabUnderTest(`cache${process.pid}`, 'examples/cache/Pulumi.cache.yaml');
const machine = Traces.now();

interface ListedImage {
  name: string;
  id: string;
  size: number;
  sha512: string;
  diskFormat: string;
  stores: string[];
  cached: string[];
}

const everyNode = ['oc0-ceph-0', 'oc0-ceph-1', 'oc0-ceph-2', 'oc0-ceph-3'];
const cacheFolder = '/var/lib/glance/image-cache';

const imageNamed = async (name: string): Promise<ListedImage> => {
  const images = JSON.parse((await lab.dcn('images', '--json')).stdout) as ListedImage[];
  return images.find((image) => image.name === name) as ListedImage;
};

/** Bytes sent to a site over its WAN link so far. */
const bytesTo = async (site: string): Promise<number> => (await wanBytes(lab.name, site)).to;

/** Bytes of images in a node's cache. */
async function bytesCached(node: string): Promise<number> {
  const sizes = await lab.onNode(node, `find ${cacheFolder} -maxdepth 1 -name '*-*-*-*-*' -printf '%s\\n'`);
  return sizes.split('\n').reduce((sum, size) => sum + Number(size), 0);
}

describe('the arrangement with caches', () => {
  const before = gitStatus();

  afterAll(() => lab.cleanUp(), minutes(3));

  it(
    'comes up by one command, with images in the caches of the sites that the lab file names',
    async () => {
      await lab.adoptEnvironment();
      const { stdout } = await lab.dcn('up');
      for (const [image, site, cached, node] of [
        ['plain-128', 'central', 'oc0-ceph-0', 'oc0-ceph-0'],
        ['plain-128', 'dcn0', 'oc0-ceph-1', 'oc0-ceph-1'],
        ['plain-128', 'dcn1', 'oc0-ceph-2, oc0-ceph-3', 'oc0-ceph-2'],
        ['packed-64', 'dcn1', 'oc0-ceph-2, oc0-ceph-3', 'oc0-ceph-2'],
      ]) {
        expect(stdout).toMatch(
          new RegExp(`${image} .*${site} .*${cached} .*${node} .*\\d m?s .*\\d m?s .*KiB, 0\\.\\d+ %`),
        );
      }
      expect(gitStatus()).toBe(before);
    },
    minutes(30),
  );

  it(
    'changes nothing when run again, and proves the images again only if asked to',
    async () => {
      const { stdout } = await lab.dcn('up');
      expect(stdout).toContain('Nothing changed.');
      expect(stdout).not.toContain('still received');
      expect((await lab.dcn('up', '--prove')).stdout).toContain('still received');
    },
    minutes(5),
  );

  it(
    'has the images in the caches that the lab file names and in no others, with Glance’s content and the source’s format',
    async () => {
      await lab.dcn('images', 'verify');
      for (const [name, nodes, format] of [
        ['plain-128', everyNode, 'raw'],
        ['packed-64', ['oc0-ceph-2', 'oc0-ceph-3'], 'qcow2'],
        ['spare-64', [], 'raw'],
      ] as const) {
        const image = await imageNamed(name);
        expect(image).toMatchObject({ diskFormat: format, stores: ['swift'], cached: nodes });
        for (const node of everyNode) {
          const file = `${cacheFolder}/${image.id}`;
          const sum = await lab.onNode(node, `if [ -e ${file} ]; then sha512sum < ${file}; fi`);
          const holds = (nodes as readonly string[]).includes(node);
          expect([node, name, sum.split(' ')[0]]).toEqual([node, name, holds ? image.sha512 : '']);
        }
      }
    },
    minutes(3),
  );

  it(
    'configures each glance-api as TripleO would',
    async () => {
      const edge = await lab.onNode('oc0-ceph-2', 'cat /etc/glance/glance-api.conf');
      const central = await lab.onNode('oc0-controller-0', 'cat /etc/glance/glance-api.conf');
      for (const text of [edge, central]) {
        expect(text).toMatch(/^enabled_backends *= *swift:swift$/m);
        expect(text).toMatch(/^default_backend *= *swift$/m);
      }
      expect(edge).toMatch(/^flavor *= *keystone\+cachemanagement$/m);
      expect(edge).toMatch(/^image_cache_max_size *= *234881024$/m);
      expect(central).toMatch(/^flavor *= *keystone$/m);
      const pools = await lab.onNode('oc0-ceph-1', 'ceph --cluster dcn0 osd pool ls');
      expect(pools.split('\n')).toEqual(expect.arrayContaining(['vms', 'volumes']));
      expect(pools).not.toMatch(/^images$/m);
    },
    minutes(1),
  );

  it(
    'boots servers by full copies from the sites’ caches, prints the cache of each, and leaves no server',
    async () => {
      const { stdout } = await lab.dcn('verify', 'guest');
      const [first, second, third] = serverLines(stdout);
      for (const [line, site, disk, source] of [
        [first, 'central', 'full copy in Ceph', /^the cache of oc0-ceph-0$/],
        [second, 'dcn0', 'full copy in Ceph', /^the cache of oc0-ceph-1$/],
        [third, 'dcn1', 'full copy on its host', /^the cache of oc0-ceph-[23]$/],
      ] as const) {
        expect(line).toMatchObject({ image: 'guest', site, disk });
        expect(line?.source).toMatch(source);
        expect(line?.console).toMatch(/^ready after/);
        expect(Math.max(0, ...(line?.wan ?? []))).toBeLessThan(4 * 2 ** 20);
      }
      expect(await serversOf(lab)).toEqual([]);
    },
    minutes(5),
  );

  it(
    'sends an image over the WAN for the first download at a site, and less than a hundredth of it for the second',
    async () => {
      const image = await imageNamed('plain-128');
      await lab.dcn('images', 'remove', 'plain-128', '--from', 'dcn0');
      const program =
        'import sys; sys.path[:0] = sys.argv[1:]; import glance; print(glance.Glance("control-plane").edge("")[0])';
      const token = (await lab.onUndercloud(`python3 -c ${quote(program)} ~/dcn/${lab.name}/kit`)).trim();
      const url = `$(awk '$1 == "bind_host" {h=$3} $1 == "bind_port" {p=$3} END {print "http://" h ":" p}' /etc/glance/glance-api.conf)`;
      const download = async (): Promise<number> => {
        const before = await bytesTo('dcn0');
        const file = `${url}/v2/images/${image.id}/file`;
        const sum = await lab.onNode(
          'oc0-ceph-1',
          `curl -sf -H "X-Auth-Token: ${token}" "${file}" | sha512sum`,
        );
        expect(sum.split(' ')[0]).toBe(image.sha512);
        return (await bytesTo('dcn0')) - before;
      };
      expect(await download()).toBeGreaterThan(image.size);
      const isCached = `[ "$(stat -c %s ${cacheFolder}/${image.id} 2>/dev/null)" = ${image.size} ] && echo yes || true`;
      await until(
        'the image is in the cache',
        20,
        async () => (await lab.onNode('oc0-ceph-1', isCached)).trim() === 'yes',
      );
      const second = await download();
      expect(second).toBeLessThan(image.size / 100);
      process.stdout.write(`second download at dcn0: ${second} of ${image.size} bytes came over the WAN\n`);
    },
    minutes(3),
  );

  it(
    'keeps each cache under its limit, by a timer on each node',
    async () => {
      const limit = 224 * 2 ** 20;
      const nodes = ['oc0-ceph-2', 'oc0-ceph-3'];
      await lab.dcn('images', 'copy', 'spare-64', '--to', 'dcn1');
      for (const node of nodes) {
        expect(await bytesCached(node)).toBeGreaterThan(limit);
        expect(await lab.onNode(node, 'systemctl is-active glance-dcn-cache.timer')).toBe('active\n');
        // The timer's five minutes are too long for a test.
        await lab.onNode(
          node,
          'mkdir /etc/systemd/system/glance-dcn-cache.timer.d && ' +
            'printf "[Timer]\\nOnActiveSec=2\\n" > /etc/systemd/system/glance-dcn-cache.timer.d/soon.conf && ' +
            'systemctl daemon-reload && systemctl restart glance-dcn-cache.timer',
        );
      }
      for (const node of nodes) {
        await until(`the cache of ${node} is pruned`, 60, async () => (await bytesCached(node)) <= limit);
      }
      expect((await imageNamed('spare-64')).cached).toEqual(nodes);
    },
    minutes(3),
  );

  it(
    'refuses verbs that the topology does not have, with the reason',
    async () => {
      const clone = await lab.run('./dcn', [
        ...['--lab', lab.file, 'ssh', 'undercloud'],
        `python3 ~/dcn/${lab.name}/kit images clone plain-128 --at dcn0`,
      ]);
      expect([clone.code, clone.stderr]).toEqual([2, expect.stringContaining('lie in Swift')]);
      const copy = await lab.run('./dcn', [
        '--lab',
        lab.file,
        'images',
        'copy',
        'plain-128',
        '--to',
        'control-plane',
      ]);
      expect([copy.code, copy.stderr]).toEqual([1, expect.stringContaining('no site with caches')]);
    },
    minutes(1),
  );

  it(
    'fills the caches of a site that was destroyed and recreated, by one command',
    async () => {
      expect(await lab.pulumi('dcn0', 'destroy', '--yes', '--skip-preview')).toMatchObject({ code: 0 });
      expect((await imageNamed('plain-128')).cached).not.toContain('oc0-ceph-1');
      await lab.dcn('up');
      expect((await imageNamed('plain-128')).cached).toContain('oc0-ceph-1');
    },
    minutes(10),
  );

  it(
    'shows no secret in state or the output of a command, and has secrets only in files that others cannot read',
    async () => {
      const secrets = await secretsOf(lab, ['oc0-ceph-0']);
      expect(secrets.length).toBeGreaterThan(40);
      for (const text of [lab.transcript, ...filesBelow(path.join(lab.state, 'pulumi'))]) {
        expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
      }
      for (const host of ['undercloud', 'oc0-controller-0', 'oc0-ceph-2']) {
        expect([host, await readableByOthers(lab, host, secrets)]).toEqual([host, []]);
      }
    },
    minutes(5),
  );

  it(
    'is gone without a trace after destroy',
    async () => {
      await expectGoneAfterDestroy(lab, machine, before);
    },
    minutes(10),
  );
});

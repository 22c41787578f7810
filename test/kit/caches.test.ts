import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { stringify } from 'yaml';
import { defaultCacheMiB } from '../../model/labfile/schema/site';
import { type Here, bare, cacheDocument, lab } from './cacheLab';
import { type Ended, type TestUndercloud, until } from './undercloud';

jest.setTimeout(90_000);

const ensure = (here: TestUndercloud, more: object = {}): Promise<Ended> =>
  here.kit(
    ['images', 'ensure'],
    stringify({
      name: 'packed',
      source: { made: { sizeMiB: 5, seed: 'one' } },
      diskFormat: 'qcow2',
      keepFormat: true,
      stores: ['swift'],
      caches: ['dcn0'],
      ...more,
    }),
  );
const sha512 = (data: Buffer): string => createHash('sha512').update(data).digest('hex');
const held = ({ caches }: Here): string =>
  Object.entries(caches)
    .flatMap(([name, { cached }]) => (cached.size > 0 ? [name] : []))
    .join(' ');

describe('caches keep', () => {
  test.concurrent(
    'puts a timer on every node that has a cache, and the nodes on record; leave takes both back',
    bare(async ({ here }) => {
      const summary = { site: 'dcn0', nodes: ['a', 'b'], limitBytes: 64 << 20 };
      expect(await here.json(['caches', 'keep'], cacheDocument('dcn0'))).toEqual(summary);
      for (const name of ['2', '3']) {
        const root = `nodes/10.0.0.${name}`;
        expect(here.read(`${root}/etc/systemd/system/glance-dcn-cache.timer`)).toContain(
          'OnUnitActiveSec=5min',
        );
        expect(here.read(`${root}/etc/systemd/system/glance-dcn-cache.service`)).toContain(
          'ExecStart=/usr/local/sbin/glance-dcn-keep-cache\n',
        );
        expect(fs.statSync(here.path(`${root}/usr/local/sbin/glance-dcn-keep-cache`)).mode & 0o777).toBe(
          0o755,
        );
        expect(here.read('systemctl-calls')).toContain(`10.0.0.${name} restart glance-dcn-cache.timer`);
      }
      expect(await here.json(['caches', 'leave'], cacheDocument('dcn0'))).toEqual(summary);
      expect(here.read('systemctl-calls')).toContain('10.0.0.2 disable --now glance-dcn-cache.timer');
      expect(here.exists('nodes/10.0.0.2/etc/systemd/system/glance-dcn-cache.timer')).toBe(false);
      // What `site restore` puts back if the destruction does not end.
      expect(fs.readdirSync(here.path('dcn/dev/caches'))).toEqual(['left']);
    }),
  );

  test.concurrent(
    "takes the lab file's default limit and its largest one, and refuses larger ones",
    bare(async ({ here }) => {
      for (const limitMiB of [defaultCacheMiB, 2 ** 30]) {
        const document = cacheDocument('dcn0', limitMiB * 2 ** 20);
        expect(await here.json(['caches', 'keep'], document)).toMatchObject({
          limitBytes: limitMiB * 2 ** 20,
        });
      }
      const { code, stderr } = await here.kit(['caches', 'keep'], cacheDocument('dcn0', 2 ** 51));
      expect([code, stderr]).toEqual([2, expect.stringContaining('limitBytes: must be a number above 0')]);
    }),
  );

  test.concurrent(
    'names the node that it cannot reach, and records nothing then; leave does not need the nodes',
    bare(async ({ here }) => {
      here.write('unreachable', '10.0.0.3\n');
      const { code, stderr } = await here.kit(['caches', 'keep'], cacheDocument('dcn0'));
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/cache at dcn0: b \(10\.0\.0\.3\): ssh .*No route/),
      ]);
      expect(here.exists('dcn/dev/caches/dcn0.json')).toBe(false);
      here.write('unreachable', '');
      await here.json(['caches', 'keep'], cacheDocument('dcn0'));
      here.write('unreachable', '10.0.0.3\n');
      expect((await here.kit(['caches', 'leave'], cacheDocument('dcn0'))).code).toBe(0);
    }),
  );

  test.concurrent(
    'is taken back by `site close`, too',
    lab(async ({ here }) => {
      expect(await here.json(['site', 'close', 'dcn0'])).toEqual({ site: 'dcn0', closed: ['caches'] });
      expect(fs.readdirSync(here.path('dcn/dev/caches'))).toEqual(['dcn1.json']);
    }),
  );
});

describe('images of a lab with caches', () => {
  test.concurrent(
    'are uploaded as they are and fetched into every cache of the sites that want them; again nothing is done',
    lab(async (at) => {
      const { here, glance } = at;
      const first = await ensure(here);
      expect(first).toMatchObject({ code: 0 });
      expect(JSON.parse(first.stdout)).toMatchObject({
        images: { packed: { stores: ['swift'], caches: ['dcn0'], sha512: sha512(glance.data('packed')) } },
      });
      expect(glance.property('packed', 'disk_format')).toBe('qcow2');
      expect(String(glance.data('packed').subarray(0, 3))).toBe('QFI');
      expect(held(at)).toBe('a b');
      expect(await ensure(here, { after: { dcn0: 'other hosts' } })).toMatchObject({ code: 0 });
      expect(glance.calls(/^PUT .*queued_images/)).toHaveLength(2);
      expect(glance.calls(/import$/)).toEqual([]);
    }),
  );

  test.concurrent(
    'are queued once, also when a cache stores them between the requests for its queue and its content',
    lab(async (at) => {
      at.caches.a.fetchesAfterList = true;
      expect(await ensure(at.here)).toMatchObject({ code: 0 });
      expect(held(at)).toBe('a b');
      expect(at.glance.calls(/^PUT .*queued_images/)).toHaveLength(2);
    }),
  );

  test.concurrent(
    'that one cache does not take are in the others, and the next time only that one is asked again',
    lab(async (at) => {
      const { here, glance, caches } = at;
      caches.b.broken = true;
      const failed = await ensure(here);
      expect(failed.code).toBe(1);
      expect(failed.stderr).toMatch(
        /image packed \(.*\): was queued 3 times at b \(dcn0\) and is not in its cache/,
      );
      expect(held(at)).toBe('a');
      caches.b.broken = false;
      const before = glance.calls(/^PUT .*queued_images/).length;
      expect(await ensure(here)).toMatchObject({ code: 0 });
      expect(held(at)).toBe('a b');
      expect(glance.calls(/^PUT .*queued_images/)).toHaveLength(before + 1);
    }),
  );

  test.concurrent(
    'are waited for also while a node that fetches them does not answer',
    lab(async ({ here, glance }) => {
      const running = ensure(here);
      await until(() => glance.calls(/^PUT .*queued_images/).length === 2, 'the queues', 80);
      here.write('unreachable', '10.0.0.3\n');
      const calls = (): number => here.read('ssh-calls').split('10.0.0.3').length;
      const before = calls();
      await until(() => calls() > before, 'a call that is not answered', 80);
      here.write('unreachable', '');
      expect(await running).toMatchObject({ code: 0 });
    }),
  );

  test.concurrent(
    'are filled at all nodes at once with progress: bytes, rate and time left of each image and node',
    lab(async ({ here, glance, caches }) => {
      await ensure(here, { caches: [] });
      const all = Object.values(caches);
      all.forEach((cache) => (cache.fetchSeconds = 14));
      const running = here.start(['images', 'copy', 'packed', '--to', 'dcn0', 'dcn1']);
      await until(() => all.every(({ queued }) => queued.size === 1), 'three queues at the same time', 80);
      const files = ['2', '3', '4'].map((node) =>
        here.path(`nodes/10.0.0.${node}/var/lib/glance/image-cache/incomplete/${glance.id('packed')}`),
      );
      files.forEach((file) => fs.mkdirSync(path.dirname(file), { recursive: true }));
      const began = Date.now();
      const fetch = setInterval(() => {
        const size = Math.round(Math.min(5, (Date.now() - began) / 2500) * 2 ** 20);
        files.forEach((file) => fs.writeFileSync(file, ''));
        files.forEach((file) => fs.truncateSync(file, size));
      }, 200);
      const { code, stderr } = await running.ended;
      clearInterval(fetch);
      expect(code).toBe(0);
      for (const node of ['a \\(dcn0\\)', 'b \\(dcn0\\)', 'c \\(dcn1\\)']) {
        const told = '[1-4] of 5 MiB, 0\\.[2-7] MiB/s, \\d+s left$';
        expect(stderr).toMatch(new RegExp(`, packed into the cache of ${node}: ${told}`, 'm'));
      }
    }),
  );

  test.concurrent(
    'are refused where there are no caches, and where they cannot fit',
    lab(async ({ here, glance }) => {
      const nowhere = await ensure(here, { caches: ['dcn7'] });
      expect(nowhere).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('site dcn7: has no caches here') as string,
      });
      expect(glance.where('packed')).toBeUndefined();
      await here.json(['caches', 'keep'], cacheDocument('dcn1', 1 << 20));
      await ensure(here, { caches: [] });
      const large = await here.kit(['images', 'copy', 'packed', '--to', 'dcn1']);
      expect(large).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/site dcn1: packed have 5 MiB.*limitMiB/) as string,
      });
      expect(glance.calls(/queued_images\//)).toEqual([]);
    }),
  );

  test.concurrent(
    'are listed with the nodes whose caches hold them, also while one does not answer',
    lab(async ({ here, caches }) => {
      await ensure(here);
      const id = [...caches.a.cached.keys()][0] as string;
      caches.c.queued.add(id);
      const listed = () => here.json<{ cached: string[]; queued: string[] }[]>(['images', 'list', '--json']);
      expect(await listed()).toMatchObject([
        { name: 'packed', stores: ['swift'], cached: ['a', 'b'], queued: ['c'] },
      ]);
      here.write('unreachable', '10.0.0.3\n');
      expect(await listed()).toMatchObject([{ cached: ['a'], queued: ['c'] }]);
      expect((await here.kit(['images', 'list'])).stderr).toMatch(
        /cache not read: cache at dcn0: b .*No route to host/,
      );
    }),
  );

  test.concurrent(
    'are copied into caches and taken out of them by name',
    lab(async (at) => {
      const { here } = at;
      await ensure(here, { caches: [] });
      const copied = await here.json<object[]>([
        'images',
        'copy',
        'packed',
        '--to',
        'dcn1',
        'dcn0',
        '--json',
      ]);
      expect(copied).toMatchObject([{ image: 'packed', cached: ['a', 'b', 'c'] }]);
      expect(held(at)).toBe('a b c');
      const removed = await here.json<object[]>(['images', 'remove', 'packed', '--from', 'dcn0', '--json']);
      expect(removed).toMatchObject([{ image: 'packed', cached: [] }]);
      expect(held(at)).toBe('c');
      const wrong = await here.kit(['images', 'copy', 'pakced', '--to', 'dcn9']);
      expect(wrong.code).toBe(2);
      expect(wrong.stderr).toMatch(/site dcn9: has no caches here.*\nimage pakced: no image has this name/);
    }),
  );

  test.concurrent(
    'are verified by what the caches give',
    lab(async ({ here, glance, caches }) => {
      await ensure(here, { caches: ['dcn0', 'dcn1'] });
      const rows = await here.json<object[]>(['images', 'verify', 'packed', '--json']);
      const sum = sha512(glance.data('packed'));
      expect(rows).toMatchObject(
        [
          ['a', 'dcn0'],
          ['b', 'dcn0'],
          ['c', 'dcn1'],
        ].map(([name, site]) => ({ image: 'packed', node: name, site, sha512: sum })),
      );
      const id = [...caches.a.cached.keys()][0] as string;
      caches.b.spoilt.set(id, Buffer.from('rot'));
      const wrong = await here.kit(['images', 'verify', 'packed']);
      expect(wrong).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/at b \(dcn0\) its data has sha512/) as string,
      });
      caches.c.cached.clear();
      expect((await here.kit(['images', 'verify', 'packed', '--at', 'dcn1'])).stderr).toContain(
        'is not in the cache of c (dcn1); copy it there first',
      );
      caches.b.spoilt.clear();
      glance.change('packed', { os_hash_algo: null, os_hash_value: null });
      const unhashed = await here.kit(['images', 'verify', 'packed']);
      expect(unhashed.code).toBe(0);
      expect(unhashed.stderr).toContain(
        'Glance has no sha512 of it; the 2 copies that were read are equal\n',
      );
      caches.b.spoilt.set(id, Buffer.from('rot'));
      expect(await here.kit(['images', 'verify', 'packed'])).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /Glance has no sha512 of it, and its copies differ: at a \(dcn0\)/,
        ) as string,
      });
      caches.b.cutsData = true;
      expect(await here.kit(['images', 'verify', 'packed'])).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/the download of .* ended \d+ bytes too early/) as string,
      });
      [caches.a, caches.b].forEach(({ cached }) => cached.clear());
      expect((await here.kit(['images', 'verify', 'packed'])).stderr).toContain(
        'no cache has it, so nothing was read\n',
      );
    }),
  );

  test.concurrent(
    'are not cloned, with the reason, but downloaded twice to show what a cache saves',
    lab(async (at) => {
      const { here, glance } = at;
      await ensure(here);
      const clone = await here.kit(['images', 'clone', 'packed', '--at', 'dcn0']);
      expect(clone).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('its images lie in Swift') as string,
      });
      const rows = await here.json<object[]>([
        'images',
        'download',
        'packed',
        '--at',
        'dcn0',
        'dcn1',
        '--json',
      ]);
      const size = glance.property('packed', 'size');
      expect(rows).toMatchObject([
        { image: 'packed', site: 'dcn0', node: 'a', cached: ['a', 'b'], size },
        { image: 'packed', site: 'dcn1', node: 'c', cached: ['c'], size },
      ]);
      expect(held(at)).toBe('a b c');
    }),
  );

  test.concurrent(
    'are deleted from every cache with the image; a node that does not answer is left to its pruner',
    lab(async (at) => {
      const { here, glance } = at;
      await ensure(here);
      here.write('unreachable', '10.0.0.3\n');
      const document = stringify({
        name: 'packed',
        source: { made: { sizeMiB: 5, seed: 'one' } },
        diskFormat: 'qcow2',
        stores: ['swift'],
      });
      await here.run(here.job('control-plane/overcloud-stack', { commands: ['openstack overcloud deploy'] }));
      expect(await here.kit(['images', 'remove-all'], document)).toMatchObject({ code: 0 });
      expect([glance.where('packed'), held(at)]).toEqual([undefined, 'b']);
    }),
  );
});

describe('a store without a Ceph cluster', () => {
  test.concurrent(
    'is for the control plane only',
    bare(async ({ here }) => {
      const store = {
        site: 'dcn0',
        store: 'dcn0',
        description: 'x',
        stack: 'dcn0',
        control: 'control-plane',
      };
      const refused = await here.kit(['stores', 'register'], stringify(store));
      expect(refused).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('cluster: is missing') as string,
      });
    }),
  );
});

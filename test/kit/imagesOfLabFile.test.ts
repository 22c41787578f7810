import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { stringify } from 'yaml';
import { addClone, deployedOnRecord, ensure, generated, lab, sha512 } from './imageLab';
import { sleep, until } from './undercloud';

jest.setTimeout(90_000);

describe('images ensure', () => {
  test.concurrent(
    'generates an image, uploads it once, copies it to all its stores by one import; a second run does nothing',
    lab(async (here, glance) => {
      const first = await ensure(here, generated('plain'));
      expect(first.code).toBe(0);
      const id = glance.property('plain', 'id');
      const data = glance.data('plain');
      const summary = { id, sha512: sha512(data), size: 5 << 20, stores: ['central', 'dcn0', 'dcn1'] };
      expect(JSON.parse(first.stdout)).toEqual({ images: { plain: summary } });
      expect(glance.where('plain')).toEqual(['central', 'dcn0', 'dcn1']);
      expect(glance.calls(/import$/)).toEqual([
        {
          call: `POST /v2/images/${String(id)}/import`,
          body: { method: { name: 'copy-image' }, stores: ['dcn0', 'dcn1'], all_stores_must_succeed: false },
        },
      ]);
      // Every fourth MiB is a run of zeros.
      expect(data.subarray(3 << 20, 4 << 20).every((byte) => byte === 0)).toBe(true);
      expect(data.subarray(0, 1 << 20).filter((byte) => byte === 0).length).toBeLessThan(10_000);
      const again = await ensure(here, generated('plain', { after: { dcn0: 'other hosts' } }));
      expect(again).toMatchObject({ code: 0, stdout: first.stdout });
      expect(glance.calls(/^(POST|PUT)/)).toHaveLength(3);
      expect(fs.readdirSync(here.path('dcn/dev/images'))).toEqual(['plain.lock']);
    }),
  );

  test.concurrent(
    'is raw in the store whatever the format of the source, with the same bytes from the same seed',
    lab(async (here, glance) => {
      const images = [generated('plain'), generated('packed', { diskFormat: 'qcow2' })];
      expect((await ensure(here, { images })).code).toBe(0);
      expect(glance.property('packed', 'disk_format')).toBe('raw');
      expect(sha512(glance.data('packed'))).toBe(sha512(glance.data('plain')));
      expect(fs.readdirSync(here.path('dcn/dev/images')).sort()).toEqual(['packed.lock', 'plain.lock']);
    }),
  );

  test.concurrent(
    'takes files and URLs, and checks their sums',
    lab(async (here, glance) => {
      const data = Buffer.from('an operating system '.repeat(50));
      const sha256 = createHash('sha256').update(data).digest('hex');
      here.write('system.raw', String(data));
      const server = http.createServer((_, response) => response.end(data));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/system.raw`;
      try {
        const images = [
          generated('file', { source: { file: here.path('system.raw'), sha256 } }),
          generated('url', { source: { url, sha256 } }),
        ];
        expect((await ensure(here, { images })).code).toBe(0);
        expect(['file', 'url'].map((name) => String(glance.data(name)))).toEqual([
          String(data),
          String(data),
        ]);
        expect(here.exists('system.raw')).toBe(true);
        const wrong = await ensure(here, generated('wrong', { source: { url, sha256: '0'.repeat(64) } }));
        expect(wrong).toMatchObject({
          code: 1,
          stderr: expect.stringContaining(`has sha256 ${sha256}, the lab file says 000`) as string,
        });
        expect(glance.where('wrong')).toBeUndefined();
      } finally {
        server.close();
      }
    }),
  );

  test.concurrent(
    'names the stores that failed, leaves the others their copies, and makes only the missing copies the next time',
    lab(async (here, glance) => {
      glance.failing.add('dcn1');
      const failed = await ensure(here, { images: [generated('a'), generated('b', { stores: ['dcn0'] })] });
      expect(failed.code).toBe(1);
      expect(failed.stderr).toMatch(
        /image a \(.*\): not copied to dcn1 \(no route to dcn1\); dcn0 has its copy;/,
      );
      expect(failed.stderr).not.toMatch(/image b \(.*not copied/);
      expect([glance.where('a'), glance.where('b')]).toEqual([
        ['central', 'dcn0'],
        ['central', 'dcn0'],
      ]);
      glance.failing.clear();
      expect((await ensure(here, generated('a'))).code).toBe(0);
      expect(glance.calls(/import$/).map(({ body }) => (body as { stores: string[] }).stores)).toEqual(
        expect.arrayContaining([['dcn0', 'dcn1'], ['dcn0'], ['dcn1']]),
      );
      expect(glance.calls(/^PUT/)).toHaveLength(2);
    }),
  );

  test.concurrent(
    'refuses a name that is not its own, before anything is done',
    lab(async (here, glance) => {
      await ensure(here, generated('plain'));
      glance.add('foreign', ['central']);
      const before = glance.requests.length;
      const { code, stderr } = await ensure(here, {
        images: [
          generated('plain', { source: { made: { sizeMiB: 5, seed: 'two' } } }),
          generated('foreign'),
          generated('new'),
        ],
      });
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /image foreign: Glance has an image of this name \(.*\), which lab dev did not make/,
      );
      expect(glance.requests.slice(before).every(({ call }) => call.startsWith('GET'))).toBe(true);
    }),
  );

  test.concurrent(
    'uploads an image again whose upload was interrupted',
    lab(async (here, glance) => {
      await ensure(here, generated('plain', { stores: ['central'] }));
      const old = glance.property('plain', 'id');
      glance.change('plain', { status: 'saving' });
      expect((await ensure(here, generated('plain'))).code).toBe(0);
      expect(glance.property('plain', 'id')).not.toBe(old);
      expect(glance.where('plain')).toEqual(['central', 'dcn0', 'dcn1']);
    }),
  );

  test.concurrent(
    'waits for an import that another client has started',
    lab(async (here, glance) => {
      await ensure(here, generated('plain', { stores: ['central'] }));
      glance.hold('plain', 1);
      const running = here.start(['images', 'ensure'], stringify(generated('plain')));
      await sleep(2);
      expect(glance.where('plain')).toEqual(['central']);
      glance.change('plain', { os_glance_import_task: '' });
      expect((await running.ended).code).toBe(0);
      expect(glance.where('plain')).toEqual(['central', 'dcn0', 'dcn1']);
    }),
  );

  test.concurrent(
    'gets a new token when the old one has run out',
    lab(async (here, glance) => {
      glance.copySeconds = 1;
      const running = here.start(['images', 'ensure'], stringify(generated('plain')));
      await until(() => glance.calls(/import$/).length > 0, 'the copy');
      glance.keystone.expired = true;
      expect((await running.ended).code).toBe(0);
    }),
  );

  test.concurrent(
    'reports all faults of a document at once',
    lab(async (here, glance) => {
      const { code, stderr } = await ensure(here, {
        images: [
          { name: 'a b', source: {}, diskFormat: 'vmdk', stores: ['central'] },
          generated('two', { source: { url: 'ftp://x', file: 'relative' } }),
          generated('three', { source: { url: 'http://[x' } }),
          generated('two', { source: { made: { sizeMiB: 'many' } }, sites: ['x'] }),
        ],
      });
      expect(code).toBe(2);
      for (const fault of [
        /name: 'a b' does not match/,
        /diskFormat: 'vmdk' does not match raw\|qcow2/,
        /source: file, url, made: exactly one of them is needed, 0 are given/,
        /exactly one of them is needed, 2 are given/,
        /image three: source: url: is no URL/,
        /sizeMiB: must be a number above 0/,
        /seed: is missing/,
        /sites: is not a key of an image; its keys: caches, copy, diskFormat/,
        /name: two is listed twice/,
      ]) {
        expect(stderr).toMatch(fault);
      }
      const stores = await ensure(here, generated('x', { stores: ['dcn7'], source: { file: '/no/such' } }));
      expect(stores.code).toBe(2);
      expect(stores.stderr).toMatch(/source \/no\/such is no file on the undercloud/);
      expect(stores.stderr).toMatch(
        /store dcn7: the control plane's Glance does not have it \(it has central, dcn0, dcn1\)/,
      );
      expect(glance.calls(/^(POST|PUT)/)).toEqual([]);
    }),
  );
});

describe('images that a person has set aside', () => {
  test.concurrent(
    'are left as they are, and named',
    lab(async (here, glance) => {
      const document = { images: ['off', 'guarded', 'hidden', 'dead'].map((name) => generated(name)) };
      await ensure(here, document);
      glance.change('off', { status: 'deactivated', protected: true });
      glance.change('guarded', { status: 'queued', protected: true });
      glance.change('hidden', { status: 'queued', os_hidden: true });
      glance.change('dead', { status: 'killed' });
      const calls = glance.calls(/^(POST|PUT|DELETE)/).length;
      const { code, stderr } = await ensure(here, document);
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /^image off \(\S+\): is deactivated, protected and not active; it stays as it is/m,
      );
      expect(stderr).toMatch(/^image guarded \(\S+\): is protected/m);
      expect(stderr).toMatch(/^image hidden \(\S+\): is hidden/m);
      expect(stderr).toMatch(/^image dead \(\S+\): is killed/m);
      expect(glance.calls(/^(POST|PUT|DELETE)/)).toHaveLength(calls);
    }),
  );
});

describe('images check-removal', () => {
  test.concurrent(
    'refuses the deletion of all images for one with clones and a protected one, and names both; without a control plane it accepts',
    lab(async (here, glance) => {
      const names = ['plain', 'kept', 'other'];
      const check = () => here.kit(['images', 'check-removal'], stringify({ images: [...names, 'never'] }));
      await ensure(here, { images: names.map((name) => generated(name)) });
      addClone(here, 'dcn1', String(glance.property('plain', 'id')));
      expect(await check()).toMatchObject({ code: 0 });
      await deployedOnRecord(here);
      glance.change('kept', { protected: true });
      const { code, stderr } = await check();
      expect(code).toBe(2);
      expect(stderr).toMatch(/^image plain \(.*\): at dcn1 it is the parent of vms\/server-1_disk/m);
      expect(stderr).toMatch(/^image kept \(.*\): is protected/m);
      glance.change('kept', { protected: false });
      fs.rmSync(here.path('ceph/dcn1/children'), { recursive: true });
      expect(await check()).toMatchObject({
        code: 0,
        stdout: '{"checked": ["plain", "kept", "other", "never"]}\n',
      });
      expect(glance.calls(/^DELETE/)).toEqual([]);
    }),
  );
});

describe('images remove-all', () => {
  test.concurrent(
    "deletes the lab's images everywhere, and nothing of others",
    lab(async (here, glance) => {
      await deployedOnRecord(here);
      await ensure(here, generated('plain'));
      glance.add('foreign', ['central']);
      const document = stringify({ images: [generated('plain'), generated('foreign'), generated('never')] });
      expect(await here.json(['images', 'remove-all'], document)).toEqual({
        removed: ['foreign', 'never', 'plain'],
      });
      expect([glance.where('plain'), glance.where('foreign')]).toEqual([undefined, ['central']]);
    }),
  );

  test.concurrent(
    'is refused while an image has clones; without a control plane it does nothing',
    lab(async (here, glance) => {
      const document = stringify(generated('plain'));
      await ensure(here, generated('plain'));
      const gone = await here.kit(['images', 'remove-all'], document);
      expect(gone).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('the control plane is gone') as string,
      });
      await deployedOnRecord(here);
      addClone(here, 'dcn1', String(glance.property('plain', 'id')));
      const refused = await here.kit(['images', 'remove-all'], document);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(/image plain \(.*\): at dcn1 it is the parent of vms\/server-1_disk/);
      expect(glance.where('plain')).toEqual(['central', 'dcn0', 'dcn1']);
    }),
  );

  test.concurrent(
    'is refused while one of the images is protected, and names it; no image is deleted',
    lab(async (here, glance) => {
      const document = { images: [generated('plain'), generated('kept')] };
      await ensure(here, document);
      await deployedOnRecord(here);
      glance.change('kept', { protected: true });
      const refused = await here.kit(['images', 'remove-all'], stringify(document));
      expect(refused.code).toBe(2);
      const id = String(glance.property('kept', 'id'));
      expect(refused.stderr).toBe(
        `image kept (${id}): is protected; to delete it, run \`openstack image set --unprotected ${id}\`\n`,
      );
      expect([glance.where('plain'), glance.where('kept')]).not.toContain(undefined);
      expect(glance.calls(/^DELETE/)).toEqual([]);
    }),
  );
});

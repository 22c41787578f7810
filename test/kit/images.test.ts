import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { stringify } from 'yaml';
import { FakeGlance } from './fakeGlance';
import { type Ended, sleep, type TestUndercloud, until, within } from './undercloud';

jest.setTimeout(90_000);

/** A test's body with a control plane that has stores central, dcn0 and dcn1, all on record at the kit. */
function lab(work: (here: TestUndercloud, glance: FakeGlance) => Promise<void>): () => Promise<void> {
  return within(async (here) => {
    const glance = new FakeGlance(here.home);
    await glance.open();
    glance.stores = ['central', 'dcn0', 'dcn1'];
    for (const [index, store] of glance.stores.entries()) {
      const site = store === 'central' ? 'control-plane' : store;
      const node = { name: `node-${index}`, address: `10.0.0.3${index}` };
      const record = {
        site,
        store,
        description: store,
        cluster: store,
        stack: site,
        node,
        pools: [],
        digest: 'x',
      };
      here.write(`dcn/dev/stores/${store === 'central' ? 'own/' : ''}${store}.json`, JSON.stringify(record));
      here.write(`dcn/dev/${site}/known_hosts`, `10.0.0.3${index} ssh-ed25519 AAAA\n`);
    }
    try {
      await work(here, glance);
    } finally {
      await glance.close();
    }
  });
}

const made = (name: string, more: object = {}): object => ({
  name,
  source: { made: { sizeMiB: 5, seed: 'one' } },
  diskFormat: 'raw',
  stores: ['central', 'dcn0', 'dcn1'],
  ...more,
});
const ensure = (here: TestUndercloud, document: object): Promise<Ended> =>
  here.kit(['images', 'ensure'], stringify(document));
const sha512 = (data: Buffer): string => createHash('sha512').update(data).digest('hex');
const child = (here: TestUndercloud, store: string, id: string): void =>
  here.write(
    `ceph/${store}/children/${id}`,
    '[{"id":"1","pool":"vms","pool_namespace":"","image":"server-1_disk","trash":false}]',
  );

describe('images ensure', () => {
  test.concurrent(
    'makes an image, uploads it once, copies it to all its stores by one import; again it does nothing',
    lab(async (here, glance) => {
      const first = await ensure(here, made('plain'));
      expect(first.code).toBe(0);
      const id = glance.property('plain', 'id');
      const data = glance.data('plain');
      const told = { id, sha512: sha512(data), size: 5 << 20, stores: ['central', 'dcn0', 'dcn1'] };
      expect(JSON.parse(first.stdout)).toEqual({ images: { plain: told } });
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
      const again = await ensure(here, made('plain', { after: { dcn0: 'other hosts' } }));
      expect(again).toMatchObject({ code: 0, stdout: first.stdout });
      expect(glance.calls(/^(POST|PUT)/)).toHaveLength(3);
      expect(fs.readdirSync(here.path('dcn/dev/images'))).toEqual(['plain.lock']);
    }),
  );

  test.concurrent(
    'is raw in the store whatever the format of the source, with the same bytes from the same seed',
    lab(async (here, glance) => {
      const images = [made('plain'), made('packed', { diskFormat: 'qcow2' })];
      expect((await ensure(here, { images })).code).toBe(0);
      expect(glance.property('packed', 'disk_format')).toBe('raw');
      expect(sha512(glance.data('packed'))).toBe(sha512(glance.data('plain')));
      expect(fs.readdirSync(here.path('dcn/dev/images')).sort()).toEqual(['packed.lock', 'plain.lock']);
    }),
  );

  test.concurrent(
    'takes files and URLs, and checks their sums',
    lab(async (here, glance) => {
      const data = Buffer.from('an operating system');
      const sha256 = createHash('sha256').update(data).digest('hex');
      here.write('system.raw', String(data));
      const server = http.createServer((_, response) => response.end(data));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/system.raw`;
      try {
        const images = [
          made('file', { source: { file: here.path('system.raw'), sha256 } }),
          made('url', { source: { url, sha256 } }),
        ];
        expect((await ensure(here, { images })).code).toBe(0);
        expect(['file', 'url'].map((name) => String(glance.data(name)))).toEqual([
          String(data),
          String(data),
        ]);
        expect(here.exists('system.raw')).toBe(true);
        const wrong = await ensure(here, made('wrong', { source: { url, sha256: '0'.repeat(64) } }));
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
    'names the stores that failed, leaves the others their copies, and does only what is missing the next time',
    lab(async (here, glance) => {
      glance.failing.add('dcn1');
      const failed = await ensure(here, { images: [made('a'), made('b', { stores: ['dcn0'] })] });
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
      expect((await ensure(here, made('a'))).code).toBe(0);
      expect(glance.calls(/import$/).map(({ body }) => (body as { stores: string[] }).stores)).toEqual(
        expect.arrayContaining([['dcn0', 'dcn1'], ['dcn0'], ['dcn1']]),
      );
      expect(glance.calls(/^PUT/)).toHaveLength(2);
    }),
  );

  test.concurrent(
    'refuses another content under the same name, and a name that is not its own, before anything is done',
    lab(async (here, glance) => {
      await ensure(here, made('plain'));
      glance.add('foreign', ['central']);
      const before = glance.requests.length;
      const { code, stderr } = await ensure(here, {
        images: [
          made('plain', { source: { made: { sizeMiB: 5, seed: 'two' } } }),
          made('foreign'),
          made('new'),
        ],
      });
      expect(code).toBe(2);
      expect(stderr).toMatch(/image plain \(.*came from another source .* give the new image another name/);
      expect(stderr).toMatch(
        /image foreign: Glance has an image of this name \(.*\), which lab dev did not make/,
      );
      expect(glance.requests.slice(before).every(({ call }) => call.startsWith('GET'))).toBe(true);
    }),
  );

  test.concurrent(
    'makes an image anew whose upload was left half done',
    lab(async (here, glance) => {
      await ensure(here, made('plain', { stores: ['central'] }));
      const old = glance.property('plain', 'id');
      glance.change('plain', { status: 'saving' });
      expect((await ensure(here, made('plain'))).code).toBe(0);
      expect(glance.property('plain', 'id')).not.toBe(old);
      expect(glance.where('plain')).toEqual(['central', 'dcn0', 'dcn1']);
    }),
  );

  test.concurrent(
    'waits for an import that somebody else has started',
    lab(async (here, glance) => {
      await ensure(here, made('plain', { stores: ['central'] }));
      glance.hold('plain', 1);
      const running = here.start(['images', 'ensure'], stringify(made('plain')));
      await sleep(1);
      expect(glance.calls(/import$/)).toEqual([]);
      glance.change('plain', { os_glance_import_task: '' });
      expect((await running.ended).code).toBe(0);
      expect(glance.where('plain')).toEqual(['central', 'dcn0', 'dcn1']);
    }),
  );

  test.concurrent(
    'gets a new token when the old one has run out',
    lab(async (here, glance) => {
      glance.copySeconds = 1;
      const running = here.start(['images', 'ensure'], stringify(made('plain')));
      await until(() => glance.calls(/import$/).length > 0, 'the copy');
      glance.expired = true;
      expect((await running.ended).code).toBe(0);
    }),
  );

  test.concurrent(
    'tells all faults of a document at once',
    lab(async (here, glance) => {
      const { code, stderr } = await ensure(here, {
        images: [
          { name: 'a b', source: {}, diskFormat: 'vmdk', stores: ['central'] },
          made('two', { source: { url: 'ftp://x', file: 'relative' } }),
          made('two', { source: { made: { sizeMiB: 'many' } }, sites: ['x'] }),
        ],
      });
      expect(code).toBe(2);
      for (const fault of [
        /name: 'a b' does not match/,
        /diskFormat: 'vmdk' does not match raw\|qcow2/,
        /source: file, url, made: exactly one of them is needed, 0 are given/,
        /exactly one of them is needed, 2 are given/,
        /sizeMiB: must be a number above 0/,
        /seed: is missing/,
        /sites: is not a key of an image; its keys: caches, diskFormat/,
        /name: two is listed twice/,
      ]) {
        expect(stderr).toMatch(fault);
      }
      const stores = await ensure(here, made('x', { stores: ['dcn7'], source: { file: '/no/such' } }));
      expect(stores.code).toBe(2);
      expect(stores.stderr).toMatch(/source \/no\/such is no file on the undercloud/);
      expect(stores.stderr).toMatch(
        /store dcn7: the control plane's Glance does not have it \(it has central, dcn0, dcn1\)/,
      );
      fs.writeFileSync(here.path('disguised'), 'QFI\xfbrest', 'latin1');
      fs.writeFileSync(here.path('chained'), 'QFI\xfb backing', 'latin1');
      const disguised = await ensure(here, {
        images: [
          made('disguised', { source: { file: here.path('disguised') } }),
          made('chained', { source: { file: here.path('chained') }, diskFormat: 'qcow2' }),
        ],
      });
      expect(disguised.code).toBe(1);
      expect(disguised.stderr).toMatch(/image disguised: its source is qcow2, not raw/);
      expect(disguised.stderr).toMatch(/image chained: its source refers to another file, \/etc\/shadow/);
      expect(glance.calls(/^(POST|PUT)/)).toEqual([]);
    }),
  );
});

describe('images remove-all', () => {
  test.concurrent(
    "deletes the lab's images everywhere, and nothing of others",
    lab(async (here, glance) => {
      await deployedOnRecord(here);
      await ensure(here, made('plain'));
      glance.add('foreign', ['central']);
      const document = stringify({ images: [made('plain'), made('foreign'), made('never')] });
      expect(await here.json(['images', 'remove-all'], document)).toEqual({
        removed: ['foreign', 'never', 'plain'],
      });
      expect([glance.where('plain'), glance.where('foreign')]).toEqual([undefined, ['central']]);
    }),
  );

  test.concurrent(
    'is refused while something grew from one of them; without a control plane there is nothing to do',
    lab(async (here, glance) => {
      const document = stringify(made('plain'));
      await ensure(here, made('plain'));
      const gone = await here.kit(['images', 'remove-all'], document);
      expect(gone).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('the control plane is gone') as string,
      });
      await deployedOnRecord(here);
      child(here, 'dcn1', String(glance.property('plain', 'id')));
      const refused = await here.kit(['images', 'remove-all'], document);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(/image plain \(.*\): at dcn1 it is the parent of vms\/server-1_disk/);
      expect(glance.where('plain')).toEqual(['central', 'dcn0', 'dcn1']);
    }),
  );

  /** The control plane counts as standing when its stack phase has run here. */
  async function deployedOnRecord(here: TestUndercloud): Promise<void> {
    await here.run(here.job('control-plane/overcloud-stack', { commands: ['openstack overcloud deploy'] }));
  }
});

describe('verbs for images by name', () => {
  test.concurrent(
    'copy brings several images to several stores, and says what each has',
    lab(async (here, glance) => {
      glance.add('one', ['central']);
      const two = glance.add('two', ['central', 'dcn0']);
      const rows = await here.json(['images', 'copy', 'one', two, '--to', 'dcn0', 'dcn1', '--json']);
      expect(rows).toMatchObject([
        { image: 'one', stores: ['central', 'dcn0', 'dcn1'] },
        { image: 'two', stores: ['central', 'dcn0', 'dcn1'] },
      ]);
      expect(glance.calls(/import$/)).toHaveLength(2);
    }),
  );

  test.concurrent(
    'copy refuses all that is wrong at once',
    lab(async (here, glance) => {
      glance.add('one', ['central']);
      glance.add('same', ['central']);
      glance.add('same', ['central']);
      glance.add('off', ['central'], { status: 'deactivated' });
      const { code, stderr } = await here.kit([
        'images',
        'copy',
        'one',
        'same',
        'off',
        'none',
        '--to',
        'dcn0',
        'dcn8',
      ]);
      expect(code).toBe(2);
      expect(stderr).toMatch(/image same: 2 images have this name; give the id of one/);
      expect(stderr).toMatch(/image off \(.*\): is deactivated/);
      expect(stderr).toMatch(/image none: no image has this name or id; the images are: off, one, same/);
      expect(stderr).toMatch(/store dcn8: the control plane's Glance does not have it/);
      expect(glance.calls(/^POST/)).toEqual([]);
    }),
  );

  test.concurrent(
    'remove takes copies away, but neither the last nor one that something grew from, and then none at all',
    lab(async (here, glance) => {
      glance.add('both', ['central', 'dcn0']);
      glance.add('only', ['dcn0']);
      const used = glance.add('used', ['central', 'dcn0']);
      child(here, 'dcn0', used);
      const refused = await here.kit(['images', 'remove', 'both', 'only', 'used', '--from', 'dcn0']);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(/image only \(.*\): dcn0 hold its only copies; copy it elsewhere first/);
      expect(refused.stderr).toMatch(
        /image used \(.*\): at dcn0 it is the parent of vms\/server-1_disk; .*flatten/,
      );
      expect(glance.where('both')).toEqual(['central', 'dcn0']);
      const rows = await here.json(['images', 'remove', 'both', '--from', 'dcn0', '--json']);
      expect(rows).toMatchObject([{ image: 'both', stores: ['central'] }]);
      const again = await here.kit(['images', 'remove', 'both', '--from', 'dcn0']);
      expect(again).toMatchObject({ code: 0, stderr: 'image both: has no copy at dcn0\n' });
    }),
  );

  test.concurrent(
    'list shows every image with the names that ./dcn reads',
    lab(async (here, glance) => {
      await ensure(here, made('plain', { stores: ['central'] }));
      glance.add('queued', [], { status: 'queued', disk_format: null, os_glance_failed_import: 'dcn0,dcn1' });
      glance.change('queued', { size: null });
      expect(await here.json(['images', 'list', '--json'])).toMatchObject([
        {
          name: 'plain',
          status: 'active',
          diskFormat: 'raw',
          size: 5 << 20,
          stores: ['central'],
          importing: [],
          failed: [],
          lab: true,
        },
        {
          name: 'queued',
          status: 'queued',
          diskFormat: '',
          size: 0,
          stores: [],
          failed: ['dcn0', 'dcn1'],
          lab: false,
        },
      ]);
    }),
  );

  test.concurrent(
    'verify finds the central store in a cluster of another site, and in one that only the undercloud can reach',
    lab(async (here) => {
      await ensure(here, made('plain'));
      const file = 'dcn/dev/stores/own/central.json';
      const { node, ...record } = JSON.parse(here.read(file)) as { node: object };
      const verified = { store: 'central', sha512: expect.stringMatching(/^[0-9a-f]{128}$/) as unknown };
      here.write('dcn/dev/external-ceph/known_hosts', here.read('dcn/dev/control-plane/known_hosts'));
      fs.rmSync(here.path('dcn/dev/control-plane/known_hosts'));
      here.write(file, JSON.stringify({ ...record, node: { ...node, site: 'external-ceph' } }));
      const verify = ['images', 'verify', 'plain', '--at', 'central', '--json'];
      expect(await here.json<object[]>(verify)).toEqual([expect.objectContaining(verified)]);

      const client = { user: 'openstack', conf: 'external-ceph/central.conf', keyring: 'external-ceph/k' };
      here.write('dcn/dev/external-ceph/k', 'a keyring');
      here.write(file, JSON.stringify({ ...record, client }));
      const before = here.read('ssh-calls');
      expect(await here.json<object[]>(verify)).toEqual([expect.objectContaining(verified)]);
      const [clone] = await here.json<{ parent: string }[]>([
        ...['images', 'clone', 'plain', '--at', 'central', '--json'],
      ]);
      expect(clone?.parent).toMatch(/^images\/.*@snap$/);
      expect(here.read('ssh-calls')).toBe(before);
    }),
  );

  test.concurrent(
    'verify reads the bytes back at each store and names the copy that differs',
    lab(async (here, glance) => {
      const id = glance.add('plain', ['central', 'dcn0']);
      const rows = await here.json<object[]>(['images', 'verify', 'plain', '--json']);
      expect(rows).toMatchObject([
        { image: 'plain', store: 'central', sha512: sha512(glance.data('plain')) },
        { image: 'plain', store: 'dcn0', sha512: sha512(glance.data('plain')) },
      ]);
      here.write(`ceph/dcn0/images/${id}`, 'rotten');
      const wrong = await here.kit(['images', 'verify', 'plain']);
      expect(wrong.code).toBe(1);
      expect(wrong.stderr).toMatch(/image plain \(.*\): at dcn0 its data has sha512 .*, Glance says/);
      expect(wrong.stderr).not.toContain('at central');
      expect((await here.kit(['images', 'verify', 'plain', '--at', 'dcn1'])).stderr).toContain(
        'has no copy at dcn1',
      );
    }),
  );

  test.concurrent(
    'clone times a clone against a full copy, shows the parent, and removes both, also when it fails',
    lab(async (here, glance) => {
      const id = glance.add('plain', ['central', 'dcn0']);
      const rows = await here.json<{ cloneSeconds: number; copySeconds: number }[]>([
        ...['images', 'clone', 'plain', '--at', 'central', 'dcn0', '--json'],
      ]);
      expect(rows).toMatchObject([
        { image: 'plain', store: 'central', stores: ['central', 'dcn0'], parent: `images/${id}@snap` },
        { image: 'plain', store: 'dcn0', parent: `images/${id}@snap` },
      ]);
      // The stand-in for rbd takes 0.05 s to copy; how long anything takes at most is up to the machine.
      expect(rows.every(({ cloneSeconds, copySeconds }) => cloneSeconds > 0 && copySeconds >= 0.05)).toBe(
        true,
      );
      expect(fs.readdirSync(here.path('ceph/dcn0/vms'))).toEqual([]);
      here.write('full', '');
      const failed = await here.kit(['images', 'clone', 'plain', '--at', 'dcn0']);
      expect(failed).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('store dcn0: node-1 (10.0.0.31): rbd: no space') as string,
      });
      expect(fs.readdirSync(here.path('ceph/dcn0/vms'))).toEqual([]);
    }),
  );

  test.concurrent(
    'say what to do when the control plane does not answer, or refuses the password',
    lab(async (here, glance) => {
      const rc = here.read('control-planerc');
      here.write('control-planerc', rc.replace(/OS_AUTH_URL=.*/, 'OS_AUTH_URL=http://127.0.0.1:9'));
      const dead = await here.kit(['images', 'list']);
      expect(dead).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /POST http:\/\/127\.0\.0\.1:9\/v3\/auth\/tokens: .*does the control plane answer/,
        ) as string,
      });
      here.write('control-planerc', rc.replace(/OS_PASSWORD=.*/, 'OS_PASSWORD=wrongPassword'));
      const refused = await here.kit(['images', 'list']);
      expect(refused.stderr).toContain('HTTP 401: The request you have made requires authentication.');
      here.write('control-planerc', 'export OS_USERNAME=admin\n');
      expect((await here.kit(['images', 'list'])).stderr).toMatch(
        /control-planerc: does not export OS_AUTH_URL, OS_PASSWORD/,
      );
      fs.rmSync(here.path('control-planerc'));
      expect((await here.kit(['images', 'list'])).stderr).toMatch(
        /control-planerc is missing: deploy the control plane first/,
      );
      expect(glance.requests).toEqual([]);
    }),
  );

  test.concurrent(
    'no secret is in what they print or in any argument list',
    lab(async (here, glance) => {
      glance.add('plain', ['central']);
      glance.failing.add('dcn1');
      const outputs = [
        await here.kit(['images', 'copy', 'plain', '--to', 'dcn0', 'dcn1']),
        await here.kit(['images', 'verify', 'plain']),
        await here.kit(['status', '--json']),
      ];
      const printed = outputs.map(({ stdout, stderr }) => stdout + stderr).join('') + here.read('ssh-calls');
      expect(printed).not.toContain(glance.password);
      expect(printed).not.toContain(glance.token);
    }),
  );
});

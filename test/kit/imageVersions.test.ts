import * as fs from 'node:fs';
import { stringify } from 'yaml';
import { addClone, deployedOnRecord, ensure, generated, lab, sha512 } from './imageLab';
import type { Properties } from './imageFields';
import { disk, fromUrl, served } from './imageSource';
import { until } from './undercloud';

jest.setTimeout(90_000);

/* A new source of an image of the lab file: a new image takes over the name. */

const version = (seed: string, more: object = {}): object =>
  generated('plain', { source: { made: { sizeMiB: 5, seed } }, ...more });

interface Listed {
  id: string;
  name: string;
  stores: string[];
  os_hidden: boolean;
  version?: string;
  sha512: string;
}

describe('a new source of an image', () => {
  test.concurrent(
    'makes a new image that is hidden until its stores have it; then the name is its own, and the one before is hidden',
    lab(async (here, glance) => {
      await ensure(here, version('one', { settings: { tags: ['guest'] } }));
      const list = async (): Promise<Listed[]> =>
        (await here.json<Listed[]>(['images', 'list', '--json'])).filter(({ name }) => name === 'plain');
      const [old] = await list();
      glance.copySeconds = 2;
      const running = here.start(
        ['images', 'ensure'],
        stringify(version('two', { settings: { tags: ['guest'] } })),
      );
      await until(() => glance.calls(/import$/).length > 1, 'the copy of the new version');
      const [before, next] = await list();
      expect(before).toMatchObject({ id: old?.id, os_hidden: false });
      expect(before).not.toHaveProperty('version');
      expect(next).toMatchObject({ os_hidden: true, version: 'next' });
      const { code, stdout, stderr } = await running.ended;
      expect({ code, stderr }).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(
          `image plain \\(${old?.id}\\): is an earlier version now, and hidden\\n.*image plain \\(${next?.id}\\): is the current version now`,
        ) as string,
      });
      expect(JSON.parse(stdout)).toMatchObject({ images: { plain: { id: next?.id } } });
      const [current, earlier] = await list();
      expect(current).toMatchObject({ id: next?.id, os_hidden: false, stores: ['central', 'dcn0', 'dcn1'] });
      expect(current).not.toHaveProperty('version');
      expect(earlier).toMatchObject({
        id: old?.id,
        os_hidden: true,
        version: 'earlier',
        stores: old?.stores,
      });
      expect(glance.tags('plain')).toEqual(['guest']);
    }),
  );

  test.concurrent(
    'keeps the settings of the lab file for the new image, hidden ones too, and gives back an earlier version without an upload',
    lab(async (here, glance) => {
      await ensure(here, version('one'));
      const settings = { os_hidden: 'true', protected: 'true', properties: { hw_disk_bus: 'scsi' } };
      await ensure(here, version('two', { settings }));
      const [old, two] = glance.versions('plain');
      expect(two).toMatchObject({ os_hidden: true, protected: true, hw_disk_bus: 'scsi' });
      expect(two).not.toHaveProperty('glance_dcn_version');
      expect(old).toMatchObject({ os_hidden: true, glance_dcn_version: 'earlier', protected: false });
      const uploads = glance.calls(/^PUT/).length;
      expect((await ensure(here, version('one'))).code).toBe(0);
      expect(glance.calls(/^PUT/)).toHaveLength(uploads);
      const [again, after] = glance.versions('plain');
      expect(again).toMatchObject({ id: old?.id, os_hidden: false });
      expect(again).not.toHaveProperty('glance_dcn_version');
      expect(after).toMatchObject({ os_hidden: true, glance_dcn_version: 'earlier' });
    }),
  );

  test.concurrent(
    'goes on where it was stopped: before its copies, between its changes of names, and with a third source',
    lab(async (here, glance) => {
      await ensure(here, version('one'));
      glance.failing.add('dcn1');
      expect((await ensure(here, version('two'))).code).toBe(1);
      const [one, two] = glance.versions('plain');
      expect(one).not.toHaveProperty('glance_dcn_version');
      expect(two).toMatchObject({ glance_dcn_version: 'next', os_hidden: true });
      glance.failing.clear();
      // The second change of a name is refused: the name has no current version now.
      glance.outages = [{ call: new RegExp(`PATCH /v2/images/${two?.id}`), statuses: [403] }];
      const refused = await ensure(here, version('two'));
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(/did not become the current version: /);
      expect(glance.versions('plain').map((image) => image.glance_dcn_version)).toEqual(['earlier', 'next']);
      expect((await ensure(here, version('three'))).code).toBe(0);
      expect(glance.versions('plain').map((image) => image.glance_dcn_version)).toEqual([
        'earlier',
        'earlier',
        undefined,
      ]);
      expect((await ensure(here, version('two'))).code).toBe(0);
      expect(glance.versions('plain').map((image) => image.glance_dcn_version)).toEqual([
        'earlier',
        undefined,
        'earlier',
      ]);
      expect(glance.calls(/^PUT/)).toHaveLength(3);
    }),
  );

  test.concurrent(
    'takes the name over from an image that a person has deactivated, and does not give back such a one',
    lab(async (here, glance) => {
      await ensure(here, version('one'));
      glance.change('plain', { status: 'deactivated' });
      expect((await ensure(here, version('two'))).code).toBe(0);
      const { code, stderr } = await ensure(here, version('one'));
      expect(code).toBe(2);
      expect(stderr).toMatch(/^image plain \(\S+\): is deactivated and not active; it stays as it is/m);
      expect(glance.versions('plain').map(({ status }) => status)).toEqual(['deactivated', 'active']);
    }),
  );

  test.concurrent(
    'hides the image before it again where an import saves old properties, and says so if that goes on',
    lab(async (here, glance) => {
      await ensure(here, version('one'));
      let left = 3;
      glance.before = (call) => {
        if (left > 0 && call.startsWith('PATCH')) {
          left -= 1;
          glance.hold('plain', 0);
          const old = { os_hidden: false, glance_dcn_version: null, os_glance_import_task: null };
          setTimeout(() => glance.change('plain', old), 300);
        }
      };
      const { code, stderr } = await ensure(here, version('two'));
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /image plain \(\S+\): did not stay an earlier version after 3 changes; run this again/,
      );
      expect(glance.versions('plain')).toMatchObject([
        { os_hidden: false },
        { os_hidden: true, glance_dcn_version: 'next' },
      ]);
      left = 1;
      expect((await ensure(here, version('two'))).code).toBe(0);
      expect(glance.versions('plain')).toMatchObject([
        { os_hidden: true, glance_dcn_version: 'earlier' },
        { os_hidden: false },
      ]);
    }),
  );

  test.concurrent(
    'leaves names to the current version, ids to each, and a removal of the image takes all versions',
    lab(async (here, glance) => {
      await deployedOnRecord(here);
      await ensure(here, version('one', { stores: ['central'] }));
      await ensure(here, version('two', { stores: ['central'] }));
      const [one, two] = glance.versions('plain');
      await here.kit(['images', 'copy', 'plain', '--to', 'dcn0']);
      expect(glance.versions('plain').map(({ stores }) => stores)).toEqual(['central', 'central,dcn0']);
      await here.kit(['images', 'copy', String(one?.id), '--to', 'dcn1']);
      expect(glance.versions('plain').map(({ stores }) => stores)).toEqual(['central,dcn1', 'central,dcn0']);
      expect(two?.os_hash_value).not.toBe(one?.os_hash_value);
      expect(sha512(glance.data('plain'))).toBe(one?.os_hash_value);
      await here.kit(['images', 'remove-all'], stringify(version('two')));
      expect(glance.versions('plain')).toEqual([]);
    }),
  );

  test.concurrent(
    'does not leave the name without an image where Glance fails for a moment, nor shows it before its settings hold',
    lab(async (here, glance) => {
      await ensure(here, version('one', { settings: { visibility: 'private' } }));
      const settings = { visibility: 'private' };
      let patches = 0;
      const seen: unknown[] = [];
      glance.before = (call) => {
        if (call.startsWith('PATCH')) {
          patches += 1;
          seen.push(glance.versions('plain').map(({ visibility, os_hidden }) => [visibility, os_hidden]));
          if (patches === 2) {
            glance.outages = [{ call: /^PATCH/, statuses: [503] }];
          }
        }
      };
      expect((await ensure(here, version('two', { settings }))).code).toBe(0);
      expect(glance.versions('plain')).toMatchObject([
        { os_hidden: true, glance_dcn_version: 'earlier' },
        { os_hidden: false, visibility: 'private' },
      ]);
      expect(patches).toBe(3);
      expect((await ensure(here, version('one'))).code).toBe(0);
      // The version of before is public, as the lab file says now, while it is still hidden.
      expect(seen.slice(3)).toContainEqual([
        ['public', true],
        ['private', false],
      ]);
      expect(glance.versions('plain')).toMatchObject([{ visibility: 'public', os_hidden: false }, {}]);
    }),
  );

  test.concurrent(
    'fetches a URL without sha256 again, instead of taking an earlier version from there',
    lab(async (here, glance) => {
      let data = disk;
      await served(
        (_, response) => response.end(data),
        async (url) => {
          await ensure(here, fromUrl(url));
          const other = fromUrl(`${url}/other`, { stores: ['central', 'dcn1'] });
          glance.failing.add('dcn1');
          expect((await ensure(here, other)).code).toBe(1);
          glance.failing.clear();
          // The next version that a failed run has left is not uploaded again.
          expect((await ensure(here, other)).code).toBe(0);
          expect(glance.calls(/^PUT/)).toHaveLength(2);
          data = Buffer.from(disk).fill('another disk ', 0, 1 << 20);
          expect((await ensure(here, fromUrl(url))).code).toBe(0);
          expect(glance.versions('url').map(({ os_hash_value }) => os_hash_value)).toEqual([
            sha512(disk),
            sha512(disk),
            sha512(data),
          ]);
        },
      );
    }),
  );
});

describe('properties of versions that others have set', () => {
  test.concurrent(
    'make no version of the lab: not by another owner, nor in a snapshot',
    lab(async (here, glance) => {
      await ensure(here, version('one'));
      await ensure(here, version('two'));
      const [one] = glance.versions('plain');
      const keys = ['glance_dcn_lab', 'glance_dcn_source', 'glance_dcn_version', 'os_hidden'];
      const properties = Object.fromEntries(keys.map((key) => [key, one?.[key] ?? null]));
      glance.change('plain', { glance_dcn_source: 'of no source' });
      const others: Properties[] = [{ owner: 'tenant' }, { base_image_ref: 'x', instance_uuid: 'y' }];
      for (const more of others) {
        const id = glance.add('plain', ['central'], { ...properties, ...more });
        const { code, stderr } = await ensure(here, version('one'));
        expect([code, stderr]).toEqual([
          2,
          expect.stringContaining(`Glance has an image of this name (${id}), which lab dev did not make`),
        ]);
        glance.forget(id);
      }
      expect((await ensure(here, version('one'))).code).toBe(0);
    }),
  );

  test.concurrent(
    'hide no image from the verbs, and break no list',
    lab(async (here, glance) => {
      glance.add('snap', ['central'], { glance_dcn_version: 'earlier', glance_dcn_lab: 'dev' });
      glance.add('odd', ['central'], { glance_dcn_version: 'foo' });
      expect((await here.kit(['images', 'copy', 'snap', '--to', 'dcn0'])).code).toBe(0);
      const listed = await here.json<Listed[]>(['images', 'list', '--json']);
      expect(listed.map(({ name, version: mark }) => [name, mark])).toEqual([
        ['odd', undefined],
        ['snap', 'earlier'],
      ]);
      expect((await here.kit(['images', 'list'])).stdout).toMatch(
        / snap \(earlier version\): central, dcn0$/m,
      );
    }),
  );
});

describe('images delete', () => {
  test.concurrent(
    'deletes an earlier version, protected by the lab or not, and refuses one with clones and the current one',
    lab(async (here, glance) => {
      await ensure(here, version('one', { settings: { protected: 'true' } }));
      await ensure(here, version('two'));
      const [one, two] = glance.versions('plain').map(({ id }) => String(id));
      addClone(here, 'dcn1', String(one));
      glance.add('guarded', ['central'], { protected: true });
      const { code, stderr } = await here.kit(['images', 'delete', 'plain', String(one), 'guarded']);
      expect(code).toBe(2);
      expect(stderr).toContain(`image plain (${two}): is of lab dev; take it out of the lab file`);
      expect(stderr).toContain(`image plain (${one}): at dcn1 it is the parent of vms/server-1_disk`);
      expect(stderr).toMatch(/image guarded \(\S+\): is protected/);
      expect(glance.versions('plain')).toHaveLength(2);
      fs.rmSync(here.path(`ceph/dcn1/children/${one}`));
      expect(await here.json(['images', 'delete', String(one), '--json'])).toEqual([
        { image: 'plain', id: one },
      ]);
      expect(glance.versions('plain').map(({ id }) => id)).toEqual([two]);
    }),
  );

  test.concurrent(
    'refuses a version that became the current one meanwhile, and deletes a snapshot of a server of the image',
    lab(async (here, glance) => {
      await ensure(here, version('one', { stores: ['central'] }));
      await ensure(here, version('two', { stores: ['central'] }));
      const [one] = glance.versions('plain').map(({ id }) => String(id));
      glance.copySeconds = 2;
      const running = here.start(
        ['images', 'ensure'],
        stringify(version('one', { stores: ['central', 'dcn0'] })),
      );
      await until(() => glance.calls(/import$/).length > 0, 'the copy of the version of before');
      const { code, stderr } = await here.kit(['images', 'delete', String(one)]);
      expect([code, (await running.ended).code]).toEqual([2, 0]);
      expect(stderr).toContain(`image plain (${one}): is of lab dev; take it out of the lab file`);

      glance.add('snap', ['central'], {
        glance_dcn_lab: 'dev',
        base_image_ref: one ?? '',
        instance_uuid: 'x',
      });
      expect((await here.kit(['images', 'delete', 'snap'])).code).toBe(0);
    }),
  );
});

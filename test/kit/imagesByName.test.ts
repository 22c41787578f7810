import * as fs from 'node:fs';
import { addClone, ensure, generated, lab, sha512 } from './imageLab';
import { until } from './undercloud';

jest.setTimeout(90_000);

describe('verbs for images by name', () => {
  test.concurrent(
    'copy copies several images to several stores, and lists the stores of each',
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
    'remove refuses the last copy and a copy with clones, and then removes no copy at all',
    lab(async (here, glance) => {
      glance.add('both', ['central', 'dcn0']);
      glance.add('only', ['dcn0']);
      const used = glance.add('used', ['central', 'dcn0']);
      addClone(here, 'dcn0', used);
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
    'copy starts no further import when it is interrupted, and ends without waiting for those under way',
    lab(async (here, glance) => {
      const names = [...'abcdefghijkl'];
      names.forEach((name) => glance.add(name, ['central']));
      glance.stuck.add('dcn0');
      const running = here.start(['images', 'copy', ...names, '--to', 'dcn0']);
      await until(() => glance.calls(/import$/).length === 4, 'the first imports');
      running.kill('SIGINT');
      expect((await running.ended).code).toBe(130);
      expect(glance.calls(/import$/)).toHaveLength(4);
    }),
  );

  test.concurrent(
    'remove and verify give no list of images as an argument, whose length has a limit',
    lab(async (here, glance) => {
      const ids = ['one', 'two', 'three'].map((name) => glance.add(name, ['central', 'dcn0']));
      expect((await here.kit(['images', 'verify', ...ids])).code).toBe(0);
      expect((await here.kit(['images', 'remove', ...ids, '--from', 'dcn0'])).code).toBe(0);
      expect(ids.filter((id) => here.read('ssh-calls').includes(id))).toEqual([]);
      expect(ids.filter((id) => !here.read('rbd-calls').includes(`images/${id}@snap`))).toEqual([]);
    }),
  );

  test.concurrent(
    'verify finds the central store in a cluster of another site, and in one that only the undercloud can reach',
    lab(async (here) => {
      await ensure(here, generated('plain'));
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
    'verify and clone use the pools of a cluster by their names there',
    lab(async (here) => {
      await ensure(here, generated('plain'));
      const file = 'dcn/dev/stores/own/central.json';
      const record = JSON.parse(here.read(file)) as object;
      here.write(file, JSON.stringify({ ...record, poolNames: { images: 'glance', vms: 'nova.disks' } }));
      fs.renameSync(here.path('ceph/central/images'), here.path('ceph/central/glance'));
      fs.mkdirSync(here.path('ceph/central/nova.disks'));
      expect(await here.kit(['images', 'verify', 'plain', '--at', 'central'])).toMatchObject({ code: 0 });
      const [clone] = await here.json<{ parent: string }[]>([
        ...['images', 'clone', 'plain', '--at', 'central', '--json'],
      ]);
      expect(clone?.parent).toMatch(/^glance\/.*@snap$/);
      expect(fs.readdirSync(here.path('ceph/central/nova.disks'))).toEqual([]);
    }),
  );

  test.concurrent(
    'remove takes a pool that is not there for no pool without clones, and no answer of Ceph for what it is not',
    lab(async (here, glance) => {
      const id = glance.add('plain', ['central', 'dcn0']);
      const file = 'dcn/dev/stores/dcn0.json';
      const record = here.read(file);
      here.write(
        file,
        JSON.stringify({ ...(JSON.parse(record) as object), poolNames: { images: 'glance' } }),
      );
      const remove = ['images', 'remove', 'plain', '--from', 'dcn0'];
      expect(await here.kit(remove)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^store dcn0: .*error opening pool 'glance'/) as string,
      });
      here.write(file, record);
      here.write(`ceph/dcn0/children/${id}`, 'WARN: an image of 2023 is used');
      expect(await here.kit(remove)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /^store dcn0: Ceph answered 'WARN: .*' in place of JSON; does `cephadm shell`/,
        ) as string,
      });
      expect(glance.where('plain')).toEqual(['central', 'dcn0']);
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
    'verify says that Glance has no hash of an image, and compares its copies with one another',
    lab(async (here, glance) => {
      const noHash = { os_hash_algo: null, os_hash_value: null };
      const id = glance.add('snapshot', ['central', 'dcn0', 'dcn1']);
      glance.change('snapshot', noHash);
      const equal = await here.kit(['images', 'verify', 'snapshot', '--json']);
      expect(equal.code).toBe(0);
      expect(equal.stderr).toContain(
        `image snapshot (${id}): Glance has no sha512 of it; the 3 copies that were read are equal\n`,
      );
      expect(JSON.parse(equal.stdout)).toHaveLength(3);
      const one = await here.kit(['images', 'verify', 'snapshot', '--at', 'dcn0']);
      expect(one.stderr).toContain('Glance has no sha512 of it; one copy was read\n');
      here.write(`ceph/dcn0/images/${id}`, 'rotten');
      const { code, stderr } = await here.kit(['images', 'verify', 'snapshot']);
      expect(code).toBe(1);
      const [sum, rotten] = [glance.data('snapshot'), Buffer.from('rotten')].map(sha512);
      expect(stderr).toContain(
        `image snapshot (${id}): Glance has no sha512 of it, and its copies differ: at central ${sum}; at dcn0 ${rotten}; at dcn1 ${sum}; find the copy`,
      );
      expect(stderr).not.toContain('None');
    }),
  );

  test.concurrent(
    'verify and copy refuse an image without data in any store',
    lab(async (here, glance) => {
      const id = glance.add('of-a-volume', []);
      glance.change('of-a-volume', { size: 0, os_hash_algo: null, os_hash_value: null });
      for (const words of [
        ['verify', 'of-a-volume'],
        ['copy', 'of-a-volume', '--to', 'dcn0'],
      ]) {
        const { code, stderr } = await here.kit(['images', ...words]);
        expect([code, stderr]).toEqual([
          2,
          `image of-a-volume (${id}): no store has its data, so there is nothing to read or copy; if it is the snapshot of a server that boots from a volume, its data is a snapshot of that volume\n`,
        ]);
      }
      expect(glance.calls(/^POST/)).toEqual([]);
    }),
  );

  test.concurrent(
    'clone times a clone against a full copy, shows the parent, and removes both, also when it fails',
    lab(async (here, glance) => {
      const id = glance.add('plain', ['central', 'dcn0']);
      const rows = await here.json<{ cloneSeconds: number; copySeconds: number }[]>([
        ...['images', 'clone', 'plain', '--at', 'central', 'dcn0', '--json'],
      ]);
      const expected = {
        image: 'plain',
        parent: `images/${id}@snap`,
        copyBytes: glance.data('plain').length,
      };
      expect(rows).toMatchObject([
        { ...expected, store: 'central', stores: ['central', 'dcn0'] },
        { ...expected, store: 'dcn0' },
      ]);
      const calls = here.read('rbd-calls').split('\n');
      expect(
        calls.filter((call) => /^dcn0 (info|clone|cp) /.test(call)).map((call) => call.split(' ')[1]),
      ).toEqual(['info', 'clone', 'cp', 'info']);
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
    'no secret is in what they print, or in arguments and environments of other programs',
    lab(async (here, glance) => {
      glance.add('plain', ['central']);
      glance.failing.add('dcn1');
      const outputs = [
        await here.kit(['images', 'copy', 'plain', '--to', 'dcn0', 'dcn1']),
        await here.kit(['images', 'verify', 'plain']),
        await here.kit(['status', '--json']),
      ];
      const printed =
        outputs.map(({ stdout, stderr }) => stdout + stderr).join('') +
        here.read('ssh-calls') +
        here.read('ssh-environments');
      expect(printed).not.toContain(glance.keystone.password);
      expect(printed).not.toContain(glance.keystone.token);
    }),
  );
});

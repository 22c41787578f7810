import { stringify } from 'yaml';
import { ensure, generated } from './imageLab';
import { probe } from './lives/behaviour';
import {
  composedFiles,
  deployControlPlane,
  deployWithSites,
  lab,
  leave,
  stackRuns,
  startWithdraw,
  storeDocument,
  withdraw,
  writeInventory,
} from './storeLab';
import { openSshPort, ownAddress } from './sshPort';
import { type Ended, type Running, type TestUndercloud, until, within } from './undercloud';

jest.setTimeout(180_000);

/*
 * Pulumi keeps a resource in its state whose deletion has failed, or whose Pulumi was killed. The next `pulumi up` of the site does
 * not create it again, but runs `site restore`.
 */
const startRestore = (here: TestUndercloud, site: string): Running =>
  here.start(['site', 'restore', site, '--grace', '1'], stringify({ steps: ['one', 'two', 'three'] }));
const restore = async (here: TestUndercloud, site: string): Promise<void> => {
  const { code, stdout, stderr } = await startRestore(here, site).ended;
  expect([code, stdout, code === 0 ? '' : stderr]).toEqual([0, `{"site": "${site}"}\n`, '']);
};
const stores = async (here: TestUndercloud): Promise<unknown> =>
  (await here.json<{ store: string }[]>(['stores', 'list', '--json'])).map(({ store }) => store);

let closePort: () => void;
beforeAll(async () => {
  closePort = await openSshPort(ownAddress(1));
});
afterAll(() => closePort());

describe('site restore', () => {
  test.concurrent(
    'registers a store again whose withdrawal has failed after the store was drained, and copies its images back',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      glance.add('both', ['central', 'dcn0']);
      glance.add('only', ['dcn0']);
      glance.add('set aside', ['central', 'dcn0']);
      here.behave("[[ $all != *--config-download-only ]] || { echo 'no route to c-0' >&2; exit 1; }");
      expect((await withdraw(here, 'dcn0')).code).toBe(1);
      expect(['both', 'only'].map((name) => glance.where(name))).toEqual([['central'], ['central']]);
      expect(await stores(here)).toEqual(['central', 'dcn1']);
      here.behave('');
      glance.change('set aside', { status: 'deactivated' });
      await restore(here, 'dcn0');
      expect(await stores(here)).toEqual(['central', 'dcn0', 'dcn1']);
      expect(composedFiles(here).clusters).toEqual(['dcn0', 'dcn1']);
      expect(['both', 'only', 'set aside'].map((name) => glance.where(name))).toEqual([
        ['central', 'dcn0'],
        ['central', 'dcn0'],
        ['central'],
      ]);
      const [runs, calls] = [stackRuns(here), glance.calls(/./).length];
      await restore(here, 'dcn0');
      expect([stackRuns(here), glance.calls(/./).length]).toEqual([runs, calls]);
    }),
  );

  test.concurrent(
    'copies images of the lab file back by the way that the lab file has for them, and others by Glance',
    lab(async (here, glance) => {
      ['central', 'dcn0', 'dcn1'].forEach((store) => here.write(`ceph/${store}/fsid`, `fsid-of-${store}\n`));
      writeInventory(here, 'control-plane', { 'c-0': '10.0.0.30' });
      await deployWithSites(here, glance);
      const image = (name: string, more: object) => generated(name, { stores: ['central', 'dcn0'], ...more });
      expect(await ensure(here, image('by-glance', {}))).toMatchObject({ code: 0 });
      expect(await ensure(here, image('changed', { copy: { direct: {} } }))).toMatchObject({ code: 0 });
      expect(await ensure(here, image('changed', {}))).toMatchObject({ code: 0 });
      expect(await ensure(here, image('sent', { copy: { direct: { rateMbit: 90 } } }))).toMatchObject({
        code: 0,
      });
      glance.add('by-hand', ['central', 'dcn0']);
      expect((await withdraw(here, 'dcn0')).code).toBe(0);
      const names = ['by-glance', 'by-hand', 'changed', 'sent'];
      expect(names.flatMap((name) => glance.where(name))).toEqual(names.map(() => 'central'));
      const before = glance.calls(/import$/).length;
      const restored = await startRestore(here, 'dcn0').ended;
      expect(restored).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/^image sent: was copied directly to dcn0 /m) as string,
      });
      expect(restored.stderr).not.toMatch(/changed: was copied directly/);
      expect(names.map((name) => glance.where(name))).toEqual(names.map(() => ['central', 'dcn0']));
      expect(glance.calls(/import$/)).toHaveLength(before + 3);
    }),
  );

  test.concurrent(
    'copies all versions of an image of the lab file back by the way of the name, and a renamed image by Glance',
    lab(async (here, glance) => {
      ['central', 'dcn0', 'dcn1'].forEach((store) => here.write(`ceph/${store}/fsid`, `fsid-of-${store}\n`));
      writeInventory(here, 'control-plane', { 'c-0': '10.0.0.30' });
      await deployWithSites(here, glance);
      const image = (name: string, seed: string) =>
        generated(name, {
          ...{ source: { made: { sizeMiB: 5, seed } }, stores: ['central', 'dcn0'] },
          ...{ copy: { direct: {} } },
        });
      for (const [name, seed] of [
        ['anew', 'one'],
        ['renamed', 'one'],
        ['two', 'one'],
        ['two', 'two'],
      ] as const) {
        expect(await ensure(here, image(name, seed))).toMatchObject({ code: 0 });
      }
      glance.forget('anew');
      expect(await ensure(here, image('anew', 'one'))).toMatchObject({ code: 0 });
      here.write('dcn/dev/images/foreign.json', '{"foreign": true}');
      glance.change('renamed', { name: '../foreign' });
      expect((await withdraw(here, 'dcn0')).code).toBe(0);
      const [lists, imports] = [glance.listsOfAll, glance.calls(/import$/).length];
      const { code, stderr } = await startRestore(here, 'dcn0').ended;
      expect(code).toBe(0);
      const directly = stderr.match(/^image \S+: was copied directly/gm) ?? [];
      expect(directly.map((line) => line.split(/[ :]+/)[1]).sort()).toEqual(['anew', 'two', 'two']);
      expect(glance.calls(/import$/)).toHaveLength(imports + 1);
      // For imports that an update would end, for the images that the store has lost, for all direct copies.
      expect(glance.listsOfAll - lists).toBe(3);
    }),
  );

  test.concurrent(
    'takes a withdrawal back that has ended without the knowledge of Pulumi, unless the site was closed',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      glance.add('both', ['central', 'dcn0', 'dcn1']);
      expect((await withdraw(here, 'dcn0')).code).toBe(0);
      expect((await withdraw(here, 'dcn1')).code).toBe(0);
      await here.json(['site', 'close', 'dcn1']);
      await restore(here, 'dcn0');
      await restore(here, 'dcn1');
      expect(await stores(here)).toEqual(['central', 'dcn0']);
      expect(glance.where('both')).toEqual(['central', 'dcn0']);
    }),
  );

  test.concurrent(
    'gives a site that was closed without the knowledge of Pulumi its inventory back, but not over a newer one',
    within(async (here) => {
      const file = 'dcn/dev/dcn0/hosts.json';
      const close = async (): Promise<void> => {
        await here.json(['site', 'close', 'dcn0']);
        expect(here.exists(file)).toBe(false);
      };
      writeInventory(here, 'dcn0', { 'e-0': '10.0.0.30' });
      const first = here.read(file);
      await close();
      await close();
      await restore(here, 'dcn0');
      expect(here.read(file)).toBe(first);
      await close();
      writeInventory(here, 'dcn0', { 'e-1': '10.0.0.31' });
      const second = here.read(file);
      await restore(here, 'dcn0');
      expect(here.read(file)).toBe(second);
      await close();
      await restore(here, 'dcn0');
      expect(here.read(file)).toBe(second);
    }),
  );

  test.concurrent(
    'comes after `nodes wait --again`, for which the disks of a site that was closed without the knowledge of Pulumi are its own',
    within(async (here) => {
      here.write('dcn/dev/kit/hosts/onnode/probe.sh', probe);
      here.write('id-of-e-0', '1'.repeat(32));
      const node = { name: 'e-0', address: ownAddress(1), addresses: {}, osdDevices: ['/dev/vdb'] };
      const document = stringify({ site: 'dcn0', nodes: [node], limitMinutes: 0.01 });
      const wait = (...more: string[]): Promise<Ended> => here.kit(['nodes', 'wait', ...more], document);
      expect((await wait()).code).toBe(0);
      here.write('disk-of-e-0', 'OSD');
      await here.json(['site', 'close', 'dcn0']);
      // Pulumi knows of the end of the site: its hosts must be fresh again.
      expect((await wait()).stderr).toContain('has /dev/vdb that is not blank');
      expect((await wait('--again')).code).toBe(0);
      await restore(here, 'dcn0');
      expect((await wait()).code).toBe(0);
    }),
  );

  test.concurrent(
    'waits for a withdrawal that goes on when Pulumi is killed, and then takes the withdrawal back',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      glance.add('both', ['central', 'dcn0']);
      glance.hold('both', 1);
      const withdrawing = startWithdraw(here, 'dcn0');
      await withdrawing.says(/waits for its import/);
      const restoring = startRestore(here, 'dcn0');
      await restoring.says(/store of dcn0: is being withdrawn since \S+; waits for that/);
      glance.change('both', { os_glance_import_task: '' });
      expect((await restoring.ended).code).toBe(0);
      await withdrawing.ended;
      expect(await stores(here)).toEqual(['central', 'dcn0', 'dcn1']);
      expect(composedFiles(here).clusters).toEqual(['dcn0', 'dcn1']);
      expect(glance.where('both')).toEqual(['central', 'dcn0']);
    }),
  );

  test.concurrent(
    'leaves a store at a control plane that was to end and stays after all; only another withdrawal drains the store',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      glance.add('only', ['dcn0']);
      const closing = await leave(here, 'control-plane');
      for (const site of ['dcn0', 'dcn1']) {
        expect((await withdraw(here, site)).code).toBe(0);
      }
      closing.endInput();
      await closing.ended;
      for (const site of ['control-plane', 'dcn0', 'dcn1']) {
        await restore(here, site);
      }
      expect(await stores(here)).toEqual(['central', 'dcn0', 'dcn1']);
      expect([stackRuns(here), glance.where('only')]).toEqual([2, ['dcn0']]);
      expect((await withdraw(here, 'dcn0')).code).toBe(0);
      expect([glance.where('only'), composedFiles(here).clusters]).toEqual([['central'], ['dcn1']]);
    }),
  );

  test.concurrent(
    'runs the steps of the control plane again of which one has failed before it took the store out',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      here.behave("[[ $all != 'overcloud network provision' ]] || exit 1");
      expect((await withdraw(here, 'dcn0')).code).toBe(1);
      here.behave('');
      await restore(here, 'dcn0');
      expect(here.state('control-plane/network-provision')).toBe('succeeded');
      expect(composedFiles(here).clusters).toEqual(['dcn0', 'dcn1']);
    }),
  );

  test.concurrent(
    'of the control plane takes out the store of a site that has ended with the control plane, which stays after all',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      const closing = await leave(here, 'control-plane');
      await here.json(['site', 'close', 'dcn0']);
      closing.endInput();
      await closing.ended;
      expect(composedFiles(here).clusters).toEqual(['dcn0', 'dcn1']);
      await restore(here, 'control-plane');
      expect(composedFiles(here).clusters).toEqual(['dcn1']);
    }),
  );

  test.concurrent(
    "records the control plane's own store again that was withdrawn",
    lab(async (here) => {
      await deployControlPlane(here);
      const own = storeDocument(here, 'control-plane', { store: 'central', cluster: 'central' });
      await here.json(['stores', 'withdraw'], own);
      expect(await stores(here)).toEqual([]);
      await restore(here, 'control-plane');
      expect(await stores(here)).toEqual(['central']);
    }),
  );

  test.concurrent(
    'runs steps of the plan again that were undone, each after the steps that it needs',
    within(async (here) => {
      const step = (name: string, ...needs: string[]): string =>
        here.job(`dcn0/${name}`, {
          commands: [`openstack ${name}`],
          teardown: [`openstack away ${name}`],
          after: Object.fromEntries(needs.map((needed) => [needed, '1'])),
        });
      const jobs = [step('three'), step('two', 'three'), step('one', 'two', 'three'), step('out-of-plan')];
      for (const job of jobs) {
        await here.run(job);
      }
      here.behave("[[ $all != 'away two' ]] || exit 1");
      for (const job of jobs.reverse()) {
        await here.kit(['job', 'undo'], job);
      }
      const before = here.calls().length;
      await restore(here, 'dcn0');
      const again = (): string[] => here.calls().map(({ words }) => words);
      expect(again().slice(before)).toEqual(['three', 'two', 'one']);
      await restore(here, 'dcn0');
      expect(again().slice(before)).toEqual(['three', 'two', 'one']);
      expect(here.state('dcn0/out-of-plan')).toBe('gone');
    }),
  );

  test.concurrent(
    'keeps the caches of a site again that were left, unless the site was closed',
    lab(async (here) => {
      writeInventory(here, 'dcn0', { 'e-0': '10.0.0.30' });
      const document =
        'site: dcn0\nlimitBytes: 1000000\nnodes:\n- { name: e-0, address: 10.0.0.30, api: 10.0.0.31 }\n';
      await here.json(['caches', 'keep'], document);
      await here.json(['caches', 'leave'], document);
      await restore(here, 'dcn0');
      expect(here.exists('dcn/dev/caches/dcn0.json')).toBe(true);
      await here.json(['caches', 'leave'], document);
      await here.json(['site', 'close', 'dcn0']);
      await restore(here, 'dcn0');
      expect(here.exists('dcn/dev/caches/dcn0.json')).toBe(false);
    }),
  );
});

describe('images restore', () => {
  test.concurrent(
    'ensures again what was deleted, or deleted in part, of the images of the lab file',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      const restored = (images: string[]): Promise<unknown> =>
        here.json(['images', 'restore'], stringify({ images }));
      for (const name of ['kept', 'dropped', 'made-again']) {
        expect((await ensure(here, generated(name))).code).toBe(0);
        await here.json(['images', 'remove-all'], stringify(generated(name)));
      }
      expect((await ensure(here, generated('made-again'))).code).toBe(0);
      expect(await restored(['kept', 'made-again', 'other'])).toEqual({ restored: ['kept'] });
      expect(glance.where('kept')).toEqual(['central', 'dcn0', 'dcn1']);
      expect(glance.where('dropped')).toBeUndefined();
      expect(await restored(['kept'])).toEqual({ restored: [] });
      const closing = await leave(here, 'control-plane');
      for (const site of ['dcn0', 'dcn1', 'control-plane']) {
        await here.json(['site', 'close', site]);
      }
      closing.endInput();
      await closing.ended;
      await deployWithSites(here, glance);
      expect(await restored(['dropped'])).toEqual({ restored: [] });
    }),
  );

  test.concurrent(
    'waits for a deletion that goes on when Pulumi is killed, and then makes the image anew',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      expect((await ensure(here, generated('kept'))).code).toBe(0);
      glance.hold('kept', 1);
      const removal = here.start(['images', 'remove-all'], stringify(generated('kept')));
      await removal.says(/waits for its import/);
      const restoring = here.start(['images', 'restore'], stringify({ images: ['kept'] }));
      await restoring.says(/image kept: another process works on it since \S+; waits for it/);
      glance.change('kept', { os_glance_import_task: '' });
      expect([(await removal.ended).code, (await restoring.ended).code]).toEqual([0, 0]);
      expect(glance.where('kept')).toEqual(['central', 'dcn0', 'dcn1']);
    }),
  );

  test.concurrent(
    'makes several images side by side',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      const images = ['one', 'two'];
      for (const name of images) {
        expect((await ensure(here, generated(name))).code).toBe(0);
        await here.json(['images', 'remove-all'], stringify(generated(name)));
      }
      const before = glance.calls(/import$/).length;
      glance.stuck.add('dcn0');
      const restoring = here.start(['images', 'restore'], stringify({ images }));
      await until(() => glance.calls(/import$/).length === before + 2, 'both imports');
      expect(images.map((name) => glance.where(name))).toEqual([['central'], ['central']]);
      restoring.kill('SIGKILL');
    }),
  );
});

import * as fs from 'node:fs';
import type { FakeGlance } from './fakeGlance';
import type { FakeServices } from './fakeServices';
import { labWithServices } from './servicesLab';
import {
  composedFiles,
  controlPlane,
  deployWithSites,
  lab,
  leave,
  register,
  stackRuns,
  startWithdraw,
  storeConfig,
  storeDocument,
  updateLog,
  withdraw,
  writeInventory,
} from './storeLab';
import { type Running, type TestUndercloud, until } from './undercloud';

jest.setTimeout(240_000);

describe('stores withdraw', () => {
  test.concurrent(
    'saves images that are only there, removes the copies, and removes the store from the control plane',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      glance.add('both', ['central', 'dcn0']);
      glance.add('only', ['dcn0'], { os_hidden: true });
      const elsewhere = glance.add('elsewhere', ['central', 'dcn1']);
      // An unfinished copy of the direct way goes with its store.
      here.write(`dcn/dev/stores/parts/dcn0/${elsewhere}`, '');
      here.write(`ceph/dcn0/images/${elsewhere}.glance-dcn-part`, 'half');
      const { code, stdout } = await withdraw(here, 'dcn0');
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual({ site: 'dcn0', store: 'dcn0', cluster: 'dcn0' });
      expect(['both', 'only', 'elsewhere'].map((name) => glance.where(name))).toEqual([
        ['central'],
        ['central'],
        ['central', 'dcn1'],
      ]);
      expect(fs.readdirSync(here.path('ceph/dcn0/images'))).toEqual([]);
      expect(composedFiles(here)).toEqual({ stores: { dcn1: storeConfig('dcn1') }, clusters: ['dcn1'] });
      expect(stackRuns(here)).toBe(3);
      expect((await withdraw(here, 'dcn0')).code).toBe(0);
      expect(stackRuns(here)).toBe(3);
    }),
  );

  test.concurrent(
    'is refused with all that grew from its images, and nothing has changed; it works once that is gone',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      const ids = ['a', 'b'].map((name) => glance.add(name, ['dcn0']));
      const child = (image: string): object => ({
        id: '1',
        pool: 'vms',
        pool_namespace: '',
        image,
        trash: false,
      });
      here.write(
        `ceph/dcn0/children/${ids[0]}`,
        JSON.stringify([child('server-1_disk'), { ...child('volume-2'), pool: 'volumes' }]),
      );
      here.write(
        `ceph/dcn0/children/${ids[1]}`,
        JSON.stringify([{ ...child('server-3_disk'), trash: true }]),
      );
      const { code, stderr } = await withdraw(here, 'dcn0');
      expect(code).toBe(2);
      expect(stderr).toContain('nothing was changed');
      expect(stderr).toMatch(/image a \(.*it is the parent of vms\/server-1_disk, volumes\/volume-2;/);
      expect(stderr).toMatch(/image b \(.*it is the parent of vms\/server-3_disk \(in the trash\);/);
      expect(glance.calls(/^(POST|DELETE)/)).toEqual([]);
      expect([glance.where('a'), stackRuns(here)]).toEqual([['dcn0'], 2]);
      fs.rmSync(here.path('ceph/dcn0/children'), { recursive: true });
      expect((await withdraw(here, 'dcn0')).code).toBe(0);
      expect(glance.where('a')).toEqual(['central']);
    }),
  );

  test.concurrent(
    'changes nothing else when a last copy cannot be saved, or the cluster cannot be asked',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      glance.add('only', ['dcn0']);
      glance.failing.add('central');
      const failed = await withdraw(here, 'dcn0');
      expect(failed.code).toBe(1);
      expect(failed.stderr).toMatch(/image only \(.*not copied to central \(no route to central\)/);
      expect([glance.where('only'), stackRuns(here)]).toEqual([['dcn0'], 2]);
      glance.failing.clear();
      here.write('unreachable', '10.0.0.30\n');
      const unreachable = await withdraw(here, 'dcn0');
      expect(unreachable.code).toBe(1);
      expect(unreachable.stderr).toMatch(/store dcn0: oc0-ceph-4 \(10\.0\.0\.30\): ssh .*No route to host/);
      expect([glance.where('only'), stackRuns(here)]).toEqual([['dcn0'], 2]);
    }),
  );

  test.concurrent(
    'two sites that leave side by side share one update',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      glance.add('one', ['dcn0']);
      glance.add('two', ['dcn1']);
      glance.add('shared', ['dcn0', 'dcn1']);
      // Imports that hold both up until each has begun: a slow start of the second would make it late for the update.
      ['one', 'two'].forEach((name) => glance.hold(name, 1));
      const both = ['dcn0', 'dcn1'].map((site) => startWithdraw(here, site));
      await Promise.all(both.map((running) => running.says(/waits for its import/)));
      ['one', 'two'].forEach((name) => glance.silence(name, 3601));
      const ended = await Promise.all(both.map((running) => running.ended));
      expect(ended.map(({ code }) => code)).toEqual([0, 0]);
      expect(stackRuns(here)).toBe(3);
      expect(composedFiles(here)).toEqual({ stores: {}, clusters: [] });
      expect(['one', 'two', 'shared'].map((name) => glance.where(name))).toEqual([
        ['central'],
        ['central'],
        ['central'],
      ]);
    }),
  );

  test.concurrent(
    'a copy that a site has removed does not come back with the import of another site that leaves',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      glance.add('shared', ['dcn0', 'dcn1']);
      glance.copySeconds = 3;
      let second: Running | undefined;
      glance.before = async (call) => {
        if (call.startsWith('DELETE') && !second) {
          second = startWithdraw(here, 'dcn1');
          await until(
            () => glance.property('shared', 'os_glance_importing_to_stores') === 'central',
            'the import to central',
          );
        }
      };
      expect([(await withdraw(here, 'dcn0')).code, (await second?.ended)?.code]).toEqual([0, 0]);
      expect(glance.where('shared')).toEqual(['central']);
    }),
  );

  test.concurrent(
    'sites that are being taken down wait for one another, not for a site whose `site leave` was killed',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      const leaving = [await leave(here, 'dcn0'), await leave(here, 'dcn1')];
      expect((await here.kit(['site', 'leave', 'dcn1'])).stderr).toMatch(
        /^site dcn1: is being taken down since/,
      );
      const first = startWithdraw(here, 'dcn0');
      await until(
        () => updateLog(here).includes('waits for dcn1 (it is being taken down)'),
        'the update to wait',
      );
      expect((await withdraw(here, 'dcn1')).code).toBe(0);
      expect((await first.ended).code).toBe(0);
      expect(stackRuns(here)).toBe(3);
      leaving.forEach((running) => running.endInput());
      await Promise.all(leaving.map(({ ended }) => ended));

      await Promise.all(['dcn0', 'dcn1'].map((site) => register(here, site, 9).ended));
      const stays = await leave(here, 'dcn1');
      const runs = stackRuns(here);
      const second = startWithdraw(here, 'dcn0');
      await until(() => updateLog(here).includes('waits for dcn1'), 'the update to wait');
      stays.kill('SIGKILL');
      expect((await second.ended).code).toBe(0);
      expect(stackRuns(here)).toBe(runs + 1);
      expect(composedFiles(here).clusters).toEqual(['dcn1']);
    }),
  );

  test.concurrent(
    'a store that goes together with the control plane costs no update and no copy, and is held back by clones',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      const id = glance.add('only', ['dcn0']);
      const closing = await leave(here, 'control-plane');
      const child = { id: '1', pool: 'vms', pool_namespace: '', image: 'server-1_disk', trash: false };
      here.write(`ceph/dcn0/children/${id}`, JSON.stringify([child]));
      expect(await withdraw(here, 'dcn0')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('vms/server-1_disk') as string,
      });
      fs.rmSync(here.path('ceph/dcn0/children'), { recursive: true });
      expect((await withdraw(here, 'dcn0')).code).toBe(0);
      expect([glance.where('only'), stackRuns(here)]).toEqual([['dcn0'], 2]);
      await here.json(['site', 'close', 'dcn0']);
      closing.endInput();
      expect((await closing.ended).code).toBe(0);
      // Were the control plane to stay after all, the next site that goes takes both stores out.
      expect((await withdraw(here, 'dcn1')).code).toBe(0);
      expect([composedFiles(here).clusters, stackRuns(here)]).toEqual([[], 3]);
    }),
  );

  test.concurrent(
    "the control plane's own store cannot go before the others; when it is gone nothing is left to do",
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      const own = (): string =>
        storeDocument(here, 'control-plane', { store: 'central', cluster: 'central' });
      const refused = await here.kit(['stores', 'withdraw'], own());
      expect(refused).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('while dcn0, dcn1 are registered') as string,
      });
      await here.json(['job', 'undo'], controlPlane.config(here));
      await here.json(['job', 'undo'], controlPlane.stack(here));
      const late = await withdraw(here, 'dcn0');
      expect(late).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('the control plane is gone') as string,
      });
      expect((await withdraw(here, 'dcn1')).code).toBe(0);
      expect((await here.kit(['stores', 'withdraw'], own())).code).toBe(0);
      expect(await here.json(['stores', 'list', '--json'])).toEqual([]);
    }),
  );

  /** The control plane has Nova, with a nova-compute at dcn0 and at dcn1, and one at dcn0 that a person has disabled. */
  const withNova = (
    work: (here: TestUndercloud, glance: FakeGlance, nova: FakeServices) => Promise<void>,
  ): (() => Promise<void>) =>
    labWithServices(async (here, glance, nova) => {
      await deployWithSites(here, glance);
      writeInventory(here, 'dcn0', { 'e-0': '10.0.0.30', 'e-1': '10.0.0.31' });
      nova.computes = [
        { id: 'of-e-0', host: 'e-0.localdomain', status: 'enabled' },
        { id: 'of-e-1', host: 'e-1.localdomain', status: 'disabled', disabled_reason: 'broken fan' },
        { id: 'of-e-10', host: 'e-10.localdomain', status: 'enabled' },
      ];
      await work(here, glance, nova);
    });
  const states = (nova: FakeServices): unknown[] =>
    nova.computes.map(({ status, disabled_reason: reason }) => [status, reason ?? '']);

  test.concurrent(
    'closes the site for new servers, and opens it again when it fails or when the store comes back',
    withNova(async (here, glance, nova) => {
      const before = states(nova);
      const closed = [
        ['disabled', "glance-dcn: the site's image store is being withdrawn"],
        ...before.slice(1),
      ];
      glance.add('only', ['dcn0']);
      glance.failing.add('central');
      const failed = await withdraw(here, 'dcn0');
      expect(failed.code).toBe(1);
      expect(failed.stderr).toContain(
        'site dcn0: gets no new servers at e-0.localdomain (disabled in Nova)\n',
      );
      expect(failed.stderr).toContain('site dcn0: gets new servers at e-0.localdomain again\n');
      expect(nova.changes).toHaveLength(2);
      expect(states(nova).map(String)).toEqual(before.map(String));
      glance.failing.clear();
      expect((await withdraw(here, 'dcn0')).code).toBe(0);
      expect(states(nova)).toEqual(closed);
      expect((await register(here, 'dcn0').ended).code).toBe(0);
      expect(states(nova).map(String)).toEqual(before.map(String));
    }),
  );

  test.concurrent(
    'looks for clones again before each deletion, and says where it cannot close the site',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      glance.add('only', ['dcn0']);
      const id = glance.add('both', ['central', 'dcn0']);
      glance.copySeconds = 3;
      const running = startWithdraw(here, 'dcn0');
      await until(() => glance.calls(/import$/).length > 0, 'the copy of the other image');
      const child = { id: '1', pool: 'vms', pool_namespace: '', image: 'late_disk', trash: false };
      here.write(`ceph/dcn0/children/${id}`, JSON.stringify([child]));
      const { code, stderr } = await running.ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/store dcn0: clones were made meanwhile:\nimage both \(.*vms\/late_disk/);
      expect(stderr).toContain(
        'site dcn0: may get new servers meanwhile: Nova has no nova-compute on its hosts',
      );
      expect(glance.calls(/^DELETE/)).toEqual([]);
      expect([glance.where('both'), stackRuns(here)]).toEqual([['central', 'dcn0'], 2]);
    }),
  );
});

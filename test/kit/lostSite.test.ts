import * as fs from 'node:fs';
import type { FakeGlance } from './fakeGlance';
import { composedFiles, deployWithSites, lab, stackRuns, withdraw, writeInventory } from './storeLab';
import { type Ended, type Running, type TestUndercloud, until } from './undercloud';

jest.setTimeout(90_000);

describe('a site that is lost for good', () => {
  const startForget = (here: TestUndercloud): Running => {
    writeInventory(here, 'control-plane', { 'c-0': '10.0.0.30', 'c-1': '10.0.0.10' });
    return here.start(['stores', 'forget', 'dcn0', '--grace', '1']);
  };
  const forget = (here: TestUndercloud): Promise<Ended> => startForget(here).ended;
  /** Adds images at dcn0, whose Ceph cluster does not answer any more; returns the id of the image that is only there. */
  async function withLost(here: TestUndercloud, glance: FakeGlance): Promise<string> {
    await deployWithSites(here, glance);
    here.write('unreachable', '10.0.0.31\n');
    glance.add('both', ['central', 'dcn0']);
    glance.add('elsewhere', ['central', 'dcn1']);
    return glance.add('only', ['dcn0'], { os_hidden: true });
  }

  test.concurrent(
    'is listed with its images by `stores lost`, which changes nothing',
    lab(async (here, glance) => {
      const id = await withLost(here, glance);
      expect(await here.json(['stores', 'lost', 'dcn0'])).toEqual({
        site: 'dcn0',
        store: 'dcn0',
        images: [
          { name: 'both', id: expect.any(String) as string, onlyHere: false },
          { name: 'only', id, onlyHere: true },
        ],
      });
      expect([glance.calls(/^(POST|DELETE)/), stackRuns(here)]).toEqual([[], 2]);
      expect(await here.json(['stores', 'lost', 'dcn7'])).toEqual({ site: 'dcn7', store: null, images: [] });
      const central = await here.kit(['stores', 'lost', 'control-plane']);
      expect(central).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('destroyed as a whole') as string,
      });
    }),
  );

  test.concurrent(
    'is forgotten by Glance and the control plane without access to its Ceph cluster',
    lab(async (here, glance) => {
      await withLost(here, glance);
      here.write('container-glance_api', '');
      here.write('dcn/dev/stores/parts/dcn0/unfinished', '');
      let announced: object[] = [];
      glance.before = async (call) => {
        if (call.startsWith('DELETE ')) {
          ({ announcements: announced } = await here.json<{ announcements: object[] }>(['status', '--json']));
        }
      };
      const { code, stderr } = await forget(here);
      expect(code).toBe(0);
      expect(announced).toMatchObject([{ site: 'dcn0', leaving: true }]);
      expect(here.exists('dcn/dev/stores/parts/dcn0')).toBe(false);
      expect(stderr).toContain('store dcn0: forgot 2 copies of 2 images\n');
      expect(stderr).toMatch(/^image only \(\S+\): was only at dcn0, and is deleted$/m);
      expect(glance.calls(/^(POST|DELETE)/).map(({ call }) => call)).toEqual([
        expect.stringMatching(/^DELETE \/v2\/images\//),
      ]);
      expect(here.read('ssh-calls')).toMatch(
        /tripleo-admin@10\.0\.0\.30 -- sudo podman exec glance_api python3 -c [^]*' dcn0$/m,
      );
      expect([composedFiles(here).clusters, stackRuns(here)]).toEqual([['dcn1'], 3]);
      expect((await forget(here)).code).toBe(0);
      // As the site's stack does when it is destroyed.
      expect((await withdraw(here, 'dcn0')).code).toBe(0);
      expect(stackRuns(here)).toBe(3);
    }),
  );

  test.concurrent(
    'is forgotten by a second call after the first was killed, with the images that were only there',
    lab(async (here, glance) => {
      await withLost(here, glance);
      glance.add('empty', [], { status: 'queued' });
      here.write('container-glance_api', '');
      here.write('pause', '');
      const first = startForget(here);
      await until(() => glance.where('only')?.length === 0, "the change of Glance's database");
      first.kill('SIGKILL');
      await first.ended;
      fs.rmSync(here.path('pause'));
      const { code, stderr } = await forget(here);
      expect(code).toBe(0);
      expect(stderr).toMatch(/^image only \(\S+\): was only at dcn0, and is deleted$/m);
      expect(['both', 'only', 'elsewhere', 'empty'].map((name) => glance.where(name))).toEqual([
        ['central'],
        undefined,
        ['central', 'dcn1'],
        [],
      ]);
      expect(here.exists('dcn/dev/stores/lost/dcn0.json')).toBe(false);
    }),
  );

  test.concurrent(
    'is forgotten also by imports that read its copies before',
    lab(async (here, glance) => {
      await withLost(here, glance);
      here.write('container-glance_api', '');
      glance.copySeconds = 3;
      let copy: Running | undefined;
      glance.before = async (call) => {
        if (call.startsWith('DELETE /database') && !copy) {
          copy = here.start(['images', 'copy', 'both', '--to', 'dcn1']);
          await until(
            () => glance.property('both', 'os_glance_importing_to_stores') === 'dcn1',
            'the import',
          );
        }
      };
      const { code, stderr } = await forget(here);
      expect([code, (await copy?.ended)?.code]).toEqual([0, 0]);
      expect(stderr).toContain('store dcn0: forgot 3 copies of 2 images\n');
      expect(glance.where('both')).toEqual(['central', 'dcn1']);
    }),
  );

  test.concurrent(
    'is forgotten at the first controller that answers and whose glance-api runs',
    lab(async (here, glance) => {
      await withLost(here, glance);
      writeInventory(here, 'control-plane', {
        'c-0': '10.0.0.40',
        'c-1': '10.0.0.41',
        'c-2': '10.0.0.42',
      });
      here.write('unreachable', '10.0.0.40\n10.0.0.31\n');
      here.write('container-glance_api', '10.0.0.41\n');
      const forgetDcn0 = (): Promise<Ended> => here.kit(['stores', 'forget', 'dcn0', '--grace', '1']);
      expect((await forgetDcn0()).code).toBe(0);
      expect(here.read('ssh-calls')).toMatch(
        /tripleo-admin@10\.0\.0\.42 -- sudo podman exec glance_api python3/,
      );
      expect(glance.where('both')).toEqual(['central']);
    }),
  );

  test.concurrent(
    'keeps its store while an image that is only there is protected, or no glance-api is found',
    lab(async (here, glance) => {
      const id = await withLost(here, glance);
      glance.change('only', { protected: true });
      expect(await forget(here)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`openstack image set --unprotected ${id}`) as string,
      });
      glance.change('only', { protected: false });
      expect(await forget(here)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('none of c-0, c-1 has a container glance_api') as string,
      });
      expect([composedFiles(here).clusters, stackRuns(here)]).toEqual([['dcn0', 'dcn1'], 2]);
    }),
  );
});

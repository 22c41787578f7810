import { kitFailures } from '../../cli/run/kitFailures';
import * as fc from 'fast-check';
import type { FakeGlance } from './fakeGlance';
import {
  composedFiles,
  configRuns,
  controlPlane,
  deployControlPlane,
  deployWithSites,
  lab,
  leave,
  register,
  stackRuns,
  startWithdraw,
  storeConfig,
  updateLog,
  withdraw,
} from './storeLab';
import { type Running, type TestUndercloud, sleep, until } from './undercloud';

jest.setTimeout(240_000);

describe('updates of the control plane', () => {
  test.concurrent('sites side by side share one deploy beyond the first, however they come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ delay: fc.integer({ min: 0, max: 900 }), announced: fc.boolean() }), {
          minLength: 2,
          maxLength: 5,
        }),
        async (sites) => {
          await lab(async (here) => {
            await deployControlPlane(here);
            here.behave('[[ $all != *deploy* ]] || sleep 0.3');
            const names = sites.map((_, index) => `dcn${index}`);
            // All have announced themselves, or none: those who have not may come while an update runs.
            const announced = sites[0]?.announced as boolean;
            await Promise.all(announced ? names.map((name) => here.json(['stores', 'announce', name])) : []);
            const ended = await Promise.all(
              names.map(async (name, index) => {
                await sleep((sites[index]?.delay as number) / 1000);
                return register(here, name, 20).ended;
              }),
            );
            expect(ended.map(({ code }) => code)).toEqual(names.map(() => 0));
            expect(stackRuns(here) - 1).toBeLessThanOrEqual(announced ? 1 : 2);
            expect(composedFiles(here)).toEqual({
              stores: Object.fromEntries(names.map((name) => [name, storeConfig(name)])),
              clusters: names,
            });
          })();
        },
      ),
      {
        numRuns: 3,
        seed: 7,
        examples: [
          [
            [
              { delay: 0, announced: true },
              { delay: 900, announced: true },
            ],
          ],
        ],
      },
    );
  });

  test.concurrent(
    'an update waits for an announced site with a running job, not for a failed or inactive one',
    lab(async (here) => {
      await deployControlPlane(here);
      for (const site of ['dcn1', 'failed', 'quiet']) {
        await here.json(['stores', 'announce', site]);
      }
      here.behave('case $all in busy) while [[ ! -e ~/go ]]; do sleep 0.05; done ;; broken) exit 1 ;; esac');
      await here.kit(['job', 'run'], here.job('failed/overcloud-stack', { commands: ['openstack broken'] }));
      const busy = here.start(
        ['job', 'run'],
        here.job('dcn1/overcloud-config', { commands: ['openstack busy'] }),
      );
      const first = register(here, 'dcn0', 12);
      await until(() => here.runs('stores/update') > 0, 'the update');
      await sleep(1.5);
      const { announcements } = await here.json<{ announcements: object[] }>(['status', '--json']);
      expect(announcements).toMatchObject([
        {
          site: 'dcn1',
          waitedFor: true,
          why: expect.stringContaining('dcn1/overcloud-config runs since') as string,
        },
        { site: 'failed', waitedFor: false, why: 'failed/overcloud-stack failed' },
        { site: 'quiet' },
      ]);
      expect(stackRuns(here)).toBe(1);
      here.write('go', '');
      await busy.ended;
      const second = register(here, 'dcn1', 12);
      expect((await Promise.all([first.ended, second.ended])).map(({ code }) => code)).toEqual([0, 0]);
      expect(stackRuns(here)).toBe(2);
    }),
  );

  test.concurrent(
    'an update waits for sites that are still to start, as long as that is announced again and again',
    lab(async (here) => {
      await deployControlPlane(here);
      await here.json(['stores', 'expect', '32']);
      const first = register(here, 'dcn0', 20);
      await until(() => /waits for 32 sites/.test(updateLog(here)), 'the update');
      // Announced again, they count from now on; nothing announces them a third time, as if ./dcn was killed.
      await here.json(['stores', 'expect', '31']);
      await until(() => /waits for 31 sites/.test(updateLog(here)), 'the second announcement', 15);
      expect(stackRuns(here)).toBe(1);
      // A site of those comes meanwhile, is killed, and is served, too.
      const second = register(here, 'dcn1', 20);
      await second.says(/stores\/update: run 1 runs since \S+ and serves this, too/);
      second.kill('SIGKILL');
      expect((await first.ended).code).toBe(0);
      expect((await register(here, 'dcn1').ended).code).toBe(0);
      expect([here.runs('stores/update'), stackRuns(here)]).toEqual([1, 2]);
    }),
  );

  test.concurrent(
    'a register whose update was killed starts another for all stores on record',
    lab(async (here) => {
      await deployControlPlane(here);
      await here.json(['stores', 'expect', '32']);
      const both = ['dcn0', 'dcn1'].map((site) => register(here, site, 60));
      for (const running of both) {
        await running.says(/waits for the end of run 1 \[dcn:updates\]/);
        running.kill('SIGKILL');
      }
      await until(() => here.state('stores/update') === 'running', 'the update');
      here.kill(/\0supervise\0|\0stores\0update\0/);
      const stores = await here.json<{ store: string; included: boolean }[]>(['stores', 'list', '--json']);
      expect(stores.map(({ store, included }) => `${store} ${included}`)).toEqual([
        'central true',
        'dcn0 false',
        'dcn1 false',
      ]);
      // As the next ./dcn up: Pulumi has no resource of either registration. One of them is enough for the control plane.
      expect((await register(here, 'dcn1').ended).code).toBe(0);
      expect(Object.keys(composedFiles(here).stores)).toEqual(['dcn0', 'dcn1']);
      expect((await register(here, 'dcn0').ended).code).toBe(0);
      expect(stackRuns(here)).toBe(2);
    }),
  );

  test.concurrent(
    'a killed register neither ends the update nor starts another',
    lab(async (here) => {
      await deployControlPlane(here);
      here.behave('[[ $all != *--stack-only ]] || while [[ ! -e ~/go ]]; do sleep 0.05; done');
      const first = register(here, 'dcn0');
      await until(() => here.calls(/--stack-only/).length === 2, 'the deploy');
      first.kill('SIGKILL');
      const second = register(here, 'dcn0');
      await second.says(/stores\/update: run 1 runs since \S+ and serves this, too/);
      here.write('go', '');
      expect((await second.ended).code).toBe(0);
      expect([here.runs('stores/update'), stackRuns(here)]).toEqual([1, 2]);
    }),
  );

  test.concurrent(
    'a failed update fails every register that waits for it, with the log, and is tried again by the next register',
    lab(async (here) => {
      await deployControlPlane(here);
      here.behave('[[ $all != *--config-download-only || -e ~/mended ]] || { echo "the reason"; exit 1; }');
      await here.json(['stores', 'announce', 'dcn1']);
      const ended = await Promise.all([register(here, 'dcn0', 9).ended, register(here, 'dcn1', 9).ended]);
      expect(ended.map(({ code }) => code)).toEqual([1, 1]);
      for (const { stderr, marked } of ended) {
        expect(kitFailures(marked).map((failure) => failure.of === 'job' && failure.job)).toEqual([
          'stores/update',
          'control-plane/overcloud-config',
        ]);
        expect(stderr).toContain('the reason');
      }
      here.write('mended', '');
      expect((await register(here, 'dcn0').ended).code).toBe(0);
      // Its stack phase had succeeded with both stores in it.
      expect([stackRuns(here), configRuns(here)]).toEqual([2, 3]);
      expect((await register(here, 'dcn1').ended).code).toBe(0);
      expect(stackRuns(here)).toBe(2);
    }),
  );
});

describe('an update whose Pulumi died', () => {
  /** An update that nobody waits for any more waits itself for site dcn2, whose job runs until `go`. */
  async function orphanedUpdate(here: TestUndercloud, glance: FakeGlance): Promise<Running> {
    await deployWithSites(here, glance);
    here.behave('[[ $all != busy ]] || while [[ ! -e ~/go ]]; do sleep 0.05; done');
    await here.json(['stores', 'announce', 'dcn2']);
    const busy = here.start(['job', 'run'], here.job('dcn2/one', { commands: ['openstack busy'] }));
    await until(() => here.state('dcn2/one') === 'running', 'the job of dcn2');
    const withdrawing = startWithdraw(here, 'dcn0');
    await until(() => /waits for dcn2/.test(updateLog(here)), 'the update');
    withdrawing.kill('SIGKILL');
    await withdrawing.ended;
    return busy;
  }
  const refusal =
    'site control-plane: is being taken down or is gone, and is not updated; if it is to stay, bring up its stack again';

  test.concurrent(
    'deploys no control plane that is being taken down, and has ended when that one is closed',
    lab(async (here, glance) => {
      const busy = await orphanedUpdate(here, glance);
      const [runs, closing] = [
        here.calls(/deploy|network provision/).length,
        await leave(here, 'control-plane'),
      ];
      const joined = await withdraw(here, 'dcn1');
      expect([joined.code, joined.stderr]).toEqual([0, expect.stringContaining('is not updated') as string]);
      const late = await register(here, 'dcn1').ended;
      expect([late.code, late.stderr]).toEqual([1, `${refusal}\n`]);
      here.write('go', '');
      await busy.ended;
      for (const site of ['dcn0', 'dcn1', 'dcn2', 'control-plane']) {
        await here.json(['site', 'close', site]);
      }
      expect(here.state('stores/update')).toBe('failed');
      expect(updateLog(here)).toContain(refusal);
      expect(here.calls(/deploy|network provision/)).toHaveLength(runs);
      closing.endInput();
      await closing.ended;
    }),
  );

  test.concurrent(
    'deploys no control plane whose overcloud was deleted meanwhile, also without `site leave`',
    lab(async (here, glance) => {
      const busy = await orphanedUpdate(here, glance);
      const runs = here.calls(/deploy|network provision/).length;
      await here.json(['job', 'undo'], controlPlane.stack(here));
      here.write('go', '');
      await busy.ended;
      await until(() => here.state('stores/update') === 'failed', 'the end of the update');
      expect(here.calls(/deploy|network provision/)).toHaveLength(runs);
    }),
  );
});

describe('image imports and deploys of the control plane', () => {
  test.concurrent(
    'a deploy waits for an import that runs, and not for a lock that was left an hour ago',
    lab(async (here, glance) => {
      await deployControlPlane(here);
      glance.add('busy', ['central']);
      glance.add('stale', ['central']);
      glance.hold('busy', 10);
      glance.hold('stale', 4000);
      const first = register(here, 'dcn0');
      await until(() => here.calls(/--stack-only/).length === 2, 'the stack phase');
      await until(() => here.record('control-plane/overcloud-config').state === 'waiting', 'the wait');
      const waiter = here.start(['job', 'wait', 'control-plane/overcloud-config']);
      await waiter.says(
        /waits for image imports: busy \(\S+\) \([^0]\d*s\) \[dcn:waits for="image imports"\]\n/,
      );
      expect((await here.json<{ imports: string[] }>(['status', '--json'])).imports).toHaveLength(1);
      glance.change('busy', { os_glance_import_task: '' });
      expect((await Promise.all([first.ended, waiter.ended])).map(({ code }) => code)).toEqual([0, 0]);
      expect(configRuns(here)).toBe(2);
    }),
  );

  test.concurrent(
    'a copy that the kit is to make waits for a deploy that restarts Glance',
    lab(async (here, glance) => {
      await deployControlPlane(here);
      glance.stores = ['central', 'dcn0'];
      glance.add('plain', ['central']);
      here.behave('[[ $all != *--config-download-only ]] || while [[ ! -e ~/go ]]; do sleep 0.05; done');
      const first = register(here, 'dcn0');
      await until(() => here.calls(/--config-download-only/).length === 2, 'the deploy');
      const copy = here.start(['images', 'copy', 'plain', '--to', 'dcn0']);
      await sleep(1);
      expect(glance.calls(/import/)).toEqual([]);
      here.write('go', '');
      expect((await Promise.all([first.ended, copy.ended])).map(({ code }) => code)).toEqual([0, 0]);
      expect(glance.where('plain')).toEqual(['central', 'dcn0']);
    }),
  );
});

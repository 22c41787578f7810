import * as fs from 'node:fs';
import { configRuns, deployControlPlane, lab, register, stackRuns, withdraw } from './storeLab';
import type { TestUndercloud } from './undercloud';
import { until } from './undercloud';

jest.setTimeout(240_000);

const after = 'control-plane/after-overcloud-config';

/** Document of a hook after the configuration of the control plane. */
const hook = (here: TestUndercloud, script: string): string =>
  here.job(after, {
    files: { 'control-plane/hooks/after-overcloud-config.sh': `#!/usr/bin/env bash\n${script}\n` },
    commands: [`bash ${here.path('dcn/dev/control-plane/hooks/after-overcloud-config.sh')}`],
  });
/** Document of the control plane's export, which comes after these hooks. */
const exported = (here: TestUndercloud, ...hooks: string[]): string =>
  here.job('control-plane/overcloud-export', {
    commands: ['openstack overcloud export'],
    after: Object.fromEntries(hooks.map((name) => [name, 'a1'])),
  });
const lines = (here: TestUndercloud): string[] => here.read('ran').trim().split('\n');

describe('a hook', () => {
  test.concurrent(
    'of the control plane runs again whenever an update runs its step again, and not once it is gone',
    lab(async (here) => {
      await deployControlPlane(here);
      const document = hook(here, 'echo "config" >>~/ran');
      await here.json(['job', 'run'], document);
      await here.json(['job', 'run'], document);
      await here.json(['job', 'run'], exported(here, 'after-overcloud-config'));
      expect(lines(here)).toHaveLength(1);
      expect((await register(here, 'dcn0').ended).code).toBe(0);
      expect([stackRuns(here), configRuns(here), lines(here).length]).toEqual([2, 2, 2]);
      await here.json(['job', 'run'], exported(here));
      await here.json(['job', 'undo'], document);
      expect((await register(here, 'dcn1').ended).code).toBe(0);
      expect([configRuns(here), lines(here).length]).toEqual([3, 2]);
    }),
  );

  test.concurrent(
    'that fails in an update fails the registration, and the next one runs only the hook again',
    lab(async (here) => {
      await deployControlPlane(here);
      await here.json(['job', 'run'], hook(here, '[[ ! -e ~/broken ]] || { echo no license >&2; exit 7; }'));
      await here.json(['job', 'run'], exported(here, 'after-overcloud-config'));
      here.write('broken', '');
      const { code, stderr } = await register(here, 'dcn0').ended;
      expect(code).not.toBe(0);
      expect(stderr).toContain(after);
      expect(stderr).toContain('no license');
      fs.rmSync(here.path('broken'));
      expect((await register(here, 'dcn0').ended).code).toBe(0);
      expect([configRuns(here), here.state(after)]).toEqual([2, 'succeeded']);
    }),
  );

  test.concurrent.each([
    ['failed', 'echo run >>~/ran; exit 7'],
    ['succeeded, though its Pulumi was killed,', 'echo run >>~/ran'],
  ])('that %s and left the lab file before a step came after it does not run again', (_, script) =>
    lab(async (here) => {
      await deployControlPlane(here);
      await here.json(['job', 'run'], exported(here));
      await here.run(hook(here, script));
      expect((await register(here, 'dcn0').ended).code).toBe(0);
      expect((await withdraw(here, 'dcn0')).code).toBe(0);
      expect([configRuns(here), lines(here)]).toEqual([3, ['run']]);
    })(),
  );

  test.concurrent(
    'after a step runs again with each store that the step gets, also one that was registered between both',
    lab(async (here) => {
      await deployControlPlane(here);
      await here.json(['job', 'run'], hook(here, 'echo "config" >>~/ran'));
      await here.json(['job', 'run'], exported(here, 'after-overcloud-config'));
      here.behave(
        '[[ $all != *--config-download-only ]] || { echo >>~/configuring; while [[ ! -e ~/go ]]; do sleep 0.05; done; }',
      );
      const first = register(here, 'dcn0');
      await until(() => here.exists('configuring'), 'the configuration with dcn0');
      const second = register(here, 'dcn1');
      await second.says(/started too early/);
      here.write('go', '');
      expect((await Promise.all([first.ended, second.ended])).map(({ code }) => code)).toEqual([0, 0]);
      expect([configRuns(here), lines(here).length]).toEqual([3, 3]);
    }),
  );

  test.concurrent(
    'goes on after kill -9 of its caller, once',
    lab(async (here) => {
      const document = hook(
        here,
        'echo begun >>~/ran; until [[ -e ~/go ]]; do sleep 0.1; done; echo ended >>~/ran',
      );
      const first = here.start(['job', 'run'], document);
      await until(() => here.exists('ran'), 'the hook to begin');
      first.kill('SIGKILL');
      const second = here.start(['job', 'run'], document);
      here.write('go', '');
      expect((await second.ended).code).toBe(0);
      expect([lines(here), here.runs(after)]).toEqual([['begun', 'ended'], 1]);
    }),
  );
});

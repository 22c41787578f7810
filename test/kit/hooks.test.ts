import * as fs from 'node:fs';
import { configRuns, deployControlPlane, lab, register, stackRuns } from './storeLab';
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
const lines = (here: TestUndercloud): string[] => here.read('ran').trim().split('\n');

describe('a hook', () => {
  test.concurrent(
    'of the control plane runs again whenever an update runs its step again, and not once it is gone',
    lab(async (here) => {
      await deployControlPlane(here);
      const document = hook(here, 'echo "config" >>~/ran');
      await here.json(['job', 'run'], document);
      await here.json(['job', 'run'], document);
      expect(lines(here)).toHaveLength(1);
      expect((await register(here, 'dcn0').ended).code).toBe(0);
      expect([stackRuns(here), configRuns(here), lines(here).length]).toEqual([2, 2, 2]);
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

import { deployControlPlane, lab, register, stackRuns } from './storeLab';
import { type TestUndercloud, within } from './undercloud';

jest.setTimeout(60_000);

/** The wall clock of the kit, set forward or back by the seconds in ~/step. */
const steps = `
import datetime as _clock, os, time

def _step():
    try:
        with open(os.path.expanduser("~/step")) as file:
            return float(file.read() or 0)
    except FileNotFoundError:
        return 0.0

class _Stepped(_clock.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + _clock.timedelta(seconds=_step())

_clock.datetime = _Stepped
_time = time.time
time.time = lambda: _time() + _step()
`;
const hour = 3600;

test.concurrent.each([hour, -hour])(
  'a step of the clock by %i s does not change how long a run took',
  (step) =>
    within(async (here) => {
      here.inject(steps);
      here.behave(`echo ${step} >~/step; sleep 1`);
      await here.run(here.job('dcn0/step', { commands: ['openstack one'] }));
      const [entry] = await here.json<{ seconds: number }[]>(['job', 'list', '--json']);
      expect(entry?.seconds).toBeGreaterThanOrEqual(1);
      expect(entry?.seconds).toBeLessThan(60);
    })(),
);

describe('an update of the control plane that waits for an announced site', () => {
  const announced = (here: TestUndercloud): Promise<{ announcements: object[] }> =>
    here.json<{ announcements: object[] }>(['status', '--json']);

  test.concurrent(
    'ends its wait in time when the clock is set back',
    lab(async (here) => {
      here.inject(steps);
      await deployControlPlane(here);
      await here.json(['stores', 'announce', 'dcn1']);
      here.write('step', String(-hour));
      expect((await register(here, 'dcn0', 2).ended).code).toBe(0);
      expect(stackRuns(here)).toBe(2);
    }),
  );

  test.concurrent(
    'goes on waiting when the clock is set forward',
    lab(async (here) => {
      here.inject(steps);
      await here.json(['stores', 'announce', 'dcn1']);
      here.write('step', String(hour));
      expect((await announced(here)).announcements).toEqual([
        {
          site: 'dcn1',
          since: expect.any(String) as string,
          leaving: false,
          waitedFor: true,
          why: expect.stringMatching(/^it was active \d+s ago$/) as string,
        },
      ]);
    }),
  );
});

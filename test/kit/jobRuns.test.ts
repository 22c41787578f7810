import { type TestUndercloud, until, within } from './undercloud';

jest.setTimeout(60_000);

describe('a job under way', () => {
  /** A job whose command runs until the file ~/go exists. */
  function slow(here: TestUndercloud): string {
    here.behave('while [[ ! -e ~/go && $all == slow ]]; do sleep 0.05; done; echo done');
    return here.job('dcn0/step', { commands: ['openstack slow'] });
  }

  test.concurrent(
    'is joined by all callers with the same content, and runs once',
    within(async (here) => {
      const callers = [1, 2, 3].map(() => here.start(['job', 'run'], slow(here)));
      await until(() => here.calls().length > 0, 'the command');
      here.write('go', '');
      const ended = await Promise.all(callers.map((caller) => caller.ended));
      expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
      expect(here.calls()).toHaveLength(1);
    }),
  );

  test.concurrent(
    'goes on after its caller is killed',
    within(async (here) => {
      const first = here.start(['job', 'run'], slow(here));
      await first.says(/run 1 started/);
      await until(() => here.calls().length > 0, 'the command');
      first.kill('SIGKILL');
      await first.ended;
      const second = here.start(['job', 'run'], slow(here));
      await second.says(/run 1 is under way/);
      here.write('go', '');
      expect((await second.ended).code).toBe(0);
      expect(here.calls()).toHaveLength(1);
    }),
  );

  test.concurrent(
    'records its outcome although no caller waits',
    within(async (here) => {
      const first = here.start(['job', 'run'], slow(here));
      await until(() => here.calls().length > 0, 'the command');
      first.kill('SIGKILL');
      here.write('go', '');
      await until(() => here.state('dcn0/step') === 'succeeded', 'the outcome');
      expect((await here.run(slow(here))).code).toBe(0);
      expect(here.calls()).toHaveLength(1);
    }),
  );

  test.concurrent(
    'fails when its supervisor is killed; the next run first ends the processes that are left',
    within(async (here) => {
      const first = here.start(['job', 'run'], slow(here));
      await until(() => here.calls().length > 0, 'the command');
      here.killSupervisors();
      const lost = await first.ended;
      expect(lost.code).toBe(1);
      expect(lost.stderr).toContain('its processes ended without an exit status');
      expect(here.calls()[0]?.end).toBeUndefined();
      const entries = await here.json<object[]>(['job', 'list', '--json']);
      expect(entries).toMatchObject([{ job: 'dcn0/step', state: 'failed' }]);
      const second = here.start(['job', 'run'], slow(here));
      await second.says(/ended \d+ processes that it left/);
      here.write('go', '');
      expect((await second.ended).code).toBe(0);
      expect([here.record('dcn0/step', 1).state, here.record('dcn0/step', 2).state]).toEqual([
        'failed',
        'succeeded',
      ]);
    }),
  );

  test.concurrent(
    'ends before a run of other content starts',
    within(async (here) => {
      const first = here.start(['job', 'run'], slow(here));
      await first.says(/started/);
      const second = here.start(['job', 'run'], here.job('dcn0/step', { commands: ['openstack other'] }));
      await second.says(/with other content; this one runs after it/);
      here.write('go', '');
      expect((await Promise.all([first.ended, second.ended])).map(({ code }) => code)).toEqual([0, 0]);
      const [one, two] = here.calls();
      expect([one?.words, two?.words]).toEqual(['slow', 'other']);
      expect(two?.begin).toBeGreaterThan(one?.end as bigint);
    }),
  );

  test.concurrent(
    'prints short heartbeats, and its end is seen at once',
    within(async (here) => {
      here.behave('echo "$(printf "x%.0s" {1..500}) password: geheim1"; sleep 6; date +%s%3N >~/ended');
      const { stderr, code } = await here.run(here.job('dcn0/step', { commands: ['openstack slow'] }));
      const late = Date.now() - Number(here.read('ended'));
      expect(code).toBe(0);
      const beat = stderr.split('\n').find((line) => line.includes('1/1 openstack slow'));
      expect(beat).toMatch(/^dcn0\/step: run 1, \ds, 1\/1 openstack slow \| xxx/);
      expect(stderr.split('\n').every((line) => line.length <= 200)).toBe(true);
      expect(late).toBeLessThan(3000);
    }),
  );
});

describe('locks', () => {
  const stack = (here: TestUndercloud, site: string, lab: string): string =>
    here.job(
      `${site}/overcloud-stack`,
      { commands: [`openstack overcloud deploy --stack ${site}`], lock: 'heat', limitMinutes: 0.06 },
      lab,
    );

  test.concurrent(
    'one stack phase runs at a time on an undercloud, also for several labs; the time limit does not count the wait',
    within(
      async (here) => {
        here.behave('sleep 2.7');
        const callers = [
          here.start(['job', 'run'], stack(here, 'dcn0', 'dev'), 'dev'),
          here.start(['job', 'run'], stack(here, 'dcn1', 'dev'), 'dev'),
          here.start(['job', 'run'], stack(here, 'edge', 'other'), 'other'),
        ];
        await until(() => here.calls().length > 0, 'the first command');
        const { locks } = await here.json<{ locks: object[] }>(['status', '--json']);
        expect(locks).toContainEqual({
          lock: 'heat',
          holder: expect.stringMatching(/overcloud-stack \(lab (dev|other)\)/) as string,
          since: expect.stringMatching(/^20/) as string,
        });
        const ended = await Promise.all(callers.map((caller) => caller.ended));
        expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
        const calls = here.calls();
        expect(calls).toHaveLength(3);
        calls
          .slice(1)
          .forEach((call, index) => expect(call.begin).toBeGreaterThan(calls[index]?.end as bigint));
        expect(ended.map(({ stderr }) => stderr).join('')).toMatch(
          /waits for lock heat, held by \S+ \(lab \w+\) since/,
        );
      },
      ['dev', 'other'],
    ),
  );

  test.concurrent(
    'jobs without a lock run side by side',
    within(async (here) => {
      here.behave('sleep 1');
      const documents = ['a', 'b', 'c'].map((step) =>
        here.job(`dcn0/${step}`, { commands: [`openstack ${step}`] }),
      );
      await Promise.all(documents.map((document) => here.run(document)));
      const calls = here.calls();
      const begins = calls.map(({ begin }) => begin).sort();
      const ends = calls.map(({ end }) => end as bigint).sort();
      expect((begins.at(-1) as bigint) < (ends[0] as bigint)).toBe(true);
    }),
  );

  test.concurrent(
    'a command keeps the lock after its supervisor was killed',
    within(async (here) => {
      here.behave('while [[ ! -e ~/go ]]; do sleep 0.05; done');
      const first = here.start(['job', 'run'], stack(here, 'dcn0', 'dev'));
      await until(() => here.calls().length > 0, 'the command');
      here.killSupervisors();
      await first.ended;
      const second = here.start(['job', 'run'], stack(here, 'dcn1', 'dev'));
      await until(() => here.state('dcn1/overcloud-stack') === 'waiting', 'the second job to wait');
      here.write('go', '');
      expect((await second.ended).code).toBe(0);
    }),
  );
});

import * as fs from 'node:fs';
import { type TestUndercloud, until, within } from './undercloud';

jest.setTimeout(60_000);

const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/) as string;

describe('a job that succeeds', () => {
  test.concurrent(
    'runs its commands as from a fresh login, with its files in place, and tells digests of its results',
    within(async (here) => {
      here.write('stackrc', 'export OS_CLOUD=undercloud\n');
      here.behave(
        'echo "cloud $OS_CLOUD in $PWD, umask $(umask)"; cat dcn0/network.yaml; echo made >dcn0/made.yaml',
      );
      const document = here.job('dcn0/network-provision', {
        files: { 'dcn0/network.yaml': 'on: yes\n' },
        commands: ['openstack overcloud network provision -y', 'openstack second'],
        results: ['dcn0/made.yaml'],
      });
      const { code, stdout } = await here.run(document);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        job: 'dcn0/network-provision',
        digests: { 'dcn0/made.yaml': sha256 },
      });
      expect(here.calls().map(({ words }) => words)).toEqual(['overcloud network provision -y', 'second']);
      const log = here.read('dcn/dev/jobs/dcn0/network-provision/log');
      expect(log).toContain(`cloud undercloud in ${here.lab()}, umask 0022\non: yes`);
    }),
  );

  test.concurrent(
    'is not run again, at once and with the same answer, until its content changes',
    within(async (here) => {
      const fields = { commands: ['openstack one'], after: { x: '1' } };
      const first = await here.run(here.job('dcn0/step', fields));
      const again = await here.run(
        here.job('dcn0/step', { ...fields, limitMinutes: 9, teardown: ['openstack away'] }),
      );
      expect(again).toMatchObject({ code: 0, stdout: first.stdout });
      expect(again.seconds).toBeLessThan(5);
      expect(here.calls()).toHaveLength(1);
      await here.run(here.job('dcn0/step', { ...fields, after: { x: '2' } }));
      await here.run(
        here.job('dcn0/step', { ...fields, after: { x: '2' }, nodes: { 'oc0-ceph-4': 'another' } }),
      );
      expect(here.calls()).toHaveLength(3);
      expect(here.record('dcn0/step')).toMatchObject({ number: 3, state: 'succeeded' });
    }),
  );

  test.concurrent(
    'is run again when its results have gone',
    within(async (here) => {
      here.behave('echo made >made');
      const document = here.job('dcn0/step', { commands: ['openstack one'], results: ['made'] });
      await here.run(document);
      fs.rmSync(here.path('dcn/dev/made'));
      await here.run(document);
      expect(here.calls()).toHaveLength(2);
    }),
  );

  test.concurrent(
    'makes the folder of its results, which a verb takes to be there',
    within(async (here) => {
      here.behave('echo made >dcn0/made');
      await here.run(here.job('dcn0/step', { commands: ['openstack one'], results: ['dcn0/made'] }));
      expect(fs.readFileSync(here.path('dcn/dev/dcn0/made'), 'utf8')).toBe('made\n');
    }),
  );

  test.concurrent(
    'leaves nothing that others can read',
    within(async (here) => {
      here.behave('echo secret >dcn0/export.yaml');
      const document = here.job('dcn0/step', {
        files: { 'dcn0/file': 'x' },
        commands: ['openstack one'],
        results: ['dcn0/export.yaml'],
      });
      await here.run(document);
      await here.kit(['stores', 'announce', 'dcn0']);
      const lab = here.lab();
      expect((fs.statSync(lab).mode & 0o777).toString(8)).toBe('700');
      for (const name of fs.readdirSync(lab, { recursive: true }) as string[]) {
        const { mode } = fs.lstatSync(`${lab}/${name}`);
        if (!name.startsWith('kit') && !fs.lstatSync(`${lab}/${name}`).isSymbolicLink()) {
          expect([name, mode & 0o077]).toEqual([name, 0]);
        }
      }
    }),
  );
});

describe('a job that fails', () => {
  test.concurrent(
    'says what failed, where its log is and its last lines, without secrets, and runs again the next time',
    within(async (here) => {
      const key = `AQ${'c'.repeat(36)}==`;
      here.write(
        'overcloud-deploy/dcn0/dcn0-passwords.yaml',
        'parameter_defaults:\n  GlancePassword: tellNobodyThis\n',
      );
      here.behave(
        `for i in {1..40}; do echo "line $i"; done; echo "it is tellNobodyThis or ${key}"; echo password=hidden1; exit 3`,
      );
      const document = here.job('dcn0/step', {
        commands: ['openstack overcloud ceph deploy -y --stack dcn0'],
      });
      const { code, stdout, stderr } = await here.run(document);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('dcn0/step: run 1 failed');
      expect(stderr).toContain('`openstack overcloud ceph deploy …` exited with 3');
      expect(stderr).toContain('jobs/dcn0/step/runs/1.log');
      expect(stderr).toContain('line 40');
      expect(stderr).not.toContain('line 20\n');
      expect(stderr).not.toMatch(/tellNobodyThis|AQccc|hidden1/);
      expect((await here.kit(['job', 'log', 'dcn0/step'])).stdout).not.toMatch(
        /tellNobodyThis|AQccc|hidden1/,
      );
      expect(here.record('dcn0/step')).toMatchObject({ state: 'failed', exit: 3 });
      here.behave('true');
      expect((await here.run(document)).code).toBe(0);
      expect([here.record('dcn0/step', 1).state, here.record('dcn0/step', 2).state]).toEqual([
        'failed',
        'succeeded',
      ]);
    }),
  );

  test.concurrent(
    'stops at the first command that fails',
    within(async (here) => {
      here.behave('[[ $all != second ]]; exit');
      await here.run(
        here.job('dcn0/step', { commands: ['openstack first', 'openstack second', 'openstack third'] }),
      );
      expect(here.calls().map(({ words }) => words)).toEqual(['first', 'second']);
    }),
  );

  const judged: [string, string, string[], RegExp][] = [
    ['a result that is not there', 'true', ['made'], /did not write .*\/made/],
    [
      'what TripleO says of the deployment',
      'status=DEPLOY_FAILED',
      [],
      /exited with 0, but .*says DEPLOY_FAILED/,
    ],
  ];
  test.concurrent.each(judged)('is judged by more than the exit code: %s', (_, behaviour, results, message) =>
    within(async (here) => {
      here.behave(behaviour);
      const document = here.job('dcn0/overcloud-stack', {
        commands: ['openstack overcloud deploy -y --stack dcn0 --stack-only'],
        results,
      });
      const { code, stderr } = await here.run(document);
      expect(code).toBe(1);
      expect(stderr).toMatch(message);
    })(),
  );

  test.concurrent(
    'is ended at its limit with all that it started, and says so',
    within(async (here) => {
      here.behave('setsid sleep 300 & sleep 300');
      const { code, stderr, seconds } = await here.run(
        here.job('dcn0/step', { commands: ['openstack x'], limitMinutes: 0.01 }),
      );
      expect(code).toBe(1);
      expect(stderr).toContain('not done after its limit of 0.01 minutes');
      expect(seconds).toBeLessThan(40);
      expect(here.processes()).toEqual([]);
    }),
  );
});

describe('a job under way', () => {
  /** A job whose command goes on until the file ~/go is there. */
  function slow(here: TestUndercloud): string {
    here.behave('while [[ ! -e ~/go && $all == slow ]]; do sleep 0.05; done; echo done');
    return here.job('dcn0/step', { commands: ['openstack slow'] });
  }

  test.concurrent(
    'is joined by all who want the same, and runs once',
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
    'outlives whoever started it',
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
    'keeps its outcome when nobody waits for it',
    within(async (here) => {
      const first = here.start(['job', 'run'], slow(here));
      await until(() => here.calls().length > 0, 'the command');
      first.kill('SIGKILL');
      here.write('go', '');
      await until(() => here.record('dcn0/step').state === 'succeeded', 'the outcome');
      expect((await here.run(slow(here))).code).toBe(0);
      expect(here.calls()).toHaveLength(1);
    }),
  );

  test.concurrent(
    'counts as failed when its supervisor is killed; what it left is ended before it runs again',
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
    'is waited for by one that wants other content, which then runs',
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
    'tells what it does now and then, in short lines, and its end is seen at once',
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
    'the stack phase runs one at a time on an undercloud, whichever lab asks; waiting is not counted',
    within(
      async (here) => {
        here.behave('sleep 2.7');
        const callers = [
          here.start(['job', 'run'], stack(here, 'dcn0', 'dev'), 'dev'),
          here.start(['job', 'run'], stack(here, 'dcn1', 'dev'), 'dev'),
          here.start(['job', 'run'], stack(here, 'edge', 'other'), 'other'),
        ];
        await until(() => here.calls().length > 0, 'the first');
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
    'other jobs run side by side',
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
    'a lock stays held while a command lives whose supervisor was killed',
    within(async (here) => {
      here.behave('while [[ ! -e ~/go ]]; do sleep 0.05; done');
      const first = here.start(['job', 'run'], stack(here, 'dcn0', 'dev'));
      await until(() => here.calls().length > 0, 'the command');
      here.killSupervisors();
      await first.ended;
      const second = here.start(['job', 'run'], stack(here, 'dcn1', 'dev'));
      await until(
        () =>
          here.runs('dcn1/overcloud-stack') > 0 && here.record('dcn1/overcloud-stack').state === 'waiting',
        'the second',
      );
      here.write('go', '');
      expect((await second.ended).code).toBe(0);
    }),
  );
});

describe('undo', () => {
  const document = (here: TestUndercloud): string =>
    here.job('dcn0/step', { commands: ['openstack make'], teardown: ['openstack away'], results: ['made'] });

  test.concurrent(
    'runs the teardown, forgets the step and what it made, and lets the same content run again',
    within(async (here) => {
      here.behave('[[ $all != make ]] || echo x >made');
      await here.run(document(here));
      const undone = await here.kit(['job', 'undo'], document(here));
      expect(undone).toMatchObject({ code: 0, stdout: '{"digests": {}, "job": "dcn0/step"}\n' });
      expect(here.record('dcn0/step').state).toBe('gone');
      expect(here.exists('dcn/dev/made')).toBe(false);
      await here.kit(['job', 'undo'], document(here));
      await here.run(document(here));
      expect(here.calls().map(({ words }) => words)).toEqual(['make', 'away', 'make']);
      expect([1, 2, 3].map((number) => here.record('dcn0/step', number).kind)).toEqual([
        'run',
        'undo',
        'run',
      ]);
    }),
  );

  test.concurrent(
    'fails as a run does, and is tried again',
    within(async (here) => {
      here.behave('[[ $all != make ]] || echo x >made; [[ $all != away || -e ~/may ]]; exit');
      await here.run(document(here));
      const failed = await here.kit(['job', 'undo'], document(here));
      expect(failed.code).toBe(1);
      expect(failed.stderr).toContain('undo 2 failed');
      here.write('may', '');
      expect((await here.kit(['job', 'undo'], document(here))).code).toBe(0);
      expect(here.record('dcn0/step').state).toBe('gone');
    }),
  );

  test.concurrent(
    'has nothing to do where nothing was ever run',
    within(async (here) => {
      expect((await here.kit(['job', 'undo'], document(here))).code).toBe(0);
      expect(here.calls()).toEqual([]);
    }),
  );
});

describe('what is wrong with a document', () => {
  test.concurrent(
    'is told all at once, and nothing is touched',
    within(async (here) => {
      const { code, stdout, stderr } = await here.run(
        [
          'job: dcn0',
          'directory: /somewhere',
          'files: {/etc/passwd: x, ../up: y}',
          'commands: [openstack x]',
          'limitMinutes: soon',
          'comands: []',
        ].join('\n'),
      );
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      for (const fault of [
        /job: 'dcn0' does not match/,
        /directory: is '\/somewhere', but this kit belongs to/,
        /files: '\/etc\/passwd' must be a path below/,
        /files: '\.\.\/up' must be a path below/,
        /commands: must be a list of argument lists/,
        /limitMinutes: must be a number above 0, is 'soon'/,
        /comands: is not a key of this document/,
      ]) {
        expect(stderr).toMatch(fault);
      }
      expect(here.exists('dcn/dev/jobs')).toBe(false);
    }),
  );

  test.concurrent.each([
    ['', /stdin is empty, and must have the document/],
    ['a: [', /line \d+: not YAML/],
    ['just words', /must be a mapping/],
  ])('%j', (text, message) =>
    within(async (here) => {
      const { code, stderr } = await here.run(text);
      expect(code).toBe(2);
      expect(stderr).toMatch(message);
    })(),
  );

  test.concurrent(
    'an input that is missing is named, with the job that writes it',
    within(async (here) => {
      here.behave('echo x >export.yaml');
      await here.run(
        here.job('control-plane/overcloud-export', {
          commands: ['openstack export'],
          results: ['export.yaml'],
        }),
      );
      fs.rmSync(here.path('dcn/dev/export.yaml'));
      const { code, stderr } = await here.run(
        here.job('dcn0/overcloud-stack', {
          commands: ['openstack x'],
          digests: { 'export.yaml': '1e5', 'other.yaml': '2' },
        }),
      );
      expect(code).toBe(2);
      expect(stderr).toMatch(/export\.yaml is missing; job control-plane\/overcloud-export writes it/);
      expect(stderr).toMatch(/other\.yaml is missing; no job on this undercloud has written it/);
      expect(here.runs('dcn0/overcloud-stack')).toBe(0);
    }),
  );
});

test.concurrent(
  'verbs for people: list, log, wait, status',
  within(async (here) => {
    here.behave('echo hello');
    await here.run(here.job('dcn0/step', { commands: ['openstack x'] }));
    expect((await here.kit(['job', 'list'])).stdout).toMatch(
      /^20\S+Z {2}succeeded {2}dcn0\/step \(run 1\)\n$/,
    );
    expect((await here.kit(['job', 'log', 'dcn0/step'])).stdout).toContain('\nhello\n');
    expect(await here.json(['job', 'wait', 'dcn0/step'])).toEqual({
      job: 'dcn0/step',
      state: 'succeeded',
      digests: {},
    });
    expect((await here.kit(['status'])).stdout).toMatch(/lab dev\n {2}dcn0\/step: succeeded \(run 1, \d+s\)/);
    const unknown = await here.kit(['job', 'log', 'dcn9/step']);
    expect(unknown).toMatchObject({ code: 2, stderr: 'job dcn9/step: does not exist; jobs: dcn0/step\n' });
    expect((await here.kit(['nonsense'])).code).toBe(2);
  }),
);

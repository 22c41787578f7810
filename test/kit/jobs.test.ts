import * as fs from 'node:fs';
import { type TestUndercloud, until, within } from './undercloud';

jest.setTimeout(60_000);

const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/) as string;

test(
  'a script of a job that calls openstack, such as the teardown of a site’s subnets, has the credentials of ~/stackrc',
  within(async (here) => {
    here.write('stackrc', 'export OS_CLOUD=undercloud\n');
    here.write('subnets.sh', 'openstack subnet list\n');
    here.behave('echo "cloud $OS_CLOUD"');
    const document = here.job('dcn0/network-provision', { commands: [`bash ${here.path('subnets.sh')}`] });
    expect((await here.run(document)).code).toBe(0);
    expect(here.read('dcn/dev/jobs/dcn0/network-provision/log')).toContain('cloud undercloud');
  }),
);

describe('a job that succeeds', () => {
  test.concurrent(
    'writes its files, runs its commands in a fresh login shell, and answers with the digests of its results',
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
    'gives the same answer without a run until its content changes',
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
    'runs again when a result is missing',
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
    'makes the folder of its results: a verb expects it to exist',
    within(async (here) => {
      here.behave('echo made >dcn0/made');
      await here.run(here.job('dcn0/step', { commands: ['openstack one'], results: ['dcn0/made'] }));
      expect(fs.readFileSync(here.path('dcn/dev/dcn0/made'), 'utf8')).toBe('made\n');
    }),
  );

  test.concurrent(
    'leaves no file that other users can read',
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
    'fails with the command, the path and the last lines of its log, without secrets, and runs again the next time',
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
    ['a missing result', 'true', ['made'], /did not write .*\/made/],
    [
      'the deployment status that TripleO writes',
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
    'is first ended by INT at its time limit: then tripleoclient removes its ephemeral Heat',
    within(async (here) => {
      here.behave("trap 'touch ~/cleared; exit 1' INT; trap 'exit 1' TERM; while :; do sleep 0.1; done");
      const document = here.job('dcn0/step', { commands: ['openstack x'], limitMinutes: 0.02 });
      expect((await here.run(document)).code).toBe(1);
      expect(here.exists('cleared')).toBe(true);
    }),
  );

  test.concurrent(
    'ends at its time limit with all processes that it started, and says so',
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

describe('undo', () => {
  const document = (here: TestUndercloud): string =>
    here.job('dcn0/step', { commands: ['openstack make'], teardown: ['openstack away'], results: ['made'] });

  test.concurrent(
    'runs the teardown and removes the results; then the same content runs again',
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
    'fails as a run does, and runs again the next time',
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

  /** Steps `below` and `above` of a site, of which the second needs the first. */
  const steps = (here: TestUndercloud): { below: string; above: string } => ({
    below: here.job('dcn0/below', { commands: ['openstack below'], teardown: ['openstack away'] }),
    above: here.job('dcn0/above', { commands: ['openstack above'], after: { below: '1' } }),
  });
  const words = (here: TestUndercloud): string[] => here.calls().map((call) => call.words);

  test.concurrent.each([
    ['has failed', 'exit 1', 1],
    ['has ended without the knowledge of Pulumi', '', 0],
  ])(
    'that %s is made good by the next run of a job that needs the job: Pulumi does not run the job again',
    (_, teardown, code) =>
      within(async (here) => {
        const { below, above } = steps(here);
        here.behave(`[[ $all != away ]] || { ${teardown || ':'}; }`);
        await here.run(below);
        await here.run(above);
        await here.kit(['job', 'undo'], above);
        expect((await here.kit(['job', 'undo'], below)).code).toBe(code);
        const other = here.job('dcn0/other', { commands: ['openstack other'] });
        await here.run(other);
        const { code: done, stderr } = await here.run(above);
        expect([done, stderr]).toEqual([
          0,
          expect.stringContaining('dcn0/below: was undone, and runs again\n'),
        ]);
        expect(words(here)).toEqual(['below', 'above', 'away', 'other', 'below', 'above']);
        expect(here.state('dcn0/below')).toBe('succeeded');
      })(),
  );

  test.concurrent(
    'that goes on when Pulumi is killed ends before a job that needs the job, then the job runs again',
    within(async (here) => {
      const { below, above } = steps(here);
      here.behave('[[ $all != away ]] || sleep 2');
      await here.run(below);
      const undo = here.start(['job', 'undo'], below);
      await until(() => words(here).includes('away'), 'the teardown');
      undo.kill('SIGKILL');
      expect((await here.run(above)).code).toBe(0);
      expect(words(here)).toEqual(['below', 'away', 'below', 'above']);
      expect(here.record('dcn0/below', 2)).toMatchObject({ kind: 'undo', state: 'gone' });
    }),
  );

  test.concurrent(
    'is made good by a later run, too, if the first run after the teardown fails',
    within(async (here) => {
      const { below, above } = steps(here);
      await here.run(below);
      await here.kit(['job', 'undo'], below);
      here.behave('exit 1');
      expect((await here.run(above)).stderr).toContain('dcn0/below: run 3 failed');
      here.behave('');
      expect((await here.run(above)).code).toBe(0);
      expect(words(here)).toEqual(['below', 'away', 'below', 'below', 'above']);
    }),
  );

  test.concurrent(
    'does nothing if the job never ran',
    within(async (here) => {
      expect((await here.kit(['job', 'undo'], document(here))).code).toBe(0);
      expect(here.calls()).toEqual([]);
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

import { kitFailures } from '../../cli/run/kitFailures';
import { lockText, readMark, withoutMarks } from '../../kit/marks';
import { type TestUndercloud, until, within } from './undercloud';

/*
 * Holds the marks that the kit writes (kit/marks.py) against the module that reads them (kit/marks.ts): the real kit runs
 * jobs, and the command line's reader reads what it prints.
 */

jest.setTimeout(60_000);

/** All lines that the kit printed on stderr, with their marks. */
const marksOf = (stderr: string) =>
  stderr.split('\n').map((line) => ({ line, mark: readMark(line), sentence: withoutMarks(line) }));

const deploy = (here: TestUndercloud, site: string): string =>
  here.job(`${site}/overcloud-stack`, {
    commands: [`openstack overcloud deploy --stack ${site}`],
    lock: 'heat',
  });

test.concurrent(
  'a heartbeat of a job that waits has a mark with lock, holder and time; of a job that runs another one',
  within(async (here) => {
    here.behave('while [[ ! -e ~/go ]]; do sleep 0.05; done');
    // Names so long that the line is cut.
    const sites = ['first', 'second'].map((name) => `${name}-${'edge'.repeat(10)}`) as [string, string];
    const first = here.start(['job', 'run'], deploy(here, sites[0]));
    await until(() => here.calls().length > 0, 'the first command');
    const second = here.start(['job', 'run'], deploy(here, sites[1]));
    await Promise.all([first.says(/dcn:runs/), second.says(/dcn:waits/)]);
    here.write('go', '');
    const [runs, waits] = (await Promise.all([first.ended, second.ended])).map(({ marked }) =>
      marksOf(marked).find(({ mark }) => mark),
    );
    expect(runs?.mark).toEqual({ name: 'runs', values: {} });
    expect(runs?.sentence).toMatch(
      /: run 1, \ds, 1\/1 openstack overcloud deploy --stack first-\S+ \| ### 20/,
    );
    expect(waits?.mark).toEqual({
      name: 'waits',
      values: {
        for: lockText('heat'),
        holder: `${sites[0]}/overcloud-stack (lab dev)`,
        since: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      },
    });
    expect(waits?.sentence).toMatch(/^second-\S+…$/);
    expect(waits?.line.length).toBeLessThanOrEqual(200);
  }),
);

test.concurrent(
  'the message for a failed job has a mark with job and log, after the line that says why it failed',
  within(async (here) => {
    here.behave('echo "no space in [dcn0]"; exit 3');
    const document = here.job('dcn0/ceph-deploy', { commands: ['openstack overcloud ceph deploy -y'] });
    const { stderr, marked } = await here.run(document);
    const log = `${here.lab()}/jobs/dcn0/ceph-deploy/runs/1.log`;
    // As pulumi repeats it: once as lines of progress, once in the error.
    expect(kitFailures(`${marked}error: Process exited with status 1: running "…":\n${marked}`)).toEqual([
      {
        of: 'job',
        job: 'dcn0/ceph-deploy',
        sentence: expect.stringMatching(
          /^dcn0\/ceph-deploy: run 1 failed after \ds: `openstack overcloud ceph deploy …` exited with 3$/,
        ) as string,
      },
    ]);
    expect(stderr).toContain(
      `Mend the cause and run it again. The whole log is in ${log} on the undercloud; its last lines:\n`,
    );
    expect(stderr).toContain('no space in [dcn0]');
    expect(stderr).not.toContain('[dcn:');
  }),
);

test.concurrent(
  'the first line of an error has a mark, which tells it from the progress before it',
  within(async (here) => {
    const { marked } = await here.run('{}');
    const [first, ...others] = marksOf(marked.trim());
    expect(first?.mark).toEqual({ name: 'error', values: {} });
    expect(others.every(({ mark }) => mark === undefined)).toBe(true);
    expect(kitFailures(`progress\n${marked}`)).toEqual([{ of: 'verb', sentence: first?.sentence }]);
  }),
);

test.concurrent(
  "a log's line of any length does not make a long line of the message",
  within(async (here) => {
    here.behave('printf "x%.0s" {1..60000}; exit 1');
    const { stderr, marked } = await here.run(here.job('dcn0/step', { commands: ['openstack long'] }));
    expect(stderr).toContain('xxx…');
    // The log pump of Pulumi's command provider hangs on lines of 64 KiB.
    expect(marked.split('\n').every((line) => line.length <= 4000)).toBe(true);
    expect(kitFailures(marked)).toHaveLength(1);
  }),
);

test('a mark is read whatever its values have in them, and other brackets are no mark', () => {
  const said = 'x: failed [dcn:failed job="a/b" log="/home/a \\"b\\" \\\\ [c\\]/1.log"]';
  expect(readMark(said)).toEqual({ name: 'failed', values: { job: 'a/b', log: '/home/a "b" \\ [c]/1.log' } });
  expect(withoutMarks(`${said}\n${said}`)).toBe('x: failed\nx: failed');
  expect(
    ['ok: [dcn0-node]', 'x [dcn:waits for="a"] y', 'x [dcn:unknown]', 'x [dcn:waits holder="a"]'].map(
      readMark,
    ),
  ).toEqual([undefined, undefined, undefined, undefined]);
});

import { PulumiFailure } from '../../cli/run/pulumi';
import { runningJobsText } from '../../cli/run/runningJobs';
import { summaryText, unfinishedText } from '../../cli/run/summary';
import type { Ending, RunRecord } from '../../cli/run/record';

const log = '/home/stack/dcn/dev/jobs/dcn0/overcloud-config/runs/3.log';
const sentence =
  'dcn0/overcloud-config: run 3 failed after 12s: `openstack overcloud deploy --templates …` exited with 1';
const failure = new PulumiFailure(
  'up',
  'dev-dcn0',
  'error: Process exited with status 1: running "python3 /home/stack/dcn/dev/kit job run":\n' +
    `${sentence} [dcn:failed job="dcn0/overcloud-config" log="${log}"]\n` +
    `Mend the cause and run it again. The whole log is in ${log} on the undercloud; its last lines:\nTASK failed: no space`,
);

test('the summary has times of stacks, job and log of a failure, reasons of stacks that were not started, and the next command', () => {
  const text = summaryText(
    { verb: 'up', words: [] },
    [
      { stack: 'dev', outcome: { state: 'done' }, seconds: 3 },
      { stack: 'dev-control-plane', outcome: { state: 'done' }, seconds: 245 },
      { stack: 'dev-dcn0', outcome: { state: 'failed', error: failure }, seconds: 72 },
      { stack: 'dev-dcn1', outcome: { state: 'interrupted' }, seconds: 9 },
      { stack: 'dev-images', outcome: { state: 'not started', because: 'dev-dcn0 is not up' }, seconds: 0 },
    ],
    './dcn',
  );
  expect(text.split('\n')).toEqual([
    'done         dev                3 s',
    'done         dev-control-plane  4 min 05 s',
    'FAILED       dev-dcn0           after 1 min 12 s',
    `    ${sentence}`,
    '    log: ./dcn log dcn0/overcloud-config',
    'interrupted  dev-dcn1           after 9 s',
    'not started  dev-images         dev-dcn0 is not up',
    'next: correct the cause (docs/troubleshooting.md explains messages), then ./dcn up',
  ]);
  expect(failure.message).toContain(`${sentence}\nMend the cause`);
});

test("a failure without a job shows the first line of the engine's error", () => {
  const error = new Error(
    'pulumi destroy -s dev failed:\n\nerror: connecting to stack@127.0.0.1:22: i/o timeout\nmore',
  );
  const text = summaryText(
    { verb: 'destroy', words: [] },
    [{ stack: 'dev', outcome: { state: 'failed', error }, seconds: 60 }],
    'dcn',
  );
  expect(text).toBe(
    'FAILED       dev  after 1 min 00 s\n    error: connecting to stack@127.0.0.1:22: i/o timeout\n' +
      'next: correct the cause (docs/troubleshooting.md explains messages), then dcn destroy',
  );
});

test('the next command after Ctrl-C is the same again', () => {
  const reports = [{ stack: 'dev', outcome: { state: 'interrupted' as const }, seconds: 3 }];
  expect(summaryText({ verb: 'up', words: [] }, reports, './dcn')).toMatch(/\nnext: \.\/dcn up$/);
  const ofSite = { verb: 'destroy' as const, words: ['dcn0', '--site-lost'] };
  expect(summaryText(ofSite, reports, './dcn')).toMatch(/\nnext: \.\/dcn destroy dcn0 --site-lost$/);
});

test('the summary of a successful run has no next command', () => {
  expect(
    summaryText(
      { verb: 'up', words: [] },
      [{ stack: 'dev', outcome: { state: 'done' }, seconds: 3 }],
      './dcn',
    ),
  ).toBe('done         dev  3 s');
});

test('after an interruption, a text lists the jobs that still run on the undercloud', () => {
  expect(runningJobsText([], './dcn')).toBe('Nothing of the lab runs on the undercloud any more.');
  const text = runningJobsText(
    [
      { job: 'dcn0/overcloud-config', run: 3, seconds: 65.2, doing: '1/1 openstack overcloud deploy | TASK' },
      { job: 'dcn1/ceph-deploy', run: 1, seconds: 2, doing: null },
    ],
    './dcn --lab other',
  );
  expect(text.split('\n').slice(1)).toEqual([
    '  dcn0/overcloud-config: run 3, 1 min 05 s, 1/1 openstack overcloud deploy | TASK',
    '  dcn1/ceph-deploy: run 1, 2 s',
  ]);
  expect(text).toContain('./dcn --lab other up');
});

test('the message of a failure has the last line of a job’s progress, not all of them', () => {
  const runs = (seconds: number) => `dcn0/overcloud-config: run 3, ${seconds}s, 1/1 openstack | step 5`;
  const waits = 'dcn0/overcloud-config: run 3, 2s, waits for lock heat';
  const { details } = new PulumiFailure(
    'up',
    'dev-dcn0',
    [
      'dcn0/overcloud-config: run 3 started',
      `${waits} [dcn:waits for="lock heat"]`,
      `${runs(5)} [dcn:runs]`,
      `${runs(10)} [dcn:runs]`,
      `${sentence} [dcn:failed job="dcn0/overcloud-config" log="${log}"]`,
    ].join('\n'),
  );
  expect(details).toBe(`dcn0/overcloud-config: run 3 started\n${runs(10)}\n${sentence}`);
});

test('the summary has the kit’s reason of a failure that is no job, not the command that failed', () => {
  const ran = 'Process exited with status 1: running "python3 /home/stack/dcn/dev/kit images ensure":';
  const reason = 'image other: http://localhost:8088/nothing.raw: HTTP Error 404: File not found';
  const line = (output: string) => {
    const error = new PulumiFailure('up', 'dev-images', output);
    return summaryText(
      { verb: 'up', words: [] },
      [{ stack: 'dev-images', outcome: { state: 'failed', error }, seconds: 2 }],
      './dcn',
    ).split('\n')[1];
  };
  const progress = '5s, other: by Glance to dcn1';
  expect(line(`${ran}\n${progress}\n${reason} [dcn:error]\nmore\nupdate failed`)).toBe(`    ${reason}`);
  expect(line(`${ran}\nupdate failed`)).toBe(`    ${ran}`);
});

describe('of the last run the status says', () => {
  const run = (verb: RunRecord['verb'], ...endings: Ending[]): RunRecord => ({
    lab: 'dev',
    verb,
    words: verb === 'up' ? ['--wave', '2'] : [],
    begin: Date.UTC(2026, 10, 30, 17, 41, 42),
    end: 0,
    parts: endings.map((ending, index) => ({ name: `dev-dcn${index}`, ending, begin: 0, end: 0, steps: [] })),
  });
  const proven = (ending: Ending): RunRecord => {
    const { parts, ...more } = run('up', 'done', 'failed');
    return {
      ...more,
      words: ['--canary', 'dcn0', '--wave', '2'],
      parts: [...parts, { name: 'canary dcn0', ending, begin: 0, end: 0, steps: [] }],
    };
  };
  test.each<[string, RunRecord, string]>([
    ['nothing if it is complete', run('up', 'done', 'done'), ''],
    ['nothing while a part of it has no end', run('up', 'failed', 'unknown'), ''],
    [
      'what is missing, and the next command',
      run('up', 'done', 'interrupted', 'failed', 'not started'),
      'The last up (2026-11-30 17:41:42 UTC) is not complete: failed: dev-dcn2; interrupted: dev-dcn1; not started: dev-dcn3; next: ./dcn up --wave 2\n',
    ],
    [
      'the next command without a canary whose servers have proven it',
      proven('done'),
      'The last up (2026-11-30 17:41:42 UTC) is not complete: failed: dev-dcn1; next: ./dcn up --wave 2\n',
    ],
    [
      'the next command with a canary whose servers have not proven it',
      proven('failed'),
      'The last up (2026-11-30 17:41:42 UTC) is not complete: failed: dev-dcn1, canary dcn0; next: ./dcn up --canary dcn0 --wave 2\n',
    ],
    [
      'no command that would destroy more than was asked for',
      run('destroy', 'failed'),
      'The last destroy (2026-11-30 17:41:42 UTC) is not complete: failed: dev-dcn0\n',
    ],
  ])('%s', (_, record, text) => expect(unfinishedText(record, './dcn')).toBe(text));
});

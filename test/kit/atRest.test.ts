import * as fs from 'node:fs';
import execa from 'execa';
import { leftovers } from '../chaos/verdict';
import { type Run, type Status, needlessRuns, unrest } from './atRest';
import { deployControlPlane, lab, leave } from './storeLab';
import { type TestUndercloud, python, within } from './undercloud';

jest.setTimeout(180_000);

const seen = async (here: TestUndercloud): Promise<string[]> =>
  unrest(await here.json<Status>(['status', '--json']), ['control-plane'], ['central']);

test.concurrent(
  'a lab at rest has no lock, announcement, job or store but those of the plan',
  lab(async (here) => {
    await deployControlPlane(here);
    expect(await seen(here)).toEqual([]);
    const job = here.job('control-plane/late', {
      commands: ['openstack overcloud deploy --stack x'],
      teardown: ['true'],
    });
    here.behave('sleep 60');
    const running = here.start(['job', 'run'], job);
    await running.says(/run 1, \d+s, 1\/1 openstack/);
    const leaving = await leave(here, 'dcn0');
    await here.json(['stores', 'announce', 'dcn1']);
    expect(await seen(here)).toEqual([
      'site dcn0 is announced: it is being taken down',
      expect.stringMatching(/^site dcn1 is announced: it was active \d+s ago$/),
      'lock stack-x is held by control-plane/late (lab dev)',
      'job control-plane/late is running',
    ]);
    here.killSupervisors();
    here.kill(/openstack|sleep/);
    await running.ended;
    leaving.endInput();
    await leaving.ended;
    await here.json(['site', 'close', 'dcn1']);
    expect(await seen(here)).toEqual([
      expect.stringMatching(/^job control-plane\/late is failed: its processes ended without an exit status/),
    ]);
    await here.json(['job', 'undo'], job);
    expect(await seen(here)).toEqual(['job control-plane/late is gone']);
    const status = await here.json<Status>(['status', '--json']);
    expect(unrest(status, [], ['central', 'dcn0'])).toEqual([
      'job control-plane/network-provision is succeeded',
      'job control-plane/overcloud-stack is succeeded',
      'job control-plane/overcloud-config is succeeded',
      'registered are the stores central, wanted are central, dcn0',
    ]);
  }),
);

test.concurrent(
  'a lab at rest has no run on record that is under way, or that repeats the work of the run before it',
  within(async (here) => {
    const job = here.job('dcn0/step', { commands: ['openstack x'], teardown: ['true'] });
    await here.run(job);
    await here.json(['job', 'undo'], job);
    await here.run(job);
    here.write('dcn/dev/jobs/dcn0/step/half.part', '');
    const seen = async (): Promise<{ jobs: Record<string, Run[]>; left: string[] }> => {
      const { stdout } = await execa(python(), ['-', here.lab()], { input: leftovers });
      return JSON.parse(stdout) as { jobs: Record<string, Run[]>; left: string[] };
    };
    const { jobs, left } = await seen();
    expect(jobs['dcn0/step']?.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'run succeeded',
      'undo gone',
      'run succeeded',
    ]);
    expect(left).toContain('file jobs/dcn0/step/half.part');
    expect(needlessRuns(jobs)).toEqual([]);
    const record = (number: number): string => here.path(`dcn/dev/jobs/dcn0/step/runs/${number}.json`);
    const last = JSON.parse(fs.readFileSync(record(3), 'utf8')) as Run;
    fs.writeFileSync(record(4), JSON.stringify({ ...last, number: 4 }));
    [5, 6].forEach((number) =>
      fs.writeFileSync(record(number), JSON.stringify({ ...last, number, state: 'running' })),
    );
    expect(needlessRuns((await seen()).jobs)).toEqual([
      'job dcn0/step: run 5 is on record as running',
      'job dcn0/step: run 4 repeats the success of run 3',
    ]);
  }),
);

import { spawn } from 'node:child_process';
import * as path from 'node:path';
import type { Server, ServerChannel } from 'ssh2';
import { jobTable } from '../../cli/commands/log';
import { type ListedLab, status } from '../../cli/commands/status';
import type { LabJob } from '../../cli/leftJobs';
import type { ListedJob } from '../../kit/answers';
import { projectRoot } from '../../lib/paths';
import { startUndercloud, writeStack } from './undercloudServer';
import { folderOfEachTest } from '../folderOfEachTest';

jest.mock('../../cli/run/stackList', () => ({
  openState: async () => ({ env: {}, names: [] }),
  listStacks: async () => [],
}));
afterEach(() => {
  jest.restoreAllMocks();
});

const folder = folderOfEachTest('state');
let server: Server;
beforeEach(() => {
  writeStack('far');
});
afterEach(() => {
  server.close();
});

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `dcn` on lab `far`. @param onPrint called when it has printed something, with all of its output so far */
function dcn(words: string[], onPrint: (stdout: string) => void = () => undefined): Promise<Ended> {
  const lab = path.join(folder(), 'Pulumi.far.yaml');
  const child = spawn('./dcn', ['--lab', lab, ...words], { cwd: projectRoot, env: { ...process.env } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => onPrint((stdout += data.toString())));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

/** Starts an undercloud; gives the commands that it gets. */
async function undercloud(onExec: (channel: ServerChannel) => void): Promise<string[]> {
  const commands: string[] = [];
  server = await startUndercloud(folder(), (channel, command) => {
    commands.push(command);
    onExec(channel);
  });
  return commands;
}

function end(channel: ServerChannel, code = 0): void {
  channel.exit(code);
  channel.end();
}

const jobs: ListedJob[] = [
  {
    command: '1/1 openstack overcloud ceph deploy',
    doing: null,
    end: '2026-11-29T08:12:00.000+00:00',
    job: 'dcn0/ceph-deploy',
    kind: 'run',
    log: '/home/stack/dcn/far/jobs/dcn0/ceph-deploy/log',
    reason: 'full',
    run: 2,
    seconds: 125.4,
    since: '2026-11-29T08:09:55.000+00:00',
    state: 'failed',
  },
];

test('lines of the log are printed as they come, and characters in two parts are joined', async () => {
  let channel: ServerChannel | undefined;
  const commands = await undercloud((opened) => {
    channel = opened;
    opened.write('first\n');
  });
  let isAnswered = false;
  const ended = await dcn(['log', 'dcn0/ceph-deploy', '-f'], (stdout) => {
    if (stdout === 'first\n' && !isAnswered) {
      isAnswered = true;
      const bytes = Buffer.from('ä\n');
      channel?.write(bytes.subarray(0, 1));
      setTimeout(() => {
        channel?.write(bytes.subarray(1));
        channel?.stderr.write('dcn0/ceph-deploy: run 2 succeeded, 5s\n');
        end(channel as ServerChannel);
      }, 200);
    }
  });
  expect(ended).toEqual({
    code: 0,
    stdout: 'first\nä\n',
    stderr: 'dcn0/ceph-deploy: run 2 succeeded, 5s\n',
  });
  expect(commands).toEqual(['python3 /home/stack/dcn/far/kit job log dcn0/ceph-deploy --follow']);
});

test('without a job, the jobs are listed, and as JSON', async () => {
  const commands = await undercloud((channel) => {
    channel.write(JSON.stringify(jobs));
    end(channel);
  });
  const ofLab = jobs.map((job) => ({ ...job, left: false }));
  expect((await dcn(['log'])).stdout).toBe(`${jobTable(ofLab)}\n`);
  expect(JSON.parse((await dcn(['log', '--json'])).stdout)).toEqual(ofLab);
  expect(commands).toEqual(Array(2).fill('python3 /home/stack/dcn/far/kit job list --json'));
  expect(jobTable(ofLab).split('\n')[3]).toBe(
    '│ dcn0/ceph-deploy │ run 2      │ failed │ 2026-11-29 08:09:55 │ 2 min 05 s │',
  );
});

test('a failed hook that has left the lab file is told from jobs of the lab, in the list and in the status', async () => {
  const [job] = jobs as [ListedJob];
  const ofLabStatus = { announcements: [], glance: 'ok', imports: [], lab: 'far', locks: [], stores: [] };
  let listed = [
    { ...job, job: 'dcn0/after-ceph-deploy' },
    { ...job, job: 'dcn0/after-overcloud-config', state: 'gone' as const },
    { ...job, job: 'stores/update' },
    job,
  ];
  server = await startUndercloud(folder(), (channel, command) => {
    const [verb] = command.split('/kit ').slice(-1);
    const answers: Record<string, string> = {
      status: 'lab far\n',
      'status --json': JSON.stringify({ ...ofLabStatus, jobs: listed }),
      'job list --json': JSON.stringify(listed),
    };
    channel.write(answers[String(verb)]!);
    end(channel);
  });
  const printed = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  const statusText = async (asJson: boolean): Promise<string> => {
    printed.mockClear();
    await status(path.join(folder(), 'Pulumi.far.yaml'), asJson);
    return printed.mock.calls.map(([text]) => String(text)).join('');
  };
  const leftIn = (text: string) =>
    (JSON.parse(text) as LabJob[]).filter(({ left }) => left).map((one) => one.job);
  const rows = (await dcn(['log'])).stdout.split('\n').filter((line) => line.includes('not in the lab file'));
  expect(rows).toEqual([
    expect.stringMatching(/^│ dcn0\/after-ceph-deploy .*│ failed, not in the lab file │/),
  ]);
  expect(leftIn((await dcn(['log', '--json'])).stdout)).toEqual(['dcn0/after-ceph-deploy']);
  const { undercloud } = JSON.parse(await statusText(true)) as ListedLab;
  expect(leftIn(JSON.stringify(undercloud?.jobs))).toEqual(['dcn0/after-ceph-deploy']);
  expect(await statusText(false)).toMatch(
    /^lab far\nNo longer in the lab file; `up` does not run these jobs, and they go with their site: dcn0\/after-ceph-deploy\n$/m,
  );
  listed = [job];
  expect(await statusText(false)).toMatch(/lab far\n$/);
});

test('a job that does not exist is named by the kit, with all jobs', async () => {
  await undercloud((channel) => {
    channel.stderr.write('job dcn9/step: does not exist; jobs: dcn0/ceph-deploy\n');
    end(channel, 2);
  });
  const { code, stderr } = await dcn(['log', 'dcn9/step']);
  expect(stderr).toMatch(/job dcn9\/step: does not exist; jobs: dcn0\/ceph-deploy\n$/);
  expect(code).toBe(1);
});

test('options that do not fit are refused with the remedy', async () => {
  const commands = await undercloud((channel) => end(channel));
  const follow = await dcn(['log', '-f']);
  expect(follow.stderr).toMatch(
    /^--follow: name a job, SITE\/STEP: \.\/dcn --lab \S+ log SITE\/STEP --follow\./,
  );
  const json = await dcn(['log', 'dcn0/ceph-deploy', '--json']);
  expect(json.stderr).toBe('--json: only the list of jobs is printed as JSON; name no job.\n');
  expect([follow.code, json.code, commands]).toEqual([1, 1, []]);
});

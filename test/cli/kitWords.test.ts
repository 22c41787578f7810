import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { failedJobs } from '../../cli/run/summary';
import { locksLine, readHeartbeat } from '../../cli/run/waits';
import { projectRoot } from '../../lib/paths';
import { python } from '../kit/undercloud';

/*
 * What `dcn` reads out of the kit's messages for people, against the very functions of the kit that write them.
 */

const program = `
import sys, types
sys.path.insert(0, sys.argv[1])
from clock import now
from jobs import locks, report
folder = sys.argv[2]
lock = locks.Lock(folder + "/heat")
assert lock.acquire("dcn1/overcloud-stack (lab dev)")
job = types.SimpleNamespace(
    name="dcn0/overcloud-stack", log_of=lambda number: folder + "/3.log", last_line=lambda: "merging"
)
record = {"number": 3, "kind": "run", "begin": now(), "end": now(), "command": "1/2 openstack overcloud deploy"}
held = {"for": "lock heat", "lock": lock.path, "since": now()}
free = {"for": "image imports: plain, packed", "since": now()}
print(report.heartbeat(job, {**record, "state": "waiting", "waiting": held}))
print(report.heartbeat(job, {**record, "state": "waiting", "waiting": free}))
print(report.heartbeat(job, {**record, "state": "running", "waiting": None}))
open(folder + "/3.log", "w").write("TASK failed: no space")
print(report.failure(job, {**record, "reason": "\`openstack overcloud deploy --templates …\` exited with 1"}))
`;

let folder: string;
let said: string[];
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-test-'));
  const kit = path.join(projectRoot, 'kit');
  const { stdout } = await execa(python(), ['-B', '-c', program, kit, folder]);
  said = stdout.split('\n');
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

test('a heartbeat says whether its job waits, for what, and who has that since when', () => {
  const [held, free, runs] = said.map((line) => readHeartbeat(line));
  expect(held?.wait).toMatchObject({ for: 'lock heat', holder: 'dcn1/overcloud-stack (lab dev)' });
  expect(held?.wait?.since).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(free).toEqual({ wait: { for: 'image imports: plain, packed' } });
  expect(runs).toEqual({});
  expect(readHeartbeat('dcn0/overcloud-stack: run 3 started')).toBeUndefined();
});

test('a line that the kit has cut off tells what is left of it', () => {
  const cut = `${said[0]?.slice(0, 70)}…`;
  expect(readHeartbeat(cut)?.wait?.for).toContain('lock heat');
});

test('a failure says job, reason and where its log is, once each', () => {
  const text = said.slice(3).join('\n');
  expect(failedJobs(`error: Process exited with status 1: running "…":\n${text}\n${text}`)).toEqual([
    {
      job: 'dcn0/overcloud-stack',
      reason: '`openstack overcloud deploy --templates …` exited with 1',
      log: `${folder}/3.log`,
    },
  ]);
});

test('one line for all locks: who holds each, who waits', () => {
  const wait = readHeartbeat(said[0] as string)?.wait;
  const since = wait?.since?.slice(11, 19);
  const holding = { step: 'dcn1-overcloud-stack', lock: 'lock heat' };
  expect(locksLine([])).toBe('no lock is held or waited for');
  expect(locksLine([holding, { step: 'dcn0-ceph-deploy' }])).toBe('lock heat: held by dcn1-overcloud-stack');
  expect(
    locksLine([holding, { step: 'dcn0-overcloud-stack', wait }, { step: 'dcn2-overcloud-stack', wait }]),
  ).toBe(
    `lock heat: held by dcn1/overcloud-stack (lab dev) since ${since} UTC; ` +
      'dcn0-overcloud-stack, dcn2-overcloud-stack wait',
  );
});

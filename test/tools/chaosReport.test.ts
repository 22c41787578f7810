import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { projectRoot } from '../../lib/paths';
import { type ChaosRecord, type Outcome, report, reportOf } from '../chaos/report';
import { folderOfEachTest } from '../folderOfEachTest';
import { until } from '../kit/undercloud';

jest.setTimeout(60_000);

const folder = folderOfEachTest();

const judged = (ratio: number, more: object = {}): Outcome => ({
  ended: true,
  struck: true,
  code: 0,
  times: { verb: 42, recovery: 20 },
  ratio,
  violations: [],
  ...more,
});
const points = ['WAN cut', 'kill -9 of pulumi', 'full OSDs', 'kill -9 of an OSD', 'WAN at 1 Mbit/s'].map(
  (fault, index) => ({ verb: 'up, a site', fault, moment: index / 10 }),
);
const record: ChaosRecord = {
  points,
  outcomes: [
    judged(0.5),
    judged(1.5, { code: null, violations: ['lock a is left', 'image b: differs'] }),
    judged(1, { struck: false }),
    { ended: false, reason: 'up, a site: did not end when it was undisturbed' },
  ],
};

test('a report of chaos has all points, reached or not, and a line with the sum', () => {
  const lines = report(7, record).split('\n');
  const cells = lines.map((line) => line.split('│').map((cell) => cell.trim()));
  const verdicts = cells.flatMap((row) => (/^\d$/.test(row[1] ?? '') ? [[row[1], row.at(-2)]] : []));
  expect(verdicts.slice(-5)).toEqual([
    ['1', 'recovered'],
    ['2', 'violated'],
    ['3', 'recovered'],
    ['4', 'failed'],
    ['5', 'not reached'],
  ]);
  points.forEach(({ fault }) => expect(cells.flat()).toContain(fault));
  expect(lines.slice(-5)).toEqual([
    'point 2: lock a is left',
    'point 2: image b: differs',
    'point 4: up, a site: did not end when it was undisturbed',
    'seed 7: 5 points, 2 struck, 1 with violations, 1 failed, 1 not reached, median ratio 1.00',
    '',
  ]);
  expect(report(7, { points, outcomes: [] })).toMatch(
    /\nseed 7: 5 points, 0 struck, 0 with violations, 0 failed, 5 not reached\n$/,
  );
  expect(report(7, { points, outcomes: record.outcomes.slice(0, 2) })).toContain('median ratio 1.00');
  expect(reportOf(7, path.join(folder(), 'absent'))).toBe('seed 7: ended before its points were drawn\n');
});

test('a run that a signal ends still prints its report', async () => {
  const file = path.join(folder(), 'record.json');
  fs.writeFileSync(file, JSON.stringify(record));
  const program = path.join(folder(), 'run.ts');
  const [random, chaos] = ['tools/randomTests', 'test/chaos/report'].map((name) =>
    JSON.stringify(path.join(projectRoot, name)),
  );
  fs.writeFileSync(
    program,
    `import { runToItsEnd } from ${random};
     import { reportOf } from ${chaos};
     void runToItsEnd(['sh', '-c', 'echo begun; exec sleep 60'], {}).then(() =>
       process.stdout.write(reportOf(7, ${JSON.stringify(file)})));`,
  );
  const run = spawn('node_modules/.bin/tsx', [program], { cwd: projectRoot });
  let stdout = '';
  run.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  const ended = new Promise((resolve) => run.once('close', resolve));
  await until(() => stdout.includes('begun'), 'the start');
  run.kill('SIGTERM');
  expect(await ended).toBe(1);
  expect(stdout).toMatch(/seed 7: 5 points, .* 1 not reached, median ratio 1\.00\n$/);
});

import type { ChildProcess } from 'node:child_process';
import * as path from 'node:path';
import { pathsOf } from '../../sandbox/paths';
import { sleep } from '../kit/undercloud';
import { minutes } from '../sandbox/expectations';
import type { Ended, LabUnderTest } from '../sandbox/labUnderTest';
import { type Fault, faults } from './faults';
import type { Point } from './points';
import { type ChaosRecord, type Outcome, type Times, linesOf } from './report';
import { violations } from './verdict';
import type { Verb } from './verbs';

/**
 * Declares tests of a lab that is up: the lab recovers after each point, which prints a line.
 *
 * @param keep gets what has happened so far, first before the first point
 */
export function itRecovers<Lab extends LabUnderTest>(
  lab: Lab,
  verbs: Record<string, Verb<Lab>>,
  points: Point[],
  keep: (record: ChaosRecord) => void = () => undefined,
): void {
  const undisturbed = new Map<string, Times>();
  const record: ChaosRecord = { points, outcomes: [] };

  beforeAll(() => {
    process.env.GLANCE_DCN_STATE = path.join(lab.directory, 'state');
    keep(record);
  });

  it.each([...new Set(points.map(({ verb }) => verb))])(
    'does, undisturbed: %s',
    async (name) => {
      try {
        const times = await timesOf(lab, verbs[name] as Verb<Lab>);
        undisturbed.set(name, times);
        process.stdout.write(`undisturbed: ${name}  ${times.verb.toFixed(0)} s\n`);
      } catch (error) {
        process.stdout.write(`undisturbed: ${name}  failed: ${(error as Error).message}\n`);
        throw error;
      }
    },
    minutes(30),
  );

  it.each(points)(
    'recovers: $verb; $fault at $moment',
    async (point) => {
      const outcome = await outcomeOf(
        lab,
        verbs[point.verb] as Verb<Lab>,
        point,
        undisturbed.get(point.verb),
      ).catch((error: Error): Outcome => ({ ended: false, reason: error.message }));
      record.outcomes.push(outcome);
      keep(record);
      process.stdout.write(`${linesOf(record, record.outcomes.length - 1).join('\n')}\n`);
      expect(outcome).toMatchObject({ ended: true, violations: [] });
    },
    minutes(60),
  );
}

/** Runs a verb and its recovery without a fault. */
async function timesOf<Lab extends LabUnderTest>(lab: Lab, verb: Verb<Lab>): Promise<Times> {
  await verb.prepare?.(lab);
  const times = {
    verb: await timed(() => lab.dcn(...verb.words)),
    recovery: await timed(async () => expect(await recover(lab, verb)).toEqual([])),
  };
  const found = await violations(lab, verb);
  await verb.restore?.(lab);
  expect(found).toEqual([]);
  return times;
}

/** Strikes a verb with a fault, lets the fault end, and recovers the lab. */
async function outcomeOf<Lab extends LabUnderTest>(
  lab: Lab,
  verb: Verb<Lab>,
  point: Point,
  without: Times | undefined,
): Promise<Outcome> {
  if (!without) {
    throw new Error(`${point.verb}: did not end when it was undisturbed; see the test of that name`);
  }
  await verb.prepare?.(lab);
  let struck = false;
  let code: number | null = null;
  const taken = await timed(async () => {
    const disturbances: Promise<boolean>[] = [];
    const onStart = (child: ChildProcess): void => {
      disturbances.push(disturb(lab, child, point, without.verb));
    };
    ({ code } = await lab.run('./dcn', ['--lab', lab.file, ...verb.words], '', onStart));
    [struck] = (await Promise.all(disturbances)) as [boolean];
  });
  const found: string[] = [];
  const recovery = await timed(async () => {
    found.push(...(await recover(lab, verb)));
  });
  found.push(...(await violations(lab, verb)));
  const again = await lab.run('./dcn', ['--lab', lab.file, 'up']);
  if (!again.stdout.includes('Nothing changed.')) {
    found.push(`a further up changes something: ${lastLine(again)}`);
  }
  await verb.restore?.(lab);
  const ratio = (taken + recovery) / (without.verb + without.recovery);
  return { ended: true, struck, code, times: { verb: taken, recovery }, ratio, violations: found };
}

/**
 * Waits for the point's moment, strikes as soon as the fault's target exists, and ends the fault.
 * @returns whether the fault has struck
 */
async function disturb(
  lab: LabUnderTest,
  child: ChildProcess,
  { fault: name, moment }: Point,
  time: number,
): Promise<boolean> {
  const fault = faults[name] as Fault;
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  const strikesAt = Date.now() + moment * time * 1000;
  while (running() && Date.now() < strikesAt) {
    await sleep(0.1);
  }
  // `./dcn` may end before the fault has struck.
  while (running()) {
    const end = await fault.strike(pathsOf(lab.name), child);
    if (end) {
      await sleep(fault.seconds);
      await end();
      return true;
    }
    await sleep(0.2);
  }
  return false;
}

/** Runs the verbs of `./dcn` that a person would run after the fault. @returns a line for each verb that failed */
async function recover<Lab extends LabUnderTest>(lab: Lab, verb: Verb<Lab>): Promise<string[]> {
  const refused: string[] = [];
  for (const words of verb.recovery) {
    const ended = await lab.run('./dcn', ['--lab', lab.file, ...words]);
    if (ended.code !== 0) {
      refused.push(`${words.join(' ')}: ${lastLine(ended)}`);
    }
  }
  return refused;
}

const lastLine = ({ stdout, stderr }: Ended): string =>
  (stderr.trim() || stdout.trim()).split('\n').slice(-3).join(' / ');

/** Seconds that work took. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

import type { ChildProcess } from 'node:child_process';
import * as path from 'node:path';
import { table } from '../../lib/table';
import { pathsOf } from '../../sandbox/paths';
import { sleep } from '../kit/undercloud';
import { minutes } from '../sandbox/expectations';
import type { Ended, LabUnderTest } from '../sandbox/labUnderTest';
import { type Fault, faults } from './faults';
import type { Point } from './points';
import { violations } from './verdict';
import type { Verb } from './verbs';

/** Durations of a verb and of the recovery after the verb, in seconds. */
interface Times {
  verb: number;
  recovery: number;
}

/** A point, and what happened there. */
type Outcome = Point & {
  struck: boolean;
  code: number | null;
  times: Times;
  /** Time with the fault to time without. */
  ratio: number;
  faults: string[];
};

/** Declares tests of a lab that is up: the lab recovers after each point. After the last test a table of the points is printed. */
export function itRecovers<Lab extends LabUnderTest>(
  lab: Lab,
  verbs: Record<string, Verb<Lab>>,
  points: Point[],
): void {
  const undisturbed = new Map<string, Times>();
  const outcomes: Outcome[] = [];

  beforeAll(() => {
    process.env.GLANCE_DCN_STATE = path.join(lab.directory, 'state');
  });

  afterAll(() => {
    process.stdout.write(summary(outcomes));
  });

  it.each([...new Set(points.map(({ verb }) => verb))])(
    'does, undisturbed: %s',
    async (name) => {
      const verb = verbs[name] as Verb<Lab>;
      await verb.prepare?.(lab);
      undisturbed.set(name, {
        verb: await timed(() => lab.dcn(...verb.words)),
        recovery: await timed(async () => expect(await recover(lab, verb)).toEqual([])),
      });
      const found = await violations(lab, verb);
      await verb.restore?.(lab);
      expect(found).toEqual([]);
    },
    minutes(30),
  );

  it.each(points)(
    'recovers: $verb; $fault at $moment',
    async (point) => {
      const without = undisturbed.get(point.verb);
      if (!without) {
        throw new Error(`${point.verb}: did not end when it was undisturbed; see the test of that name`);
      }
      const outcome = await outcomeOf(lab, verbs[point.verb] as Verb<Lab>, point, without);
      outcomes.push(outcome);
      process.stdout.write(`${rowOf(outcome).join('  ')}\n`);
      expect(outcome.faults).toEqual([]);
    },
    minutes(60),
  );
}

/** Strikes a verb with a fault, lets the fault end, and recovers the lab. */
async function outcomeOf<Lab extends LabUnderTest>(
  lab: Lab,
  verb: Verb<Lab>,
  point: Point,
  without: Times,
): Promise<Outcome> {
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
  return { ...point, struck, code, times: { verb: taken, recovery }, ratio, faults: found };
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

const head = ['verb', 'fault', 'at', 'struck', 'exit', 'verb, s', 'recovery, s', 'ratio', 'violations'];

function rowOf({ verb, fault, moment, struck, code, times, ratio, faults: found }: Outcome): string[] {
  return [
    verb,
    fault,
    `${(moment * 100).toFixed(0)} %`,
    struck ? 'yes' : 'no',
    String(code ?? 'killed'),
    times.verb.toFixed(0),
    times.recovery.toFixed(0),
    ratio.toFixed(2),
    found.join('; ') || 'none',
  ];
}

/** The outcomes, and the median of their ratios: time with the fault to time without. */
function summary(outcomes: Outcome[]): string {
  const ratios = outcomes.map(({ ratio }) => ratio).sort((a, b) => a - b);
  const median = ratios[Math.floor(ratios.length / 2)]?.toFixed(2);
  const bad = outcomes.filter(({ faults: found }) => found.length > 0).length;
  const missed = outcomes.filter(({ struck }) => !struck).length;
  return `${table(head, outcomes.map(rowOf), { compact: true })}\n${outcomes.length} points, ${missed} of them not struck, ${bad} with violations, median ratio ${median}\n`;
}

import type { ChildProcess } from 'node:child_process';
import * as path from 'node:path';
import { table } from '../../lib/table';
import { pathsOf } from '../../sandbox/paths';
import { minutes } from '../sandbox/expectations';
import type { Ended } from '../sandbox/labUnderTest';
import { Traces } from '../sandbox/traces';
import { type Fault, faults } from './faults';
import { type Point, draw } from './points';
import { mountSmallDisk } from './smallDisk';
import { violations } from './verdict';
import { ChaosLab, type Verb, verbs } from './verbs';

/*
 * Chaos on the sandbox: a fault strikes a verb at a random moment, then ends; whatever came of the verb, one `./dcn up` reaches the plan
 * without anything by hand. `npm run test:chaos` sets DCN_CHAOS_POINTS and DCN_CHAOS_SEED. The tests share one lab.
 */

const points = draw(
  Number(process.env.DCN_CHAOS_POINTS ?? 10),
  Number(process.env.DCN_CHAOS_SEED ?? 1),
  Object.keys(verbs),
  Object.keys(faults),
);

/** What a verb took, and the recovery after it, in seconds. */
interface Times {
  verb: number;
  recovery: number;
}

/** A point, and what came of it. */
type Outcome = Point & {
  struck: boolean;
  code: number | null;
  times: Times;
  ratio: number;
  faults: string[];
};

const lab = new ChaosLab(`chaos${process.pid}`);
const machine = Traces.now();
const undisturbed = new Map<string, Times>();
const outcomes: Outcome[] = [];

describe('a lab whose verbs are struck by faults', () => {
  afterAll(async () => {
    await lab.cleanUp();
    process.stdout.write(summary());
  }, minutes(3));

  it(
    'comes up',
    async () => {
      process.env.GLANCE_DCN_STATE = path.join(lab.directory, 'state');
      lab.writeFile();
      await lab.dcn('sandbox', 'up');
      await mountSmallDisk(pathsOf(lab.name));
      await lab.dcn('up');
    },
    minutes(30),
  );

  it.each([...new Set(points.map(({ verb }) => verb))])(
    'has time for %s, undisturbed',
    async (name) => {
      const verb = verbs[name] as Verb;
      await verb.prepare?.(lab);
      undisturbed.set(name, {
        verb: await timed(() => lab.dcn(...verb.words)),
        recovery: await timed(async () => expect(await recover(verb)).toEqual([])),
      });
      const found = await violations(lab, verb);
      await verb.restore?.(lab);
      expect(found).toEqual([]);
    },
    minutes(30),
  );

  it.each(points.map((point, index) => ({ ...point, number: index + 1 })))(
    'recovers by one `up`, point $number: $verb; $fault at $moment',
    async (point) => {
      const outcome = await outcomeOf(point);
      outcomes.push(outcome);
      process.stdout.write(`${rowOf(outcome).join('  ')}\n`);
      expect(outcome.faults).toEqual([]);
    },
    minutes(60),
  );

  it(
    'is gone without a trace after destroy',
    async () => {
      await lab.dcn('destroy', '--yes');
      expect(machine.leftSince(lab.name)).toEqual([]);
    },
    minutes(20),
  );
});

/** Strikes a verb with a fault, lets the fault end, and recovers the lab. */
async function outcomeOf(point: Point): Promise<Outcome> {
  const verb = verbs[point.verb] as Verb;
  const without = undisturbed.get(point.verb) as Times;
  await verb.prepare?.(lab);
  let struck = false;
  let code: number | null = null;
  const taken = await timed(async () => {
    const disturbances: Promise<boolean>[] = [];
    const onStart = (child: ChildProcess): void => {
      disturbances.push(disturb(child, point, without.verb));
    };
    ({ code } = await lab.run('./dcn', ['--lab', lab.file, ...verb.words], '', onStart));
    [struck] = (await Promise.all(disturbances)) as [boolean];
  });
  const found: string[] = [];
  const recovery = await timed(async () => {
    found.push(...(await recover(verb)));
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

/** Waits for the point's moment, strikes as soon as there is what to strike, and ends the fault; gives whether it struck. */
async function disturb(child: ChildProcess, { fault: name, moment }: Point, time: number): Promise<boolean> {
  const fault = faults[name] as Fault;
  await seconds(moment * time);
  // `./dcn` may end before the fault has struck: no process of the verb is there then.
  while (child.exitCode === null && child.signalCode === null) {
    const end = await fault.strike(pathsOf(lab.name), child);
    if (end) {
      await seconds(fault.seconds);
      await end();
      return true;
    }
    await seconds(0.2);
  }
  return false;
}

/** Runs the verbs by which a person goes on; gives what they refused. */
async function recover(verb: Verb): Promise<string[]> {
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

const seconds = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count * 1000));

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
function summary(): string {
  const ratios = outcomes.map(({ ratio }) => ratio).sort((a, b) => a - b);
  const median = ratios[Math.floor(ratios.length / 2)]?.toFixed(2);
  const bad = outcomes.filter(({ faults: found }) => found.length > 0).length;
  return `${table(head, outcomes.map(rowOf), { compact: true })}\n${outcomes.length} points, ${bad} with violations, median ratio ${median}\n`;
}

import * as fs from 'node:fs';
import { table } from '../../lib/table';
import type { Point } from './points';

/** Durations of a verb and of the recovery after the verb, in seconds. */
export interface Times {
  verb: number;
  recovery: number;
}

/** What happened at a point: the lab was judged after its recovery, or the test of the point ended before. */
export type Outcome =
  | {
      ended: true;
      struck: boolean;
      /** Exit code of the verb; null: a signal ended it. */
      code: number | null;
      times: Times;
      /** Time with the fault to time without. */
      ratio: number;
      violations: string[];
    }
  | { ended: false; reason: string };

/** The points of a run, and the outcome of each that was reached. */
export interface ChaosRecord {
  points: Point[];
  outcomes: Outcome[];
}

const head = ['', 'verb', 'fault', 'at', 'struck', 'exit', 'verb, s', 'recovery, s', 'ratio', 'verdict'];

/** Cells of a point, in the order of `head`. @param index of the point, from 0 */
function rowOf({ points, outcomes }: ChaosRecord, index: number): string[] {
  const { verb, fault, moment } = points[index] as Point;
  const outcome = outcomes[index];
  return [
    String(index + 1),
    verb,
    fault,
    `${(moment * 100).toFixed(0)} %`,
    ...(outcome?.ended
      ? [
          outcome.struck ? 'yes' : 'no',
          String(outcome.code ?? 'killed'),
          outcome.times.verb.toFixed(0),
          outcome.times.recovery.toFixed(0),
          outcome.ratio.toFixed(2),
          outcome.violations.length > 0 ? 'violated' : 'recovered',
        ]
      : ['', '', '', '', '', outcome ? 'failed' : 'not reached']),
  ];
}

/** What is wrong at a point, a line for each fault. */
function faultsOf(outcome: Outcome | undefined, index: number): string[] {
  const texts = !outcome ? [] : outcome.ended ? outcome.violations : [outcome.reason];
  return texts.map((text) => `point ${index + 1}: ${text}`);
}

/** The cells of a point in a line, and what was wrong, a line for each fault. @param index of the point, from 0 */
export function linesOf(record: ChaosRecord, index: number): string[] {
  return [rowOf(record, index).join('  '), ...faultsOf(record.outcomes[index], index)];
}

/** The table of all points of a run, reached or not, all that was wrong, and a line with the sum. */
export function report(seed: number, record: ChaosRecord): string {
  const { points, outcomes } = record;
  const ended = outcomes.flatMap((outcome) => (outcome.ended ? [outcome] : []));
  const count = (test: (outcome: (typeof ended)[number]) => boolean): number => ended.filter(test).length;
  const parts = [
    `${points.length} points`,
    `${count(({ struck }) => struck)} struck`,
    `${count(({ violations }) => violations.length > 0)} with violations`,
    `${outcomes.length - ended.length} failed`,
    `${points.length - outcomes.length} not reached`,
    ...(ended.length > 0 ? [`median ratio ${median(ended.map(({ ratio }) => ratio)).toFixed(2)}`] : []),
  ];
  return [
    table(
      head,
      points.map((_, index) => rowOf(record, index)),
      { compact: true },
    ),
    ...outcomes.flatMap(faultsOf),
    `seed ${seed}: ${parts.join(', ')}`,
    '',
  ].join('\n');
}

/** The report of a run. @param file with its record; absent: the run has ended before */
export function reportOf(seed: number, file: string): string {
  return fs.existsSync(file)
    ? report(seed, JSON.parse(fs.readFileSync(file, 'utf8')) as ChaosRecord)
    : `seed ${seed}: ended before its points were drawn\n`;
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return ((middle[0] as number) + (middle[1] as number)) / 2;
}

/*
 * The marks that the kit puts at the ends of lines (kit/marks.py): what a program reads of a line. The sentence before the
 * mark is for people. test/kit/marks.test.ts holds this module against the kit itself.
 */
import * as z from 'zod';

const values = {
  /** A job runs its commands, and holds all its locks. */
  runs: z.object({}),
  /** A job waits. */
  waits: z.object({
    /** `lock heat`, `stack dcn0`, `image imports`, … */
    for: z.string(),
    /** The job that holds the lock: `control-plane/overcloud-stack (lab dev)`. */
    holder: z.string().optional(),
    /** Since when the holder has the lock, ISO 8601 in UTC. */
    since: z.string().optional(),
  }),
  /** The stores of the call are on record, and the call waits for an update of the control plane. */
  updates: z.object({}),
  /** The first line of an error; that of a run that has failed has `failed` instead. */
  error: z.object({}),
  /** A run of a job has failed. */
  failed: z.object({
    job: z.string(),
    /** Path of the run's log on the undercloud. */
    log: z.string(),
  }),
};

type Values = { [Name in keyof typeof values]: z.infer<(typeof values)[Name]> };
export type Mark = { [Name in keyof Values]: { name: Name; values: Values[Name] } }[keyof Values];
/** What a job waits for. */
export type Wait = Values['waits'];

/** What a mark of kind `waits` calls a lock. */
export function lockText(lock: string): string {
  return `lock ${lock}`;
}

const markPattern = / \[dcn:([a-z]+)((?: [a-z]+="(?:[^"\\\]]|\\.)*")*)\](?=\s*$)/m;
const valuePattern = / ([a-z]+)="((?:[^"\\\]]|\\.)*)"/g;

/** The mark of a line; undefined if the line has none, or one that this version does not know. */
export function readMark(line: string): Mark | undefined {
  const [, name = '', list = ''] = markPattern.exec(line) ?? [];
  if (!Object.hasOwn(values, name)) {
    return undefined;
  }
  const found = [...list.matchAll(valuePattern)].map(([, key, text = '']) => [
    key,
    text.replace(/\\(.)/g, '$1'),
  ]);
  const result = values[name as keyof typeof values].safeParse(Object.fromEntries(found));
  return result.success ? ({ name, values: result.data } as Mark) : undefined;
}

/** Lines of the kit as people read them. */
export function withoutMarks(text: string): string {
  return text.replace(new RegExp(markPattern, 'gm'), '');
}

/** Text of the kit with only the last of successive lines that say how far a job is. */
export function lastOfProgress(text: string): string {
  const lines = text.split('\n');
  const isProgress = (line: string | undefined) => {
    const mark = line === undefined ? undefined : readMark(line);
    return mark?.name === 'runs' || mark?.name === 'waits';
  };
  return lines.filter((line, at) => !isProgress(line) || !isProgress(lines[at + 1])).join('\n');
}

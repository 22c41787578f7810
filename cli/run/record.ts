import * as fs from 'node:fs';
import * as path from 'node:path';
import * as z from 'zod';
import { stateDir } from '../../lib/paths';
import { UserError } from '../../lib/userError';

/*
 * The record of a lab's last run: a file in the lab's state folder, one JSON value per line. Each line is written when its
 * event happens, so that the record of a killed run can be read. `dcn destroy` removes the state folder at its end: only a
 * failed destroy leaves a record.
 */

const version = 1;

const header = z.object({
  version: z.literal(version),
  lab: z.string(),
  verb: z.enum(['up', 'destroy']),
  /** What followed `up` on the command line and must not be missing the next time. */
  words: z.array(z.string()).default([]),
  /** Milliseconds since 1970, like all times in a record. */
  at: z.number(),
  /** Number of command resources of each stack, from earlier runs. */
  commands: z.record(z.string(), z.number()).optional(),
});

/** Events as older versions wrote them. */
const oldEvents: Record<string, string> = {
  begins: 'starts',
  'goes on': 'continues',
  'not begun': 'not started',
};

/** One event of a part of a run, or of a step of the part. */
const happening = z.object({
  at: z.number(),
  /** A stack, `tool chain`, `sandbox`, `clones` or `downloads`. */
  part: z.string(),
  /** Command resource; absent: the event is about the whole part. */
  step: z.string().optional(),
  event: z.preprocess(
    (event) => (typeof event === 'string' ? (oldEvents[event] ?? event) : event),
    z.enum(['starts', 'waits', 'continues', 'done', 'failed', 'interrupted', 'not started']),
  ),
  /** The lock or others that a step waits for, or the reason why a part did not start. */
  because: z.string().optional(),
  /** Number of the stack's command resources; only when it came up. */
  commands: z.number().optional(),
});
export type Happening = z.infer<typeof happening>;

/** How a part or a step ended; `unknown`: the run was killed before the end. */
export type Ending = 'done' | 'failed' | 'interrupted' | 'not started' | 'unknown';

/** A time span, in milliseconds since 1970. */
export interface Span {
  begin: number;
  end: number;
}

/** A command resource that a run created, changed or deleted. */
export interface StepSpan extends Span {
  name: string;
  ending: Ending;
  /** When its job waited. Known from heartbeats: a wait between two heartbeats is missing. */
  waits: (Span & { for: string })[];
}

/** A stack of a run, or another part. The span of a part that did not start has length 0. */
export interface PartSpan extends Span {
  name: string;
  ending: Ending;
  because?: string;
  steps: StepSpan[];
}

/** A run: its parts and steps with their times. */
export interface RunRecord extends Span {
  lab: string;
  verb: 'up' | 'destroy';
  /** What must follow `up` the next time: its waves. */
  words: string[];
  parts: PartSpan[];
}

/** Path of the record of a lab's last run. */
export function recordFile(lab: string): string {
  return path.join(stateDir(lab), 'last-run.jsonl');
}

/** Writes the record of a run during the run; replaces the record of the last run. */
export class RunRecorder {
  private readonly file: number;
  private readonly commands: Record<string, number>;

  /** @param words what followed `up` on the command line and must not be missing the next time */
  constructor(lab: string, verb: RunRecord['verb'], words: string[] = []) {
    const file = recordFile(lab);
    this.commands = lastCommands(file);
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    // Another run may still write: it continues in the deleted file.
    fs.rmSync(file, { force: true });
    this.file = fs.openSync(file, 'wx', 0o600);
    this.write({ version, lab, verb, words, at: Date.now(), commands: this.commands });
  }

  add(happening: Omit<Happening, 'at'>): void {
    this.write({ at: Date.now(), ...happening });
  }

  /** Runs a part that is not a stack, and records its start and its ending. */
  async part<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.add({ part: name, event: 'starts' });
    try {
      const result = await work();
      this.add({ part: name, event: 'done' });
      return result;
    } catch (error) {
      this.add({ part: name, event: 'failed' });
      throw error;
    }
  }

  /** Number of commands of a stack when it last came up; undefined if no earlier run counted them. */
  commandsOf(stack: string): number | undefined {
    return this.commands[stack];
  }

  private write(line: object): void {
    fs.writeSync(this.file, `${JSON.stringify(line)}\n`);
  }
}

/** Number of command resources of each stack, from the last run's record; empty if that is missing or unreadable. */
function lastCommands(file: string): Record<string, number> {
  if (!fs.existsSync(file)) {
    return {};
  }
  try {
    const { first, happenings } = readLines(fs.readFileSync(file, 'utf8'));
    const counted = happenings.flatMap(({ part, commands }) => (commands ? [[part, commands] as const] : []));
    return { ...first.commands, ...Object.fromEntries(counted) };
  } catch (error) {
    if (error instanceof RecordError) {
      return {};
    }
    throw error;
  }
}

/**
 * The record of the lab's last run.
 *
 * @param dcn how the user calls `./dcn` for this lab
 * @throws UserError if there is no record, or this version cannot read it
 */
export function lastRun(lab: string, dcn: string): RunRecord {
  const file = recordFile(lab);
  if (!fs.existsSync(file)) {
    throw new UserError(
      `lab ${lab}: no run is on record in ${file}. ${dcn} up writes one; ${dcn} destroy removes it with the lab.`,
    );
  }
  try {
    return readRecord(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof RecordError) {
      throw new UserError(
        `${file}: not a record that this version reads (${error.message}). The next ${dcn} up writes a new one.`,
      );
    }
    throw error;
  }
}

/** A text is not a record that this version reads. */
export class RecordError extends Error {}

/**
 * The run that a record describes. A part or step whose end is not recorded ends with the last event of the record.
 *
 * @param text the record; an incomplete last line is ignored
 * @throws RecordError if this version cannot read it
 */
export function readRecord(text: string): RunRecord {
  const { first, happenings } = readLines(text);
  const { lab, verb, words, at } = first;
  const end = Math.max(at, ...happenings.map((entry) => entry.at));
  const parts = new Map<string, PartSpan>();
  for (const entry of happenings) {
    const part = parts.get(entry.part) ?? {
      name: entry.part,
      begin: entry.at,
      end,
      ending: 'unknown',
      steps: [],
    };
    parts.set(entry.part, part);
    if (entry.step === undefined) {
      readPart(part, entry);
    } else {
      readStep(part, entry.step, entry, end);
    }
  }
  return { lab, verb, words, begin: at, end, parts: [...parts.values()].map(closed) };
}

function readLines(text: string): { first: z.infer<typeof header>; happenings: Happening[] } {
  const [first = '', ...others] = text.split('\n').slice(0, -1);
  return { first: parsed(header, first), happenings: others.map((line) => parsed(happening, line)) };
}

/** Closes the steps, and their waits, that were still open when their part ended. */
function closed(part: PartSpan): PartSpan {
  const within = <T extends Span>(span: T): T => ({ ...span, end: Math.min(span.end, part.end) });
  return {
    ...part,
    steps: part.steps.map((step) => ({ ...within(step), waits: step.waits.map(within) })),
  };
}

function readPart(part: PartSpan, { event, at, because }: Happening): void {
  if (event === 'starts') {
    part.begin = at;
  } else if (event !== 'waits' && event !== 'continues') {
    part.ending = event;
    part.end = at;
    part.because = because;
  }
}

function readStep(part: PartSpan, name: string, { event, at, because }: Happening, end: number): void {
  if (event === 'starts') {
    part.steps.push({ name, begin: at, end, ending: 'unknown', waits: [] });
    return;
  }
  const step = part.steps.findLast((candidate) => candidate.name === name);
  const wait = step?.waits.at(-1);
  if (!step) {
    return;
  }
  if (wait?.end === end) {
    wait.end = at;
  }
  if (event === 'waits') {
    step.waits.push({ for: because ?? 'others', begin: at, end });
  } else if (event !== 'continues') {
    step.ending = event;
    step.end = at;
  }
}

function parsed<T>(shape: z.ZodType<T>, line: string): T {
  const result = shape.safeParse(json(line));
  if (!result.success) {
    throw new RecordError(
      result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    );
  }
  return result.data;
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new RecordError((error as Error).message);
  }
}

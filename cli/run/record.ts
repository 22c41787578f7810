import * as fs from 'node:fs';
import * as path from 'node:path';
import * as z from 'zod';
import { stateDir } from '../../lib/paths';
import { UserError } from '../../lib/userError';

/*
 * The record of a lab's last run: a file of one JSON value a line, written as things happen, so that it tells what a run
 * did that was killed, too. It lies in the lab's state folder. `dcn destroy` takes that folder away at its very end, and
 * with it its own record: a destroy that went wrong can be looked at, one that went well leaves nothing.
 */

const version = 1;

const header = z.object({
  version: z.literal(version),
  lab: z.string(),
  verb: z.enum(['up', 'destroy']),
  /** Milliseconds since 1970, as all times here. */
  at: z.number(),
});

/** One thing that happened to a part of a run, or to a step of it. */
const happening = z.object({
  at: z.number(),
  /** A stack, or what else belongs to the run: the tool chain, the sandbox, the clones. */
  part: z.string(),
  /** Command resource; absent: it is about the part as a whole. */
  step: z.string().optional(),
  event: z.enum(['begins', 'waits', 'goes on', 'done', 'failed', 'interrupted', 'not begun']),
  /** What a step waits for, or why a part was not begun. */
  because: z.string().optional(),
});
export type Happening = z.infer<typeof happening>;

/** How a part or a step of it ended; `unknown`: the run itself was killed before. */
export type Ending = 'done' | 'failed' | 'interrupted' | 'not begun' | 'unknown';

/** From when to when, in milliseconds since 1970. */
export interface Span {
  begin: number;
  end: number;
}

/** A command resource that a run created, changed or deleted. */
export interface StepSpan extends Span {
  name: string;
  ending: Ending;
  /** When its job waited for others, as its heartbeats told: a wait between two of them is not seen. */
  waits: (Span & { for: string })[];
}

/** A stack of a run, or another part of it. One that was not begun has no length. */
export interface PartSpan extends Span {
  name: string;
  ending: Ending;
  because?: string;
  steps: StepSpan[];
}

/** What ran when. */
export interface RunRecord extends Span {
  lab: string;
  verb: 'up' | 'destroy';
  parts: PartSpan[];
}

function recordFile(lab: string): string {
  return path.join(stateDir(lab), 'last-run.jsonl');
}

/** Writes the record of a run as it goes; begins a new one in the place of the last. */
export class RunRecorder {
  private readonly file: number;

  constructor(lab: string, verb: RunRecord['verb']) {
    const file = recordFile(lab);
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    // Another run that still writes goes on in a file without a name.
    fs.rmSync(file, { force: true });
    this.file = fs.openSync(file, 'wx', 0o600);
    this.write({ version, lab, verb, at: Date.now() });
  }

  add(happening: Omit<Happening, 'at'>): void {
    this.write({ at: Date.now(), ...happening });
  }

  /** Runs a part that is no stack, and records when it began and how it ended. */
  async part<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.add({ part: name, event: 'begins' });
    try {
      const result = await work();
      this.add({ part: name, event: 'done' });
      return result;
    } catch (error) {
      this.add({ part: name, event: 'failed' });
      throw error;
    }
  }

  private write(line: object): void {
    fs.writeSync(this.file, `${JSON.stringify(line)}\n`);
  }
}

/** The record of the lab's last run. @throws UserError if there is none, or not one that this version reads. */
export function lastRun(lab: string): RunRecord {
  const file = recordFile(lab);
  if (!fs.existsSync(file)) {
    throw new UserError(
      `lab ${lab}: no run is on record in ${file}. ./dcn up writes one; ./dcn destroy takes it away with the lab.`,
    );
  }
  try {
    return readRecord(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UserError(
      `${file}: not a record that this version reads (${(error as Error).message}). The next ./dcn up writes it anew.`,
    );
  }
}

/**
 * The run that the lines of a record tell of. What has no end there ended when the record did.
 *
 * @throws Error if it is not a record of this version; a last line that was cut off is left out
 */
export function readRecord(text: string): RunRecord {
  const lines = text.split('\n').slice(0, -1);
  const [first, ...others] = lines.map((line) => JSON.parse(line) as unknown);
  const { lab, verb, at } = parsed(header, first);
  const happenings = others.map((line) => parsed(happening, line));
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
  return { lab, verb, begin: at, end, parts: [...parts.values()].map(closed) };
}

/** What a part did not end, ended with it. */
function closed(part: PartSpan): PartSpan {
  const within = <T extends Span>(span: T): T => ({ ...span, end: Math.min(span.end, part.end) });
  return {
    ...part,
    steps: part.steps.map((step) => ({ ...within(step), waits: step.waits.map(within) })),
  };
}

function readPart(part: PartSpan, { event, at, because }: Happening): void {
  if (event === 'begins') {
    part.begin = at;
  } else if (event !== 'waits' && event !== 'goes on') {
    part.ending = event;
    part.end = at;
    part.because = because;
  }
}

function readStep(part: PartSpan, name: string, { event, at, because }: Happening, end: number): void {
  if (event === 'begins') {
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
  } else if (event !== 'goes on') {
    step.ending = event;
    step.end = at;
  }
}

function parsed<T>(shape: z.ZodType<T>, value: unknown): T {
  const result = shape.safeParse(value);
  if (!result.success) {
    throw new Error(
      result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    );
  }
  return result.data;
}

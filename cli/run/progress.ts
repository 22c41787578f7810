import { type EngineEvent, plain } from './events';
import { type LockUser, type Wait, readHeartbeat } from './waits';

/** Seconds as people read them: `7 s`, `2 min 05 s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** What happened to one step (a command resource) of a stack. */
export type StepEvent =
  | { step: string; event: 'begins' | 'done' | 'failed' | 'goes on' }
  | { step: string; event: 'waits'; wait: Wait };

/** Who is told of a stack's progress. */
export interface ProgressListener {
  /** A line for people. */
  announce(line: string): void;
  onStep(event: StepEvent): void;
}

interface Step {
  since: number;
  /** The last line that it said. */
  last: string;
  /** Its job has told of itself: it holds its lock, or waits for one. */
  heard: boolean;
  wait?: Wait;
}

/**
 * Follows one stack's engine events and says at any time what runs, since when, and what is left.
 *
 * `total` is the number of commands that the stack has when it is up, so that what is left can be told from what has
 * been seen; undefined: not known.
 */
export class StackProgress {
  private readonly running = new Map<string, Step>();
  private readonly done = new Set<string>();
  private changed = 0;

  constructor(
    private readonly total: number | undefined,
    private readonly listener: ProgressListener,
    private readonly now: () => number = () => Date.now() / 1000,
  ) {}

  onEvent(event: EngineEvent): void {
    const before = event.resourcePreEvent?.metadata;
    const after = (event.resOutputsEvent ?? event.resOpFailedEvent)?.metadata;
    const diagnostic = event.diagnosticEvent;
    if (before && isCommand(before.type)) {
      if (before.op === 'same') {
        this.done.add(before.urn);
      } else {
        this.changed += 1;
        this.running.set(before.urn, { since: this.now(), last: '', heard: false });
        this.listener.announce(`${label(before.urn)}: ${verbs[before.op] ?? before.op}, ${this.left()}`);
        this.listener.onStep({ step: label(before.urn), event: 'begins' });
      }
    } else if (after && isCommand(after.type)) {
      this.ends(after.urn, event.resOpFailedEvent !== undefined);
    } else if (diagnostic?.urn) {
      const step = this.running.get(diagnostic.urn);
      const last = plain(diagnostic.message).split('\n').pop()?.trim();
      if (step && last) {
        step.last = last;
        this.hears(label(diagnostic.urn), step, last);
      }
    }
  }

  private ends(urn: string, failed: boolean): void {
    const step = this.running.get(urn);
    this.running.delete(urn);
    this.done.add(urn);
    if (step) {
      const how = failed ? 'FAILED' : 'done';
      this.listener.announce(`${label(urn)}: ${how} after ${duration(this.now() - step.since)}`);
      this.listener.onStep({ step: label(urn), event: failed ? 'failed' : 'done' });
    }
  }

  private hears(name: string, step: Step, line: string): void {
    const heartbeat = readHeartbeat(line);
    if (!heartbeat) {
      return;
    }
    const { wait } = heartbeat;
    step.heard = true;
    if (wait && wait.for !== step.wait?.for) {
      this.listener.onStep({ step: name, event: 'waits', wait });
    } else if (!wait && step.wait) {
      this.listener.onStep({ step: name, event: 'goes on' });
    }
    step.wait = wait;
  }

  /** One line: what runs, since when, its last word, and what is left. */
  line(): string {
    const steps = [...this.running].map(([urn, { since, last, wait }]) => {
      const elapsed = duration(this.now() - since);
      const said = this.running.size === 1 ? last : wait && `waits for ${wait.for}`;
      return `${label(urn)} (${elapsed})${said ? `: ${said}` : ''}`;
    });
    return `${steps.join(', ') || 'working'} · ${this.left()}`;
  }

  /** How the steps that run stand with the undercloud's locks; `lockOf` gives the lock that a step's job takes. */
  lockUsers(lockOf: (step: string) => string | undefined): LockUser[] {
    return [...this.running].map(([urn, { heard, wait }]) => ({
      step: label(urn),
      wait,
      lock: heard && !wait ? lockOf(label(urn)) : undefined,
    }));
  }

  /** How many commands the run created, updated or deleted. */
  get changes(): number {
    return this.changed;
  }

  private left(): string {
    if (this.total === undefined) {
      return `${this.done.size} done`;
    }
    const left = Math.max(this.total - this.done.size - this.running.size, 0);
    return left === 0 ? 'last ones' : `${left} to go`;
  }
}

const verbs: Record<string, string> = {
  create: 'begins',
  update: 'begins (changed)',
  replace: 'begins (replaced)',
  'create-replacement': 'begins (replaced)',
  delete: 'is taken away',
};

function isCommand(type: string): boolean {
  return type.startsWith('command:');
}

function label(urn: string): string {
  return urn.split('::').pop() as string;
}

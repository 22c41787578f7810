import { type Mark, type Wait, readMark, withoutMarks } from '../../kit/marks';
import { duration } from './duration';
import { type EngineEvent, plain } from './events';
import type { LockUser } from './waits';

/** An event of one step (a command resource) of a stack. */
export type StepEvent =
  | { step: string; event: 'starts' | 'done' | 'failed' | 'continues' }
  | { step: string; event: 'waits'; wait: Wait };

/** Receives a stack's progress. */
export interface ProgressListener {
  /** @param line for people */
  announce(line: string): void;
  onStep(event: StepEvent): void;
}

/** A step that runs. */
interface Step {
  /** Start, in seconds of the clock `now`. */
  since: number;
  /** The last line of the step's diagnostics. */
  last: string;
  /** The mark of its job's last heartbeat; absent: no heartbeat has come. */
  heartbeat?: Extract<Mark, { name: 'runs' | 'waits' }>;
  /** Whether it waits for an update of the control plane that serves it together with others. */
  awaitsUpdate?: true;
}

/** Follows the engine events of one stack: running steps with their times, and the number of steps left. */
export class StackProgress {
  private readonly running = new Map<string, Step>();
  private readonly ended = new Set<string>();
  private readonly kept = new Set<string>();
  private changed = 0;

  /**
   * @param total number of commands of the stack when it is up; undefined: not known
   * @param now a clock, in seconds
   */
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
      this.onStart(before.urn, before.op);
    } else if (after && isCommand(after.type)) {
      this.onEnd(after.urn, event.resOpFailedEvent !== undefined);
    } else if (diagnostic?.urn) {
      const step = this.running.get(diagnostic.urn);
      const lines = plain(diagnostic.message).split('\n');
      const last = lines.at(-1)?.trim();
      if (step && lines.some((line) => readMark(line)?.name === 'updates')) {
        step.awaitsUpdate = true;
      }
      if (step && last) {
        step.last = withoutMarks(last);
        this.onHeartbeat(label(diagnostic.urn), step, last);
      }
    }
  }

  private onStart(urn: string, op: string): void {
    if (!op.startsWith('delete')) {
      this.kept.add(urn);
    }
    if (op === 'same') {
      // If it still counts as running, it ended while the stack was stopped.
      this.onEnd(urn, false);
      return;
    }
    if (this.running.has(urn)) {
      // The stack was stopped while the step ran, and continues.
      return;
    }
    this.changed += 1;
    this.running.set(urn, { since: this.now(), last: '' });
    this.listener.announce(`${label(urn)}: ${verbs[op] ?? op}, ${this.left()}`);
    this.listener.onStep({ step: label(urn), event: 'starts' });
  }

  private onEnd(urn: string, failed: boolean): void {
    const step = this.running.get(urn);
    this.running.delete(urn);
    this.ended.add(urn);
    if (step) {
      const how = failed ? 'FAILED' : 'done';
      this.listener.announce(`${label(urn)}: ${how} after ${duration(this.now() - step.since)}`);
      this.listener.onStep({ step: label(urn), event: failed ? 'failed' : 'done' });
    }
  }

  private onHeartbeat(name: string, step: Step, line: string): void {
    const mark = readMark(line);
    if (mark?.name !== 'runs' && mark?.name !== 'waits') {
      return;
    }
    const before = waitOf(step);
    step.heartbeat = mark;
    const wait = waitOf(step);
    if (wait && wait.for !== before?.for) {
      this.listener.onStep({ step: name, event: 'waits', wait });
    } else if (!wait && before) {
      this.listener.onStep({ step: name, event: 'continues' });
    }
  }

  /**
   * One line: the running steps with their times and the last line of diagnostics, and the number of steps left.
   *
   * @param awaited the sites whose stacks the program waits for once no step runs any more
   */
  line(awaited: string[]): string {
    const steps = [...this.running].map(([urn, step]) => {
      const elapsed = duration(this.now() - step.since);
      const wait = waitOf(step);
      const detail = this.running.size === 1 ? step.last : wait && `waits for ${wait.for}`;
      return `${label(urn)} (${elapsed})${detail ? `: ${detail}` : ''}`;
    });
    // The program is still starting as long as it has registered nothing.
    const idle = this.kept.size > 0 && awaited.length > 0 ? `waits for ${awaited.join(', ')}` : 'working';
    return `${steps.join(', ') || idle} · ${this.left()}`;
  }

  /**
   * How the running steps use the undercloud's locks.
   *
   * @param lockOf gives the lock that a step's job takes
   */
  lockUsers(lockOf: (step: string) => string | undefined): LockUser[] {
    return [...this.running].map(([urn, step]) => ({
      step: label(urn),
      wait: waitOf(step),
      lock: step.heartbeat?.name === 'runs' ? lockOf(label(urn)) : undefined,
    }));
  }

  /** How many commands the run created, updated or deleted. */
  get changes(): number {
    return this.changed;
  }

  /** Whether all that is left to do waits for an update of the control plane. */
  get awaitsUpdate(): boolean {
    return this.running.size > 0 && [...this.running.values()].every((step) => step.awaitsUpdate);
  }

  /** How many commands the program has registered so far. */
  get registered(): number {
    return this.kept.size;
  }

  private left(): string {
    if (this.total === undefined) {
      return `${this.ended.size} done`;
    }
    const left = Math.max(this.total - this.ended.size - this.running.size, 0);
    return left === 0 ? 'last ones' : `${left} to go`;
  }
}

/** Words for operations in announcements; other operations are announced by their names. */
const verbs: Record<string, string> = {
  create: 'starts',
  update: 'starts (changed)',
  replace: 'starts (replaced)',
  'create-replacement': 'starts (replaced)',
  delete: 'is deleted',
};

function isCommand(type: string): boolean {
  return type.startsWith('command:');
}

function waitOf({ heartbeat }: Step): Wait | undefined {
  return heartbeat?.name === 'waits' ? heartbeat.values : undefined;
}

/** The name of a resource. */
function label(urn: string): string {
  return urn.split('::').pop() as string;
}

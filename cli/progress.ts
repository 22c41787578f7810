import { type EngineEvent, plain } from './events';

/** Seconds as people read them: `7 s`, `2 min 05 s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/**
 * Follows one stack's engine events and says at any time what runs, since when, and what is left.
 *
 * `total` is the number of commands that the stack has when it is up, so that what is left can be told from what has
 * been seen.
 */
export class StackProgress {
  private readonly running = new Map<string, { since: number; last: string }>();
  private readonly done = new Set<string>();
  private changed = 0;

  constructor(
    private readonly total: number,
    private readonly announce: (line: string) => void,
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
        this.running.set(before.urn, { since: this.now(), last: '' });
        this.announce(`${label(before.urn)}: ${verbs[before.op] ?? before.op}, ${this.left()}`);
      }
    } else if (after && isCommand(after.type)) {
      const step = this.running.get(after.urn);
      this.running.delete(after.urn);
      this.done.add(after.urn);
      if (step) {
        const how = event.resOpFailedEvent ? 'FAILED' : 'done';
        this.announce(`${label(after.urn)}: ${how} after ${duration(this.now() - step.since)}`);
      }
    } else if (diagnostic?.urn) {
      const step = this.running.get(diagnostic.urn);
      const last = plain(diagnostic.message).split('\n').pop()?.trim();
      if (step && last) {
        step.last = last;
      }
    }
  }

  /** One line: what runs, since when, its last word, and what is left. */
  line(): string {
    const steps = [...this.running].map(([urn, { since, last }]) => {
      const elapsed = duration(this.now() - since);
      return `${label(urn)} (${elapsed})${this.running.size === 1 && last ? `: ${last}` : ''}`;
    });
    return `${steps.join(', ') || 'working'} · ${this.left()}`;
  }

  /** How many commands the run created, updated or deleted. */
  get changes(): number {
    return this.changed;
  }

  private left(): string {
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
